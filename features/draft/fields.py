"""What the columns of a lead would be as fields: role, type, values; or why they are left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from features.draft.evidence import lateness
from features.draft.layout import Layout
from features.draft.sheets import MOST_VALUES, Column
from features.draft.toml import CHECK, Names, line
from features.draft.words import COLUMNS, OBSTACLES, ORDER, ROLES, likeliest, says
from features.settings import RESERVED_COLUMNS


@dataclass(frozen=True)
class DraftedField:
    """A field: our name, the export's, its role, and the lines that describe it."""

    ours: str
    theirs: str
    role: str
    lines: list[str]

    @property
    def block(self) -> list[str]:
        """The field's table in the settings."""
        return [f"[fields.{self.ours}]", *self.lines]


def draft_fields(layout: Layout, names: Names) -> list[DraftedField]:
    """Return the columns of the leads that say something of a lead."""
    columns = [column for column in layout.leads.columns if column not in layout.used]
    return [_field(column, layout, names) for column in columns if not _left_out(column, layout)]


def left_out(layout: Layout) -> list[str]:
    """Return, for each other column of the leads, why it says nothing."""
    reasons = {column.name: _left_out(column, layout) for column in layout.leads.columns if column not in layout.used}
    return [f"# Left out: {name!r}, {reason}." for name, reason in reasons.items() if reason]


def late_fields(layout: Layout, names: Names) -> Iterator[DraftedField]:
    """Yield the columns that stand beside the outcomes in a file of their own: who has them has closed."""
    if layout.outcomes is None or layout.flat:
        return
    told = f"# Stands in {layout.outcomes.name}: known of closed leads alone."
    for column in layout.outcomes.columns:
        if (
            column not in layout.used
            and not is_rep(column)
            and not column.unique
            and column.name not in RESERVED_COLUMNS
        ):
            yield DraftedField(names.take(column.name), column.name, "late", [told, line("role", "late")])


def is_rep(column: Column) -> bool:
    """Return whether a column says whose lead it is."""
    return bool(says(column.name, COLUMNS["rep"])) and column.type == "category"


def _left_out(column: Column, layout: Layout) -> str:
    if not len(column.counts):
        return "which is empty"
    if len(column.counts) == 1 and column.filled > 0.99 and _role(column)[0] != "channel":
        return f"which is always {column.values[0]!r}"
    if column.unique and column.type != "text":
        return "which tells one row from another and no more"
    if column.name in RESERVED_COLUMNS:
        return "which is a name of ours"
    if is_rep(column):
        return "as whose lead it is says nothing of the lead"
    if column.type == "category" and len(column.counts) > 0.5 * layout.leads.rows > MOST_VALUES:
        return "which differs from row to row"
    return ""


def _field(column: Column, layout: Layout, names: Names) -> DraftedField:
    role, doubt = _role(column)
    if evidence := lateness(column, layout.ended):
        role, doubt = "late", evidence
    elif layout.kind is not None and column.name in layout.kind.values:  # told again later: they were asked
        role, doubt = "answer", ""
    lines = [*([f"# {CHECK}: {doubt}"] if doubt else []), line("role", role)]
    if role != "late":
        lines += _description(column, role)
    return DraftedField(names.take(column.name), column.name, role, lines)


def _description(column: Column, role: str) -> Iterator[str]:
    kind = "category" if role == "channel" else column.type
    if kind != "category":
        yield line("type", kind)
    if role == "answer":
        obstacle = likeliest(column.name, OBSTACLES)
        yield line("obstacle", obstacle or "need", "")
    if kind == "category" and role != "channel":
        yield from _values(column)
    if kind == "number" and column.numbers is not None and column.numbers.min() >= 0:
        yield "minimum = 0"
    if column.missing:
        yield line("missing", column.missing, "stands for 'not answered'")
    elif kind == "number":
        yield from _nines(column)


def _role(column: Column) -> tuple[str, str]:
    """Return the role that a name suggests, and what to ask about it."""
    role = likeliest(column.name, ROLES)
    if role == "late":
        return role, "its name sounds as if it were written, or overwritten, after the fact"
    if role == "channel" and column.type in ("flag", "number"):
        return "answer", ""
    if role is not None:
        return role, ""
    if likeliest(column.name, OBSTACLES):
        return "answer", ""
    return "profile", "if it is what the lead said or did, make it an answer with an obstacle"


def _values(column: Column) -> Iterator[str]:
    values = column.values
    if len(values) > MOST_VALUES:
        # "other" then stands for all that are not listed.
        yield line(
            "values",
            [value for value in values[:MOST_VALUES] if value != "other"],
            f"the {MOST_VALUES} commonest of {len(values):,}",
        )
        yield line("others", True)
    elif order := in_order(values):
        yield line("values", order)
        yield line("ordered", True, "from low to high?")
    else:
        yield line("values", sorted(values))


def in_order(values: list[str]) -> list[str]:
    """Return values from low to high if they look as if they had an order.

    Examples
    --------
    >>> in_order(["50-200", "5-20", "200+"]), in_order(["Large", "Small"]), in_order(["red", "blue"])
    (['5-20', '50-200', '200+'], ['Small', 'Large'], [])
    """
    ranks = [likeliest(value, ORDER) for value in values]
    if None in ranks or len(set(ranks)) < len(ranks):
        starts = [re.match(r"[<>]?\s*(\d+)\s*(-|to|\+|$)", value.replace(",", "")) for value in values]
        ranks = [int(start[1]) if start else None for start in starts]
    known = [(rank, value) for rank, value in zip(ranks, values, strict=True) if rank is not None]
    return [value for _, value in sorted(known)] if len(known) == len(values) > 1 else []


def _nines(column: Column) -> Iterator[str]:
    """Yield a number of nines that stands far above all others and is common, such as 999 days since never."""
    top, share = column.values[0], column.counts.iloc[0] / column.counts.sum()
    if len(column.counts) < 3 or column.numbers is None or set(top) != {"9"} or len(top) < 2 or share <= 0.2:
        return
    if float(top) > 3 * column.numbers[column.texts != top].max():
        yield line("missing", [top], f"in {share:.0%} of rows; does it stand for 'none'?")

"""What the columns of a lead would be as fields: role, type, values; or why they are left out, and what that costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from features.leaks import SEVERITIES, Finding
from features.leaks.gain import LEFT_OUT, Gain, gains
from features.leaks.labels import fates_of
from features.records.history import History
from features.scaffold.bands import in_order
from features.scaffold.corrections import NO_CORRECTIONS, Corrections
from features.scaffold.late import as_history, audited, judge
from features.scaffold.layout import Layout
from features.scaffold.persons import merged_column
from features.scaffold.roles import Guess, guess, is_rep
from features.scaffold.sheets import MAX_VALUES, Column
from features.scaffold.toml import CHECK, Names, line
from features.scaffold.words import OBSTACLES, likeliest
from features.settings.schema import RESERVED_COLUMNS


@dataclass(frozen=True)
class DraftedField:
    """A field: our name, the export's column, its role, and the lines that describe it."""

    ours: str
    column: Column
    role: str
    doubt: str = ""
    gain: Gain | None = None
    corrections: Corrections = NO_CORRECTIONS

    @property
    def theirs(self) -> str:
        """The export's name."""
        return self.column.name

    @property
    def block(self) -> list[str]:
        """The field's table in the settings."""
        doubts = [f"# {CHECK}: {self.doubt}" + ("" if self.doubt.endswith("?") else ".")] if self.doubt else []
        doubted = f"{CHECK}: left" if self.gain and self.gain.is_sure else "Left"
        costs = [f"# {doubted} out of the model: admitted = true {self.gain}."] if self.gain else []
        described = (
            ()
            if self.role in ("late", "contact", "account")
            else _description(self.column, self.role, self.corrections)
        )
        return [f"[fields.{self.ours}]", *doubts, *costs, line("role", self.role), *described]


@dataclass(frozen=True)
class DraftedFields:
    """The fields of a draft, what was left out, and what the audit says."""

    fields: list[DraftedField]
    left_out: list[str]
    findings: list[tuple[DraftedField, Finding]] = field(default_factory=list)
    together: Gain | None = None
    placed: list["PlacedColumn"] = field(default_factory=list)


@dataclass(frozen=True)
class PlacedColumn:
    """A column of the leads with what was guessed of it, what the audit says, and its role in the draft; empty if it is left out."""

    column: Column
    guess: Guess
    finding: Finding | None
    role: str


def draft_fields(layout: Layout, names: Names, horizon_days: int) -> DraftedFields:
    """Return the columns of the leads that say something of a lead, and for each other one why it does not."""
    corrections = layout.corrections
    merged = merged_column(layout)
    columns = [
        column
        for column in layout.leads.columns
        if column not in layout.used and column not in layout.facts and column is not merged
    ]
    history = as_history(layout, horizon_days)
    judged = [column for column in columns if len(column.counts)]
    findings = judge(judged, layout, history)
    guesses = {column: guess(column, layout, findings.get(column.name)) for column in columns}
    guessed = dict(guesses)
    for column in columns:
        if column.name in corrections.roles:
            role = corrections.roles[column.name]
            guesses[column] = Guess(role, reason="" if role else "as somebody has said")
    accounts = [column for column, of in guesses.items() if of.role == "account"]
    for column in accounts[1:]:  # the settings know one
        guessed[column] = guesses[column] = Guess("contact", f"is it the company, rather than {accounts[0].name!r}?")
    kept = {column: of for column, of in guesses.items() if of.role}
    costs = _costs(kept, layout, history)
    drafted = [
        DraftedField(
            names.take(_own(column)), column, of.role, of.doubt.rstrip("."), costs.get(column.name), corrections
        )
        for column, of in kept.items()
    ]
    left_out = [f"# Left out: {column.name!r}, {of.reason}." for column, of in guesses.items() if not of.role]
    left_out += [
        f"# Left out: {column.name!r}, {why}." for column, why in layout.facts.items() if column not in layout.used
    ]
    told = [(each, findings[each.theirs]) for each in drafted if each.theirs in findings]
    told = [pair for pair in told if pair[1].severity in ("severe", "suspicious") or pair[0].role == "late"]
    told.sort(key=lambda pair: (SEVERITIES.index(pair[1].severity), -pair[1].ranks))
    placed = [
        PlacedColumn(column, guessed[column], findings.get(column.name), of.role) for column, of in guesses.items()
    ]
    return DraftedFields(drafted, left_out, told, costs.get(""), placed)


def _own(column: Column) -> str:
    """Return the name of a column without the table that it was joined from."""
    return column.name.split(".", 1)[-1] if column.joined else column.name


def _costs(kept: Mapping[Column, Guess], layout: Layout, history: History) -> dict[str, Gain]:
    """Return, by name of column, what admitting each field that is left out would add; under "" what all of them would."""
    out = [column for column, of in kept.items() if of.role in LEFT_OUT]
    used = [column for column, of in kept.items() if of.role in ("answer", "channel")]
    if not out:
        return {}
    created = history.leads.created_at
    candidates: list[Sequence[object]] = [audited([column], layout, created) for column in out]
    candidates += [audited(out, layout, created)] if len(out) > 1 else []
    found = gains(audited(used, layout, created), candidates, fates_of(history))  # type: ignore[arg-type]
    return dict(zip((*(column.name for column in out), ""), found, strict=False))


def late_fields(layout: Layout, names: Names) -> Iterator[DraftedField]:
    """Yield the columns that stand beside the outcomes in a file of their own: who has them has closed."""
    if layout.outcomes is None or layout.flat:
        return
    used = [*layout.used, *layout.facts]
    for column in layout.outcomes.columns:
        if (
            column in used
            or is_rep(column)
            or column.unique
            or column.name in RESERVED_COLUMNS
            or not len(column.counts)
        ):
            continue
        yield DraftedField(
            names.take(column.name), column, "late", f"stands in {layout.outcomes.name}: known of closed leads alone"
        )


def _description(column: Column, role: str, corrections: Corrections) -> Iterator[str]:
    kind = "category" if role == "channel" else column.type
    if kind != "category":
        yield line("type", kind)
    if role == "answer":
        told = corrections.obstacles.get(column.name)
        yield line("obstacle", told or obstacle_of(column), None if told else "")
    if kind == "category" and role != "channel":
        yield from _values(column, corrections.ordered.get(column.name))
    if kind == "number" and column.numbers is not None and column.numbers.min() >= 0:
        yield "minimum = 0"
    if column.missing:
        yield line("missing", column.missing, "stands for 'not answered'")
    elif kind == "number":
        yield from _nines(column)


def obstacle_of(column: Column) -> str:
    """Return what an answer of this name speaks to."""
    return likeliest(column.name, OBSTACLES) or "need"


def _values(column: Column, ordered: bool | None) -> Iterator[str]:
    values = column.spellings
    if len(values) > MAX_VALUES:
        # "other" then stands for all that are not listed.
        yield line(
            "values",
            [value for value in values[:MAX_VALUES] if value.strip().casefold() != "other"],
            f"the {MAX_VALUES} commonest of {len(values):,}",
        )
        yield line("others", True)
    elif (order := in_order(values)) and ordered is not False:
        yield line("values", order)
        yield line("ordered", True, None if ordered else "from low to high?")
    else:
        yield line("values", sorted(values))


def _nines(column: Column) -> Iterator[str]:
    """Yield a number of nines that stands far above all others and is common, such as 999 days since never."""
    top, share = column.values[0], column.counts.iloc[0] / column.counts.sum()
    if len(column.counts) < 3 or column.numbers is None or set(top) != {"9"} or len(top) < 2 or share <= 0.2:
        return
    if float(top) > 3 * column.numbers[column.texts != top].max():
        yield line("missing", [top], f"in {share:.0%} of rows; does it stand for 'none'?")

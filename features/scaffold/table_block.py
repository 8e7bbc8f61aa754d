"""What the settings say of a table, whichever it is: its file, how it is written, its joins, its columns, and rows that are no leads."""

from collections.abc import Iterable, Iterator

from features.scaffold.flags import truths
from features.scaffold.layout import Layout
from features.scaffold.sheets import Column, Sheet
from features.scaffold.toml import CHECK, line, one_line
from features.scaffold.words import DELETED, says


def table_lines(sheet: Sheet, *, is_again: bool = False) -> Iterator[str]:
    """Yield which file, or sheet, a table is, and where it is several, unless they were asked about before, whether they are one."""
    if sheet.parts and not is_again:
        yield one_line(f"# {CHECK}: {', '.join(sheet.parts)} have the same columns, and {AS_ONE}. Are they?")
        if sheet.lacking:
            yield one_line(
                f"# {CHECK} first: {lacks(sheet.lacking)}. If one column has two names, give it one in all of the files."
            )
    yield line("table", sheet.name)


def lacks(lacking: Iterable[tuple[str, str]]) -> str:
    """Return which parts of a table have not which columns.

    Examples
    --------
    >>> lacks([("leads_2024.csv", "State"), ("leads_2025.csv", "Status")])
    "leads_2024.csv has no column 'State', leads_2025.csv has no column 'Status'"
    """
    return ", ".join(f"{part} has no column {column!r}" for part, column in lacking)


AS_ONE = "are read as one table"
"""Asked of the parts of a table."""


def shape(layout: Layout) -> Iterator[str]:
    """Yield what rows of the leads' table are no leads of their own."""
    if layout.leads.below:
        yield line(
            "continuation_rows",
            True,
            f"{layout.leads.below:,} rows without an id: they go on with the row above, or are no leads",
        )
    if layout.leads.folded:
        yield line(
            "line_items", True, f"{layout.leads.folded:,} rows repeat an id, such as a row a product: one lead each"
        )
    if leaving := list(_no_leads(layout)):
        yield line("leave_out_when", [part for part, _ in leaving], "; ".join(doubt for _, doubt in leaving))


def undated_rows(layout: Layout) -> int:
    """Return how many rows have no day of creation and are left out for it, as no other table speaks of them."""
    alone = layout.flat and not layout.events
    return int(layout.created.given.isna().sum()) if alone and layout.created is not None else 0


def _no_leads(layout: Layout) -> Iterator[tuple[dict[str, object], str]]:
    """Yield the conditions of rows that are no leads: deleted ones, and those that nobody can date."""
    created = layout.created
    if created is not None and (empty := undated_rows(layout)):
        yield (
            {created.name: {"filled": False}},
            f"{empty:,} rows have no {created.name!r}: nobody could tell what was known when",
        )
    for column in layout.leads.columns:
        if says(column.name, DELETED) and (truth := truths(column)) is not None and truth[0] and not column.joined:
            count = int(column.texts.isin(truth[0]).sum())
            yield {column.name: truth[0]}, f"{count:,} rows are marked as deleted"


def writing(columns: dict[str, Column]) -> Iterator[str]:
    """Yield how times and numbers of columns are written, where that is not the usual way."""
    formats = {
        ours: column.time_format for ours, column in columns.items() if column.time_format and column.type == "date"
    }
    decimals = {ours: column.decimal for ours, column in columns.items() if column.type == "number" and column.decimal}
    if decimals:
        yield line("decimals", decimals)
    if formats:
        doubts = [
            f"{ours}: day first, or month first?"
            for ours, form in formats.items()
            if form and columns[ours].day_and_month_alike
        ]
        yield line("time_formats", formats, "; ".join(doubts) or None)


def joins(section: str, layout: Layout) -> Iterator[str]:
    """Yield the tables that are joined to that of the leads."""
    for join in layout.joins:
        yield f"\n[{section}.joins.{join.name}]"
        yield from table_lines(join.sheet, is_again=section != "history.leads")
        yield from (line("on", join.on.name), line("key", join.key.name))


def mapped(ours: str, column: Column | None, doubt: str | None = None) -> list[str]:
    """Return the line that maps a column; none where it goes by our name."""
    return [] if column is None or (column.name == ours and doubt is None) else [line(ours, column.name, doubt)]

"""The blocks of the settings that say where a history lies, and what happened since."""

from collections.abc import Iterable, Iterator

import numpy as np

from features.scaffold.fields import DraftedField, DraftedFields
from features.scaffold.flags import truths
from features.scaffold.layout import EventsTable, Layout
from features.scaffold.links import is_undated_log
from features.scaffold.persons import person_lines
from features.scaffold.records import FULL, event_times, is_creation, log_key, rivals_of
from features.scaffold.sheets import MAX_VALUES, Column, Sheet, best
from features.scaffold.toml import CHECK, Names, line, one_line
from features.scaffold.united import same_columns
from features.scaffold.words import ACTOR_WORDS, COLUMNS, DELETED, OBSTACLES, likeliest, says, words
from features.settings.fields import ACTORS

HEAD = f"""\
# Drafted by `glengarry init` from what the files look like. Read every line that says `{CHECK}`, correct it,
# then run `glengarry check`."""
NO_ID = f"""\
# {CHECK}: no column of {{file}} tells each row from all others, so nothing names a lead.
# Export the record's id, or add a running number, and name it here: lead_id = "..."
"""
A_LOG = f"""\
# {CHECK} first: {{file}} has several rows of one {{key!r}}, as a log has; the same in all of them, and so the lead's own: {{own}}.
# Read it three times: here with lead_id = {{key!r}}, line_items = true and the earliest row of each lead first (the first filled
# cell holds), under [history.events] for what happened, and under [history.outcomes] for the rows that say how leads ended.
"""
NO_DAY = f"""\
# {CHECK}: no column of {{file}} holds a time, so nobody could tell what was known when: a lead must have been
# created some day. Export that day and name it here: created_at = "...". If only the order of the rows is known,
# a small script may date them by it (row order, running number or month names) before they are read.
"""
NOTHING = f"""\
[fields]
# {CHECK}: no column says anything of a lead, so a model knows their age and how everyone's close, and no more.
# Export what leads answered, where they came from, or what happened since (events), and run `glengarry init` again.
"""
DEFAULT_HORIZON = 90
MAX_SUSPECTS = 12
SUSPECTS = f"# {CHECK} first: columns that may know the outcome"
"""Begins the list of columns that the audit suspects."""


def horizon_days(layout: Layout) -> int:
    """Return days that cover three wins in four, unless somebody has said how many there are."""
    if layout.corrections.horizon_days is not None:
        return layout.corrections.horizon_days
    if not len(layout.days_to_win):
        return DEFAULT_HORIZON
    days = np.quantile(layout.days_to_win, 0.75)
    return next((size for size in (30, 60, 90, 180) if days <= size), 365)


def head(layout: Layout, deadline: DraftedField | None = None) -> Iterator[str]:
    """Yield what holds for the whole file; `deadline` is the field of the day that decides a lead."""
    yield HEAD
    if len(layout.days_to_win):
        yield f"\n# Three in four wins came within {np.quantile(layout.days_to_win, 0.75):.0f} days."
    yield f"horizon_days = {horizon_days(layout)}"
    if deadline is not None:
        doubt = f"no lead is open after its {deadline.theirs!r}: is each decided by the end of that day?"
        yield line("decided_by", deadline.ours, doubt)
    yield "lookback_days = [7, 30, 90]"
    zone = layout.corrections.time_zone
    yield line("time_zone", zone or "UTC", None if zone else "of times that name no zone")


def suspects(drafted: DraftedFields) -> Iterator[str]:
    """Yield the columns that may have been written after the fact, the strongest first, each with its evidence."""
    if not drafted.findings:
        return
    yield f"{SUSPECTS}, the strongest first. Who writes them, and when?"
    for field, finding in drafted.findings[:MAX_SUSPECTS]:
        role = "left out as late" if field.role == "late" else f"in use as {field.role}"
        named = "Its name is that of what is written later. " if finding.severity == "undated" else ""
        yield one_line(f"#   {field.theirs!r} ({role}): {named}{finding.evidence}")
    if more := len(drafted.findings) - MAX_SUSPECTS:
        yield (
            f"#   and {more} more: `glengarry audit` names them all."
            if more > 0
            else "#   `glengarry audit` names all again."
        )


def gain_of_all(drafted: DraftedFields) -> Iterator[str]:
    """Yield what admitting all fields that say who somebody is would add."""
    if drafted.together is not None and len(drafted.together.columns) > 1:
        yield (
            f"# {len(drafted.together.columns)} fields are left out of the model, as they say who somebody is or what the times were like: "
            f"admitting all of them {drafted.together}."
        )


def history(folder: str, layout: Layout) -> Iterator[str]:
    """Yield where the files lie and how they are written."""
    yield "[history]"
    yield line("source", folder)
    if layout.id_form:
        yield line("id_form", list(layout.id_form), "ids of the tables differ in writing, and meet by these rules")
    yield '# exported_at = "2026-01-01T00:00:00+00:00"  # until when the files are complete; else their latest record'
    alike = [sheet for sheet in layout.others if _same_columns(sheet, layout)]
    if alike:
        yield one_line(
            f"# {CHECK} first: {', '.join(sheet.name for sheet in alike)} not read, with the columns of a table that is. If they hold more of its rows, "
            f"put them together into one file, or give them names that begin alike, as leads_1 and leads_2 do, and that no other file has."
        )
    undated = [sheet for sheet in layout.others if sheet not in alike and is_undated_log(sheet, layout.lead_id)]
    for sheet in undated:
        yield one_line(
            f"# {CHECK}: {sheet.name} has rows of the leads, but no column says when: export the day, and it is read as what happened."
        )
    if others := [sheet for sheet in layout.others if sheet not in (*alike, *undated)]:
        yield one_line(f"# Not used: {', '.join(sheet.name for sheet in others)}.")


def _same_columns(sheet: Sheet, layout: Layout) -> bool:
    """Return whether a table has the columns of one that is read, as files of other years have."""
    read = [layout.leads, *(table.sheet for table in layout.events), *([layout.outcomes] if layout.outcomes else [])]
    names = {column.name for column in sheet.columns}
    return any(same_columns(names, {column.name for column in one.columns if not column.joined}) for one in read)


def leads(layout: Layout, fields: Iterable[DraftedField], left_out: list[str]) -> Iterator[str]:
    """Yield the leads table and its columns."""
    fields = list(fields)
    file, created = layout.leads.name, layout.created
    yield "[history.leads]"
    yield from table_lines(layout.leads)
    yield from shape(layout)
    if (undated := _undated(layout)) > (1 - FULL) * layout.leads.rows and layout.created is not None:
        yield one_line(
            f"# {CHECK} first: {undated:,} of {layout.leads.rows:,} rows have no {layout.created.name!r}, and are left out. Is another the day of the creation?"
        )
    yield from person_lines(layout)
    columns = {field.ours: field.column for field in fields}
    if created is not None:
        columns["created_at"] = created
    yield from writing(columns)
    yield from joins("history.leads", layout)
    yield "\n[history.leads.columns]"
    yield from _id(layout, layout.lead_id) if layout.lead_id else _no_id(layout.leads)
    if created is None:
        yield NO_DAY.format(file=file).rstrip()
    else:
        if created.name not in ("created_at", layout.corrections.created):
            yield one_line(f"# {CHECK}: when the lead was created{_or_else(created, layout)}")
        yield from mapped("created_at", created)
    yield from (line(field.ours, field.theirs) for field in fields if field.ours != field.theirs)
    yield from map(one_line, left_out)


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


def _id(layout: Layout, lead_id: Column) -> Iterator[str]:
    others = rivals_of(layout.leads, lead_id)
    named = ", ".join(repr(column.name) for column in others)
    yield from mapped("lead_id", lead_id, f"or is it {named}? Each tells every row from all others" if others else None)


def _no_id(leads: Sheet) -> Iterator[str]:
    """Yield what to do about a table in which nothing names a lead, or several rows are of one."""
    if (log := log_key(leads)) is None:
        yield NO_ID.format(file=leads.name).rstrip()
        return
    key, own = log
    yield A_LOG.format(file=leads.name, key=one_line(key.name), own=", ".join(one_line(c.name) for c in own)).rstrip()


def _or_else(created: Column, layout: Layout) -> str:
    others = [
        column.name
        for column in layout.leads.times_but(created, *layout.closed)
        if is_creation(column) and not column.joined
    ]
    return f", or {' or '.join(map(repr, others))}?" if others else ""


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


def _undated(layout: Layout) -> int:
    """Return how many rows have no day of creation and are left out for it, as no other table speaks of them."""
    alone = layout.flat and not layout.events
    return int(layout.created.given.isna().sum()) if alone and layout.created is not None else 0


def _no_leads(layout: Layout) -> Iterator[tuple[dict[str, object], str]]:
    """Yield the conditions of rows that are no leads: deleted ones, and those that nobody can date."""
    created = layout.created
    if created is not None and (empty := _undated(layout)):
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


def events(layout: Layout, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the events tables, their columns, and our names of their `kinds`."""
    for at, table in enumerate(layout.events):
        yield from [""] if at else []
        yield "[[history.events]]" if len(layout.events) > 1 else "[history.events]"
        yield from _events(table, layout, kinds)


def _events(table: EventsTable, layout: Layout, kinds: dict[str, str]) -> Iterator[str]:
    sheet, kind = table.sheet, table.kind
    section = "history.events"
    yield from table_lines(sheet)
    if kind is None:
        yield line("all_kind", kind_of_all(table), "every row is one of these?")
    elif ignored := [value for value in kind.values if value not in kinds]:
        read = f"{', '.join(map(repr, table.ends))} read as outcomes" if table.ends else ""
        yield line("ignore", ignored, "; ".join(filter(None, (read, "rare" if len(ignored) > len(table.ends) else ""))))
    occurred, recorded = event_times(sheet)
    times_of = {"occurred_at": occurred, "recorded_at": recorded}
    yield from writing({ours: column for ours, column in times_of.items() if column is not None})
    yield from _whose(table, layout, section)
    yield f"\n[{section}.columns]"
    if table.taken_up is None:
        yield from mapped("lead_id", table.lead_id)
    yield from mapped("kind", kind)
    yield from mapped("occurred_at", occurred)
    yield from mapped("recorded_at", recorded)
    taken = [table.lead_id, table.taken_up, kind, occurred, recorded]
    rest = [column for column in sheet.columns if column not in taken and len(column.counts)]
    rep = best(
        "rep",
        [column for column in rest if says(column.name, COLUMNS["rep"]) and column.type in ("category", "number")],
    )
    yield from mapped("rep_id", rep, "whose event it was?")
    if (text := written(table)) is not None:
        yield from mapped("text", text, "what was written with it?")
    actors = [column for column in rest if says(column.name, COLUMNS["actor"]) and set(column.values) <= set(ACTORS)]
    yield from mapped("actor", best("actor", actors))
    if renamed := [
        line(value, ours) for value, ours in kinds.items() if value != ours and kind and value in kind.values
    ]:
        yield f"\n[{section}.kinds]"
        yield from renamed


def written(table: EventsTable) -> Column | None:
    """Return the column of what was written with events: in words, in at least some of the rows."""
    wordy = [
        column
        for column in table.sheet.columns
        if column not in (table.lead_id, table.kind, table.taken_up)
        and column.type in ("text", "category")
        and says(column.name, COLUMNS["text"] + " body message content nachricht~ mensaje mensagem messaggio bericht")
        and np.mean([len(value.split()) for value in column.values[:500]] or [0]) > 3
    ]
    return best("text", wordy)


def messages(layout: Layout, kinds: dict[str, str]) -> set[str]:
    """Return our names of the kinds with which leads write: those with texts in half of their rows or more, by the lead itself."""
    found = set()
    for table in layout.events:
        if (text := written(table)) is None:
            continue
        filled = text.texts.notna().to_numpy()
        if table.kind is None:
            ours = kind_of_all(table)
            found |= {ours} if filled.mean() >= 0.5 and likeliest(ours, WRITERS) == "lead" else set()
            continue
        for value, ours in kinds.items():
            rows = (table.kind.texts == value).to_numpy()
            if rows.any() and filled[rows].mean() >= 0.5 and likeliest(value, WRITERS) == "lead":
                found.add(ours)
    return found


WRITERS = {
    "lead": "inbound incoming message messages chat form reply answer email mail nachricht~ eingehend~ antwort~ anfrage~ recu entrant message "
    "mensaje recibido mensagem recebid~ messaggio ricevut~ bericht ontvangen",
    "rep": "note notes notiz~ outbound outgoing sent ausgehend~ call task internal memo nota uscita salida saida verzonden",
}
"""Words of kinds of events, by who writes what stands in them; a rep's note may tell how the lead ended."""


MAX_NOUN = 55
"""Characters of what sentences call a kind of event; what is longer is a sentence itself, and our name is cut as short."""


def _whose(table: EventsTable, layout: Layout, section: str) -> Iterator[str]:
    """Yield how the lead of an event is found, where more than one column tells it, or none does in some rows."""
    without = table.lead_id.given.isna().to_numpy()
    part: dict[str, object] = {table.lead_id.name: {"filled": False}}
    through, taken_up = table.through, table.taken_up
    if through is not None and taken_up is not None and layout.lead_id is not None:
        name = f"lead.{layout.lead_id.name}"
        yield line("first_of", {"lead_id": [table.lead_id.name, name]})
        without = without & ~taken_up.given.isin(through.on.given.dropna()).to_numpy()
        part[name] = {"filled": False}
    if without.any():
        yield line("leave_out_when", [part], f"{int(without.sum()):,} rows belong to no lead")
    if through is not None and taken_up is not None:
        yield from ("", f"[{section}.joins.lead]", line("table", layout.leads.name))
        yield from (line("on", taken_up.name), line("key", through.on.name))


def kind_of_all(table: EventsTable) -> str:
    """Return our name of what a table holds that names no kinds."""
    return Names().take(table.sheet.name.split("#")[-1].split(".")[0].removesuffix("s"))


def kind_names(layout: Layout, names: Names, fields: list[DraftedField]) -> dict[str, str]:
    """Return our name of each kind of event; one of the name of a field is an answer that was given later."""
    answers = {name: field.ours for field in fields if field.role == "answer" for name in (field.ours, field.theirs)}
    found: dict[str, str] = {}
    for table in layout.events:
        for value in table.kind.values[:MAX_VALUES] if table.kind else []:
            if value not in found and value not in table.ends:
                found[value] = answers.get(value) or names.take(value)
    return found


def kind(ours: str, theirs: str, *, text: bool = False) -> Iterator[str]:
    """Yield a kind of event: which obstacle it speaks to, who acts, what people call it, and whether leads write with it."""
    obstacle, actor = likeliest(ours, OBSTACLES), likeliest(ours, ACTOR_WORDS)
    yield f"[kinds.{ours}]"
    yield line("obstacle", obstacle or "desire", "")
    if actor:
        yield line("actor", actor, "")
    yield line("singular", _noun(theirs) or " ".join(words(ours)))
    if text:
        yield line("text", True, "read word by word: did the lead write it? A rep's notes may tell how it ended")


def _noun(theirs: str) -> str:
    """Return how sentences call a kind: the export's word, which our name may number, fold or lack; empty if it is no noun."""
    shown = " ".join(words(theirs) if theirs.isascii() else theirs.replace("_", " ").lower().split())
    return shown if len(shown) <= MAX_NOUN and any(letter.isalpha() for letter in shown) else ""


def mapped(ours: str, column: Column | None, doubt: str | None = None) -> list[str]:
    """Return the line that maps a column; none where it goes by our name."""
    return [] if column is None or (column.name == ours and doubt is None) else [line(ours, column.name, doubt)]

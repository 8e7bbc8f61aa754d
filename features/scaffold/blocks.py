"""The blocks of the settings that say where a history lies, and what its leads are."""

from collections.abc import Iterable, Iterator

import numpy as np

from features.scaffold.fields import DraftedField, DraftedFields
from features.scaffold.layout import Layout
from features.scaffold.links import is_undated_log
from features.scaffold.persons import person_lines
from features.scaffold.records import FULL, is_creation, log_key, rivals_of
from features.scaffold.sheets import Column, Sheet
from features.scaffold.table_block import joins, mapped, shape, table_lines, undated_rows, writing
from features.scaffold.toml import CHECK, line, one_line
from features.scaffold.united import same_columns

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
    if (undated := undated_rows(layout)) > (1 - FULL) * layout.leads.rows and layout.created is not None:
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

"""A history read and held against its rules: the sound rows as a `History`, and every broken row by name.

Nothing is dropped or filled in silently: a row is in the history, among the broken ones, or spoken of in a note.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import TypeVar

import numpy as np

from features.records.checks.broken import BrokenCount, BrokenRow
from features.records.checks.events import check_events
from features.records.checks.facts import Facts, TableFacts
from features.records.checks.fingerprint import fingerprint
from features.records.checks.leads import check_leads, with_others
from features.records.checks.outcomes import CheckedOutcomes, check_outcomes
from features.records.checks.persons import persons_note
from features.records.checks.sheet import CheckedSheet
from features.records.checks.summary import HistorySummary
from features.records.checks.sums import CheckSums
from features.records.clock import Microseconds, to_microseconds
from features.records.history import Events, History, Integers, Leads, Outcomes, joined
from features.records.notes import Note
from features.records.reading import RawTable, TableName, read_table
from features.settings.mapping import check_mapping, latest
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, TableSource

__all__ = [
    "BrokenCount",
    "BrokenRow",
    "CheckedHistory",
    "CheckedTables",
    "HistorySummary",
    "check_history",
    "check_tables",
    "fingerprint",
]

Table = TypeVar("Table", bound=TableSource)


@dataclass(frozen=True)
class CheckedHistory:
    """A history of the rows that break no rule, and the report on all others.

    Attributes
    ----------
    broken
        The first 20 rows of each kind.
    counts
        All of each kind: one entry for each file, column and rule.
    aside, aside_counts
        The same of values that were set aside as they cannot be read: their rows are in the history.
    fingerprint
        Of the content of the history, whatever the order of its rows.
    told_at
        When the service was told each outcome of its store, microseconds UTC by the store's clock; None of an export alone.
    """

    history: History
    broken: tuple[BrokenRow, ...]
    counts: tuple[BrokenCount, ...]
    aside: tuple[BrokenRow, ...]
    aside_counts: tuple[BrokenCount, ...]
    summary: HistorySummary
    fingerprint: str
    told_at: Microseconds | None = None

    @property
    def told_until(self) -> int | None:
        """By when the service was told the outcomes that are known here; 0 where it was told none, None of an export alone."""
        return None if self.told_at is None else int(self.told_at.max(initial=0))


@dataclass(frozen=True)
class CheckedTables:
    """A checked history with the tables that it was read from.

    Attributes
    ----------
    sheets
        By table, the second of one name as "events 2"; the good rows of `leads` are, in this order, those of its sheet.
    event_sheets
        Each table of events with its events, one of each good row.
    sums
        The report before it is finished, to be added to those of other parts.
    leads
        Those whose rows are sound: with them the few that the history leaves out, as nobody can tell how they ended.
    """

    checked: CheckedHistory
    sheets: Mapping[str, CheckedSheet]
    leads: Leads
    event_sheets: tuple[tuple[CheckedSheet, Events], ...]
    outcomes: Outcomes
    sums: CheckSums

    @property
    def events(self) -> Events:
        """All events, in the order of their tables."""
        return _all_events(self.event_sheets)


def check_history(source: HistorySource, schema: LeadSchema, now: datetime, folder: Path) -> CheckedHistory:
    """Read a history and check every row of it, as `check_tables` does, and let the tables go."""
    return check_tables(source, schema, now, folder).checked


def check_tables(
    source: HistorySource, schema: LeadSchema, now: datetime, folder: Path, elsewhere: Leads | None = None
) -> CheckedTables:
    """Read a history and check every row of it; a relative source is looked for in `folder`.

    `now` is the latest that a time may be if the source does not say when it was exported. `elsewhere` are leads that the source speaks of
    though another one holds their rows; rows of a lead that neither has wait for it.

    Raises
    ------
    ReadingError
        If a table cannot be read at all.
    ValueError
        If the settings name a column or a kind that there is not.
    """
    check_mapping(source, schema)
    until = to_microseconds(latest(source, now))
    return check_raws(read_raws(source, schema, folder), source, schema, until, elsewhere)


def check_raws(
    raws: Mapping[str, RawTable],
    source: HistorySource,
    schema: LeadSchema,
    until: int,
    elsewhere: Leads | None = None,
    facts: Facts | None = None,
) -> CheckedTables:
    """Check every row of the tables of a history, as they were read; by name, as `named_tables` names them.

    `until` is the latest that a time may be (microseconds UTC), `elsewhere` as of `check_tables`; `facts` are those of the whole of which the
    tables are a part, none where they are the whole.
    """

    def sheet_of(name: str, table: TableSource, raw: RawTable) -> CheckedSheet:
        form = table.time_format or source.time_format
        given = None if facts is None else facts.get(name, TableFacts())
        return CheckedSheet(raw, form, schema, until, source=table, fillers=source.fillers, given=given)

    rows = {name: raw.read for name, raw in raws.items()}
    sheets = {"leads": sheet_of("leads", source.leads, raws["leads"])}
    ids, leads = check_leads(sheets["leads"], schema)
    if elsewhere is not None:
        ids, leads = with_others(ids, leads, elsewhere)
    event_sheets = []
    for name, table in named_tables("events", source.events):
        sheets[name] = sheet_of(name, table, raws[name])
        if elsewhere is not None:
            ids.pass_over_others(sheets[name])
        event_sheets.append((sheets[name], check_events(sheets[name], schema, table, ids, leads)))
    told = []
    for name, ending in named_tables("outcomes", source.outcomes):
        raw = raws[name].without(sheets["leads"].left_out) if ending.table == source.leads.table else raws[name]
        sheets[name] = sheet_of(name, ending, raw)
        if elsewhere is not None:
            ids.pass_over_others(sheets[name])
        told.append(check_outcomes(sheets[name], ending, source, ids, leads))
    outcomes, ended_somehow = _ended(told, sheets["outcomes"])
    if (ids.person != np.arange(len(leads))).any():
        told_of = f"{sheets['leads'].raw.place}: {persons_note(leads, ids.person, outcomes)}."
        sheets["leads"].notes.append(Note((told_of,)))
    events = _all_events(event_sheets)
    recorded = (leads.created_at, events.recorded_at, outcomes.recorded_at)
    last = max((int(times.max()) for times in recorded if len(times)), default=None)
    sound = np.setdiff1d(np.arange(len(leads)), ended_somehow)
    history = History(schema, leads, events, outcomes, until).of_leads(sound)
    sums = CheckSums.of(history, sheets, rows, last)
    checked = checked_of(history, sums, source, until)
    return CheckedTables(checked, sheets, leads, tuple(event_sheets), outcomes, sums)


def checked_of(history: History, sums: CheckSums, source: HistorySource, until: int) -> CheckedHistory:
    """Return a history with the report that its sums make, known until the source says or its latest record."""
    known_until = sums.known_until(source, until)
    return CheckedHistory(
        replace(history, known_until=known_until),
        sums.rows_of("broken"),
        sums.counts_of("broken"),
        sums.rows_of("aside"),
        sums.counts_of("aside"),
        sums.summary(source, known_until),
        sums.content.finish(known_until),
    )


def read_raws(source: HistorySource, schema: LeadSchema, folder: Path) -> dict[str, RawTable]:
    """Read the tables of a history, by the names of `named_tables`; a relative source is looked for in `folder`."""
    tables: dict[TableName, Sequence[TableSource]]
    tables = {"leads": (source.leads,), "events": source.events, "outcomes": source.outcomes}
    return {
        key: read_table(source, schema, name, folder, at)
        for name, several in tables.items()
        for at, (key, _) in enumerate(named_tables(name, several))
    }


def named_tables(name: TableName, tables: Sequence[Table]) -> list[tuple[str, Table]]:
    """Return tables with what they are called: the second of one name has a number."""
    return [(name if at == 0 else f"{name} {at + 1}", table) for at, table in enumerate(tables)]


def _ended(told: Sequence[CheckedOutcomes], sheet: CheckedSheet) -> tuple[Outcomes, Integers]:
    """Return the outcomes that hold, and the leads of which there are none but broken ones; say so in notes."""
    outcomes = reduce(joined, [one.outcomes for one in told])
    reopened = np.concatenate([one.reopened for one in told])
    standing = outcomes.standing(reopened, np.concatenate([one.reopened_at for one in told]))
    if taken_back := len(outcomes) - len(standing):
        back = " taken back: a later row calls the lead open, so that it counts as open."
        sheet.notes.append(Note.of("", taken_back, "outcome", back))
    if corrected := len(standing) - len(standing.last_of_each_lead()):
        later = " corrected by a later one of the same lead, which holds."
        sheet.notes.append(Note.of("", corrected, "outcome", later))
    ended_somehow = np.setdiff1d(np.concatenate([one.ended_somehow for one in told]), standing.lead)
    if len(ended_somehow):
        unread = " left out with all that is known of each, as no outcome of it can be read: "
        unread += "it is not open, and nobody can tell how it ended."
        sheet.notes.append(Note.of("", len(ended_somehow), "lead", unread))
    return standing, ended_somehow


def _all_events(sheets: Iterable[tuple[CheckedSheet, Events]]) -> Events:
    return reduce(joined, [events for _, events in sheets], Events.none())

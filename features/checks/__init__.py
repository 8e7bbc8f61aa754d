"""A history read and held against its rules: the sound rows as a `History`, and every broken row by name.

Nothing is dropped or filled in silently: a row is in the history, among the broken ones, or spoken of in a note.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from features.checks.broken import BrokenCount, BrokenRow, many
from features.checks.columns import as_text, with_nulls
from features.checks.events import check_events
from features.checks.fingerprint import fingerprint
from features.checks.leads import check_leads
from features.checks.outcomes import check_outcomes
from features.checks.sheet import Sheet
from features.checks.summary import HistorySummary, summarise
from features.clock import to_microseconds
from features.history import Events, History, Leads, Outcomes
from features.reading import TableName, read_table
from features.settings import HistorySource, LeadSchema, check_mapping, latest

__all__ = [
    "BrokenCount",
    "BrokenRow",
    "CheckedHistory",
    "CheckedTables",
    "HistorySummary",
    "as_text",
    "check_history",
    "check_tables",
    "fingerprint",
    "with_nulls",
]


@dataclass(frozen=True)
class CheckedHistory:
    """A history of the rows that break no rule, and the report on all others.

    Attributes
    ----------
    broken
        The first 20 rows of each kind.
    counts
        All of each kind: one entry for each file, column and rule.
    fingerprint
        Of the content of the history, whatever the order of its rows.
    """

    history: History
    broken: tuple[BrokenRow, ...]
    counts: tuple[BrokenCount, ...]
    summary: HistorySummary
    fingerprint: str


@dataclass(frozen=True)
class CheckedTables:
    """A checked history with the tables that it was read from.

    Attributes
    ----------
    sheets
        By table; their good rows are, in this order, those of `leads`, `events` and `outcomes`.
    leads
        Those whose rows are sound: with them the few that the history leaves out, as nobody can tell how they ended.
    """

    checked: CheckedHistory
    sheets: Mapping[str, Sheet]
    leads: Leads
    events: Events
    outcomes: Outcomes


def check_history(source: HistorySource, schema: LeadSchema, now: datetime, folder: Path) -> CheckedHistory:
    """Read a history and check every row of it, as `check_tables` does, and let the tables go."""
    return check_tables(source, schema, now, folder).checked


def check_tables(source: HistorySource, schema: LeadSchema, now: datetime, folder: Path) -> CheckedTables:
    """Read a history and check every row of it; a relative source is looked for in `folder`.

    `now` is the latest that a time may be if the source does not say when it was exported.

    Raises
    ------
    ReadingError
        If a table cannot be read at all.
    ValueError
        If the settings name a column or a kind that there is not.
    """
    check_mapping(source, schema)
    until = to_microseconds(latest(source, now))
    names: list[TableName] = ["leads", "events", "outcomes"] if source.events else ["leads", "outcomes"]
    raws = {name: read_table(source, schema, name, folder) for name in names}
    rows: dict[str, int] = {name: raw.read for name, raw in raws.items()}
    sheets = {"leads": Sheet(raws["leads"], source.leads.time_format or source.time_format, schema, until)}
    ids, leads = check_leads(sheets["leads"], schema)
    events = Events.none()
    if source.events is not None:
        sheets["events"] = Sheet(raws["events"], source.events.time_format or source.time_format, schema, until)
        events = check_events(sheets["events"], schema, source.events, ids, leads)
    if source.leads.table == source.outcomes.table:
        raws["outcomes"] = raws["outcomes"].without(sheets["leads"].left_out)
    sheets["outcomes"] = Sheet(raws["outcomes"], source.outcomes.time_format or source.time_format, schema, until)
    outcomes, ended_somehow = check_outcomes(sheets["outcomes"], source.outcomes, ids, leads)
    if len(ended_somehow):
        sheets["outcomes"].notes.append(
            f"{many(len(ended_somehow), 'lead')} left out with all that is known of them, as their outcomes are broken: "
            "open they are not, and how they ended nobody can tell."
        )
    recorded = (leads.created_at, events.recorded_at, outcomes.recorded_at)
    last = max((int(times.max()) for times in recorded if len(times)), default=until)
    sound = np.setdiff1d(np.arange(len(leads)), ended_somehow)
    history = History(schema, leads, events, outcomes, until if source.exported_at else last).of_leads(sound)
    checked = CheckedHistory(
        history,
        tuple(broken for sheet in sheets.values() for broken in sheet.broken),
        tuple(BrokenCount(*kind, rows) for sheet in sheets.values() for kind, rows in sheet.counts.items()),
        summarise(history, rows, sheets, source),
        fingerprint(history),
    )
    return CheckedTables(checked, sheets, leads, events, outcomes)

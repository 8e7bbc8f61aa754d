"""What was read, in a few numbers and sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.checks.sheet import Sheet
from features.clock import DAY, to_datetime
from features.history import History
from features.settings import HistorySource


@dataclass(frozen=True)
class HistorySummary:
    """What was read.

    Attributes
    ----------
    rows
        Rows read, by table.
    broken
        Rows left out of the history as broken, by table.
    since, until
        From the first lead's creation until when the history is complete; None without a lead.
    won, lost, open
        Leads by how they ended.
    median_days_to_close
        Of won and lost leads; None without one.
    notes
        What was taken for granted, in sentences.
    """

    rows: Mapping[str, int]
    broken: Mapping[str, int]
    since: datetime | None
    until: datetime | None
    won: int
    lost: int
    open: int
    median_days_to_close: float | None
    notes: tuple[str, ...]


def summarise(
    history: History, rows: Mapping[str, int], sheets: Mapping[str, Sheet], source: HistorySource
) -> HistorySummary:
    """Return what was read, `rows` of each table."""
    outcomes, created = history.outcomes, history.leads.created_at
    order = np.lexsort((outcomes.recorded_at, outcomes.lead))
    last = order[np.diff(outcomes.lead[order], append=-1) != 0]
    days = (outcomes.closed_at[last] - created[outcomes.lead[last]]) / DAY
    won = int(outcomes.won[last].sum())
    notes = [note for sheet in sheets.values() for note in sheet.notes]
    if source.outcomes.all_won:
        notes.append("No losses are recorded: a lead without a win counts as open.")
    if source.exported_at is None:
        notes.append("history.exported_at is not set: the history counts as complete until its latest record.")
    return HistorySummary(
        rows=rows,
        broken={name: len(sheet.left_out) for name, sheet in sheets.items()},
        since=to_datetime(created.min()) if len(created) else None,
        until=to_datetime(history.known_until) if len(created) else None,
        won=won,
        lost=len(last) - won,
        open=len(history.leads) - len(last),
        median_days_to_close=float(np.median(days)) if len(days) else None,
        notes=tuple(dict.fromkeys(notes)),
    )

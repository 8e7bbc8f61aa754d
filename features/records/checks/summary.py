"""What was read, in a few numbers and sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.records.clock import DAY, to_datetime
from features.records.history import History

MINUTE = 60_000_000
"""Microseconds; what is counted by minutes adds up exactly, whatever the parts."""


@dataclass(frozen=True)
class HistorySummary:
    """What was read.

    Attributes
    ----------
    rows
        Rows read, by table.
    broken
        Rows left out of the history as broken, by table.
    aside
        Values set aside as they cannot be read, by table: their rows are in the history.
    passed
        Rows that are no records, by table and why: blank, folded, of kinds to ignore, below the table, of open leads.
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
    aside: Mapping[str, int]
    passed: Mapping[str, Mapping[str, int]]
    since: datetime | None
    until: datetime | None
    won: int
    lost: int
    open: int
    median_days_to_close: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class EndSums:
    """How the leads of a part ended.

    Attributes
    ----------
    since
        The first lead's creation, microseconds UTC; None without a lead.
    minutes
        How many leads closed so many whole minutes after their creation.
    """

    leads: int
    won: int
    lost: int
    since: int | None
    minutes: Counter[int]

    def __add__(self, other: "EndSums") -> "EndSums":
        since = min((one for one in (self.since, other.since) if one is not None), default=None)
        counts = (self.leads + other.leads, self.won + other.won, self.lost + other.lost)
        minutes = self.minutes.copy()
        minutes.update(other.minutes)
        return EndSums(*counts, since, minutes)

    def summary(
        self,
        known_until: int,
        rows: Mapping[str, int],
        broken: Mapping[str, int],
        aside: Mapping[str, int],
        passed: Mapping[str, Mapping[str, int]],
        notes: Iterable[str],
    ) -> HistorySummary:
        """Return the whole in a few numbers, with what is known of how it was read."""
        return HistorySummary(
            rows=rows,
            broken=broken,
            aside=aside,
            passed=passed,
            since=None if self.since is None else to_datetime(self.since),
            until=to_datetime(known_until) if self.leads else None,
            won=self.won,
            lost=self.lost,
            open=self.leads - self.won - self.lost,
            median_days_to_close=self._median_days(),
            notes=tuple(dict.fromkeys(notes)),
        )

    def _median_days(self) -> float | None:
        """Return the middle of the days to close, to the minute; the mean of the two middle ones of an even number."""
        if not self.minutes:
            return None
        minutes = np.array(sorted(self.minutes), np.int64)
        until = np.cumsum([self.minutes[minute] for minute in minutes.tolist()])
        middle = np.searchsorted(until, [(until[-1] - 1) // 2, until[-1] // 2], side="right")
        return float(minutes[middle].mean()) * MINUTE / DAY


def end_sums(history: History) -> EndSums:
    """Return how the leads of a history ended."""
    outcomes, created = history.outcomes.last_of_each_lead(), history.leads.created_at
    minutes, counts = np.unique((outcomes.closed_at - created[outcomes.lead]) // MINUTE, return_counts=True)
    won = int(outcomes.won.sum())
    since = int(created.min()) if len(created) else None
    counted = Counter(dict(zip(minutes.tolist(), counts.tolist(), strict=True)))
    return EndSums(len(created), won, len(outcomes) - won, since, counted)


def summary_of(
    history: History,
    rows: Mapping[str, int],
    broken: Mapping[str, int],
    aside: Mapping[str, int],
    passed: Mapping[str, Mapping[str, int]],
    notes: Iterable[str],
) -> HistorySummary:
    """Return a history in a few numbers, with what is known of how it was read."""
    return end_sums(history).summary(history.known_until, rows, broken, aside, passed, notes)

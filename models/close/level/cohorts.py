"""Cohorts: the leads of each day at their first score, what was promised of them, and what is known of that by now.

A cohort is held against what should be known of it by now: of a lead of probability p whose end is known, p; of one that is still
open, p less the chance that it will yet be won. The difference has mean zero whatever the hour or the day on which outcomes are
entered: the day on which a win was recorded does not count, only whether it is known.

Later scores of a lead share its outcome: they say little more, and what is said at the first holds at all ages.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.records.clock import DAY
from features.records.history import Floats, History, Moments, Strings
from models.close.labels import labels_known_at
from models.close.level.delays import Delays, passed
from models.close.level.level_shift import DAYS, Wins

LOOK_BACK = (DAYS + 1) * DAY
"""Leads that came in longer before an update do not count, in microseconds."""


def first_scores(history: History, moments: Moments, delays: Delays) -> NDArray[np.int64]:
    """Return the places of those moments at which leads are scored first."""
    age = moments.as_of - history.leads.created_at[moments.lead]
    return np.flatnonzero(age == delays.age_days * DAY)


@dataclass(frozen=True)
class Cohorts:
    """First scores (n,) of leads with the log-odds that were promised, by rising time of the score.

    Attributes
    ----------
    values, group
        The values of the channel that brought leads, and the place of each score's (n,) among them; one for all without a channel.
    """

    history: History
    moments: Moments
    margin: Floats
    delays: Delays
    values: tuple[str | None, ...]
    group: NDArray[np.int64]

    @classmethod
    def of(
        cls, history: History, moments: Moments, margin: Floats, delays: Delays, channel: str | None = None
    ) -> "Cohorts":
        """Lay out first scores (n,) with what was promised (n,)."""
        order = np.lexsort((moments.lead, moments.as_of))
        moments, margin = moments.take(order), margin[order]
        values, group = _numbered(history.leads.channels[channel][moments.lead] if channel else None, len(moments))
        bare = replace(history.outcomes, reason=None, rep_id=None)  # labels are asked of them every day
        return cls(replace(history, outcomes=bare), moments, margin, delays, values, group)

    def by_group(self, time: int) -> tuple[NDArray[np.int64], Wins]:
        """Return the places of the groups that brought leads in the last year, and their wins (groups, days), the latest day first.

        Nothing recorded from `time` on is used.
        """
        rows, parts = self._known_at(time, np.zeros(len(self.values)))
        present, place = np.unique(self.group[rows], return_inverse=True)
        cell = place * DAYS + (time - 1 - self.moments.as_of[rows]) // DAY
        size = len(present) * DAYS
        return present, parts.of(lambda part: np.bincount(cell, part, size).astype(np.float64).reshape(-1, DAYS))

    def together(self, time: int, shift: Floats) -> Wins:
        """Return the wins of all leads (1, days), the latest day first, beside what is expected with the shifts of their groups."""
        rows, parts = self._known_at(time, shift)
        day = (time - 1 - self.moments.as_of[rows]) // DAY
        return parts.of(lambda part: np.bincount(day, part, DAYS).astype(np.float64)[None])

    def matured(self, since: int, time: int) -> tuple[NDArray[np.int64], Floats]:
        """Return the rows of scores since a time that had matured by another, with what became of them."""
        rows = np.arange(*np.searchsorted(self.moments.as_of, (since, time)))
        labels = labels_known_at(self.history, self.moments.take(rows), time - 1, self.delays.settling_days)
        known = labels.counted
        return rows[known], labels.won[known].astype(np.float64)

    def _known_at(self, time: int, shift: Floats) -> tuple[NDArray[np.int64], Wins]:
        """Return the rows of the last year that had not ended before, and the wins of each."""
        first, last = np.searchsorted(self.moments.as_of, (time - DAYS * DAY, time))
        rows = np.arange(first, last)
        labels = labels_known_at(self.history, self.moments.take(rows), time - 1, self.delays.settling_days)
        rows, labels = rows[~labels.over], labels.take(~labels.over)
        p = expit(self.margin[rows] + shift[self.group[rows]])
        waited = np.maximum(self.history.followed(self.moments.lead[rows], time) - self.moments.as_of[rows], 0)
        yet = self.delays.yet_won(p, passed(waited, labels.window))
        yet = np.where(labels.determined, 0.0, yet)
        return rows, Wins(labels.won.astype(np.float64), p - yet, p * (1 - p) - yet * (1 - yet))


def _numbered(values: Strings | None, count: int) -> tuple[tuple[str | None, ...], NDArray[np.int64]]:
    """Return the values that occur, in an order of their own, and the place of each (n,) among them."""
    if values is None:
        return (None,), np.zeros(count, np.int64)
    occurring = tuple(sorted(set(values), key=lambda value: (value is None, value or "")))
    place = {value: number for number, value in enumerate(occurring)}
    return occurring, np.fromiter(map(place.__getitem__, values), np.int64, count)

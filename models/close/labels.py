"""When a lead is scored and what became of it: moments and labels, as known at a cut-off.

The only code that looks forward from a moment. A label is `won within the horizon`, or won by the lead's own day where it names
one. It is *determined* once the lead was closed or this time has passed, and *matured* once it has passed; an open lead is undetermined
until then. Nothing recorded after the cut-off is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import History, Moments


@dataclass(frozen=True)
class Labels:
    """What became of moments as known at a cut-off, n rows.

    Attributes
    ----------
    won
        Won within the horizon after the moment, or by the lead's own day, as far as is known.
    determined, matured
        Whether `won` can no longer change; whether the time by which a win counts has passed, with settling.
    over
        Whether the lead had closed before the moment, though that was recorded later: there was nothing left to win.
    determined_after
        Microseconds from the moment until its label was determined: until its outcome was recorded, at most `window`;
        of an undetermined one, until the cut-off, or until nobody followed it any more.
    window
        Microseconds from the moment until its label matures: the horizon, or what is left until the lead's own day has ended, with settling.
    """

    won: NDArray[np.bool_]
    determined: NDArray[np.bool_]
    matured: NDArray[np.bool_]
    over: NDArray[np.bool_]
    determined_after: Microseconds
    window: Microseconds

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which moments (n,) an evaluation counts: those that have matured, and at which there was something left to win."""
        return self.matured & ~self.over

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Labels":
        """Return the labels at these positions."""
        return Labels(
            self.won[rows],
            self.determined[rows],
            self.matured[rows],
            self.over[rows],
            self.determined_after[rows],
            self.window[rows],
        )


def moments_at_ages(history: History, ages_days: tuple[int, ...], cutoff: int) -> Moments:
    """Return the moments up to a cut-off: each lead at its creation and at set ages.

    A later moment counts while no outcome was recorded, until the end of the day by which the lead is decided, and at times at which the
    lead is followed.
    """
    # What is later than its own day, or known to have ended, is never scored again.
    ended_at = np.where(history.deadline == NEVER, np.iinfo(np.int64).max, history.deadline + 1)
    np.minimum.at(ended_at, history.outcomes.lead, history.outcomes.recorded_at)
    as_of = history.leads.created_at[:, None] + np.array(ages_days, np.int64) * DAY
    lead, age = np.nonzero(((as_of < ended_at[:, None]) | (np.array(ages_days) == 0)) & (as_of <= cutoff))
    moments = Moments(lead.astype(np.int32), as_of[lead, age])
    return moments.take(history.is_followed(moments.lead, moments.as_of))


def labels_known_at(history: History, moments: Moments, cutoff: int, settling_days: int = 0) -> Labels:
    """Return what was known at a cut-off about what became of moments."""
    final = history.outcomes_in_turn.take(history.outcomes_in_turn.recorded_at <= cutoff).last_in_turn()
    row = np.full(len(history.leads), -1)
    row[final.lead] = np.arange(len(final))
    outcome = row[moments.lead]
    closed = outcome >= 0
    until = history.won_until(moments.lead, moments.as_of)
    # A moment after the lead's own day has nothing left to win, which is known at once.
    window = np.maximum(until - moments.as_of, 0) + settling_days * DAY
    followed = history.followed(moments.lead, cutoff)
    matured = moments.as_of + window <= followed
    waited = np.maximum(followed - moments.as_of, 0)
    if not len(final):
        no = np.zeros(len(moments), np.bool_)
        return Labels(no, matured, matured, no, np.minimum(waited, window), window)
    ended = final.take(np.maximum(outcome, 0))
    won = closed & ended.won & (ended.closed_at <= until)
    until_recorded = np.maximum(ended.recorded_at - moments.as_of, 0)
    determined_after = np.where(closed, np.minimum(until_recorded, window), window)
    over = closed & (ended.closed_at < moments.as_of)
    return Labels(
        won & ~over,
        closed | matured,
        matured,
        over,
        np.where(closed | matured, determined_after, waited),
        window,
    )

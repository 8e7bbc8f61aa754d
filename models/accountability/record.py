"""What became of leads by a date, and how much of what will become of them could be known by then."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, Microseconds, duration
from features.records.history import Floats, History
from models.close.timing import Timing

Mask = NDArray[np.bool_]

PARTS = 2**20
MAX_HORIZONS = 1000.0
"""So many times the time that it had, a lead may be old: beyond, it is no older."""


@dataclass(frozen=True)
class LeadsAsOf:
    """Leads with what was known of them at a date, n rows.

    An immature lead is neither ignored nor taken as lost: it counts by its exposure. Wins over exposure are then a close rate, whatever
    the leads' ages. This takes it that leads of all kinds are won equally soon, as those that have matured were.

    Attributes
    ----------
    history
        As it was known at `as_of`.
    as_of
        Microseconds UTC.
    won
        Won within the horizon of its creation or by its own day, and recorded by the date.
    matured
        Whether this time had passed.
    exposure
        Share of the wins among leads of this age that are recorded by then, from 0 to 1.
    amount
        Value of the deals of won leads, 0 for all others; NaN where no amount is recorded.
    recorded_after
        How long after its creation a lead's outcome was recorded; all of its time where none is.
    window
        How long after its creation a win of each lead counts.
    timing
        How soon wins were recorded, in days of the horizon.
    """

    history: History
    as_of: int
    won: Mask
    matured: Mask
    exposure: Floats
    amount: Floats
    recorded_after: Microseconds
    window: Microseconds
    timing: Timing

    def created(self, since_days: float, until_days: float = 0.0) -> Mask:
        """Return which leads were created in a window that began and ended so many days before the date."""
        age = self.age
        return (age < since_days * DAY) & (age >= until_days * DAY)

    @property
    def age(self) -> Microseconds:
        """How long ago each lead was created (n,)."""
        return self.as_of - self.history.leads.created_at

    def of_horizon(self, after: Microseconds) -> Microseconds:
        """Return times since creation (n,) as parts of a horizon: those of a lead with a day of its own by the time that it had."""
        return _of_horizon(self.history, self.window, after)


def record_at(history: History, as_of: int) -> LeadsAsOf:
    """Return what was known of leads at a date; whatever was recorded later changes nothing."""
    known = history.as_known_at(as_of)
    created, final = known.leads.created_at, known.outcomes.last_of_each_lead()
    until = known.won_until(np.arange(len(created), dtype=np.int32), created)
    in_time = final.take(final.won & (final.closed_at <= until[final.lead]))
    won = np.zeros(len(created), np.bool_)
    won[in_time.lead] = True
    amount = np.zeros(len(created))
    amount[in_time.lead] = in_time.amount
    followed = known.followed(np.arange(len(created), dtype=np.int32), as_of)
    matured, window = until <= followed, until - created
    recorded_after = window.copy()
    recorded_after[final.lead] = np.maximum(final.recorded_at - created[final.lead], 0)
    passed = _of_horizon(known, window, recorded_after)
    timing = Timing.of(won[matured], passed[matured], known.schema.horizon_days)
    exposed = exposure(timing, _of_horizon(known, window, np.maximum(followed - created, 0)))
    return LeadsAsOf(known, as_of, won, matured, exposed, amount, recorded_after, window, timing)


def _of_horizon(history: History, window: Microseconds, after: Microseconds) -> Microseconds:
    share = after / np.maximum(window, 1)
    stretched = np.rint(np.minimum(share, MAX_HORIZONS) * duration(history.schema.horizon)).astype(np.int64)
    return np.where(history.deadline == NEVER, after, stretched)


def exposure(timing: Timing, age: Microseconds) -> Floats:
    """Return the share (n,) of wins that are recorded by an age, from 0 to 1, in whole parts of 2²⁰.

    Sums of such shares are exact, so they are the same in whatever order leads come.

    Examples
    --------
    >>> exposure(Timing([0.5, 0.25, 0.25], [0.0, 0.0, 0.0]), np.array([0, DAY // 2, DAY, 9 * DAY])).tolist()
    [0.0, 0.25, 0.5, 1.0]
    """
    by_day = np.append(0.0, np.cumsum(timing.won))
    share: Floats = np.rint(PARTS * np.interp(age / DAY, np.arange(len(by_day)), by_day)) / PARTS
    return share

"""What became of leads by a date, and how much of what will become of them could be known by then."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, Microseconds, duration
from features.history import Floats, History
from models.close.timing import Timing

Mask = NDArray[np.bool_]

PARTS = 2**20


@dataclass(frozen=True)
class Record:
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
        Won within the horizon, and recorded by the date.
    matured
        Whether the horizon had passed.
    exposure
        Share of the wins among leads of this age that are recorded by then, from 0 to 1.
    amount
        Value of the deals of won leads, 0 for all others; NaN where no amount is recorded.
    recorded_after
        How long after its creation a lead's outcome was recorded; the horizon where none is.
    timing
        How soon wins were recorded.
    """

    history: History
    as_of: int
    won: Mask
    matured: Mask
    exposure: Floats
    amount: Floats
    recorded_after: Microseconds
    timing: Timing

    def created(self, since_days: float, until_days: float = 0.0) -> Mask:
        """Return which leads were created in a window that began and ended so many days before the date."""
        age = self.age
        return (age < since_days * DAY) & (age >= until_days * DAY)

    @property
    def age(self) -> Microseconds:
        """How long ago each lead was created (n,)."""
        return self.as_of - self.history.leads.created_at


def record_at(history: History, as_of: int) -> Record:
    """Return what was known of leads at a date; whatever was recorded later changes nothing."""
    known = history.as_known_at(as_of)
    created, final = known.leads.created_at, known.outcomes.last_of_each_lead()
    horizon = duration(known.schema.horizon)
    in_time = final.take(final.won & (final.closed_at <= created[final.lead] + horizon))
    won = np.zeros(len(created), np.bool_)
    won[in_time.lead] = True
    amount = np.zeros(len(created))
    amount[in_time.lead] = in_time.amount
    matured = created + horizon <= as_of
    recorded_after = np.full(len(created), horizon)
    recorded_after[final.lead] = np.maximum(final.recorded_at - created[final.lead], 0)
    timing = Timing.of(won[matured], recorded_after[matured], known.schema.horizon_days)
    return Record(known, as_of, won, matured, exposure(timing, as_of - created), amount, recorded_after, timing)


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

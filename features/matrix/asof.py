"""The as-of kernel: what was recorded about many leads by many moments, from sorted keys and running totals.

The records of a block of leads are sorted once by (lead, recorded_at). One binary search a moment then finds everything
that was known (`recorded_at <= as_of`), one more a lookback finds where its window starts, and every count, latest time
and total is a difference of running totals between the two. Totals are whole numbers, so a moment's features are the same
to the last bit alone or among millions.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from features.records.clock import Microseconds
from features.records.history import Events, Integers

Positions = NDArray[np.int64]
Marks = NDArray[np.bool_]
Whole = TypeVar("Whole", bound=np.signedinteger)

KEY_LIMIT = 2**62
"""Sort keys stay below this, so that they never overflow 64 bits."""


@dataclass(frozen=True)
class Extent:
    """The stretch of time that a history covers, by which a lead and a time become one sort key.

    Attributes
    ----------
    start
        The earliest time, microseconds UTC.
    span
        How much of the key's range a lead takes: the whole stretch, and room for a mark more.
    """

    start: int
    span: int

    @classmethod
    def of(cls, *times: Microseconds) -> "Extent":
        """Return the stretch that covers all of these times.

        Examples
        --------
        >>> Extent.of(np.array([5, 3]), np.array([9]))
        Extent(start=3, span=8)
        """
        known = [column for column in times if len(column)]
        if not known:
            return cls(0, 2)
        start = min(int(column.min()) for column in known)
        return cls(start, max(int(column.max()) for column in known) - start + 2)

    @property
    def most_leads(self) -> int:
        """How many leads a block may hold before its keys would overflow."""
        return max(1, KEY_LIMIT // self.span)


@dataclass(frozen=True)
class Timeline:
    """Events of a block of leads in the order (lead, recorded_at); row order of the input makes no difference.

    Attributes
    ----------
    events
        The sorted events.
    key
        `(lead - first) * span + (recorded_at - start)`, rising.
    first
        The lead with which the block begins.
    extent
        Covers every time that the events name.
    """

    events: Events
    key: Positions
    first: int
    extent: Extent

    @classmethod
    def of(cls, events: Events, rows: Positions, first: int, extent: Extent) -> "Timeline":
        """Sort the events at these rows."""
        events = events.take(rows)  # rising rows are read in order; sorted at once, each would be a miss of the cache
        key = (events.lead - first) * np.int64(extent.span) + (events.recorded_at - extent.start)
        order = np.argsort(key)
        key = key[order]
        if (tied := key[1:] == key[:-1]).any():
            _order_ties(events, order, key, tied)
        return cls(events.take(order), key, first, extent)

    def floor(self, lead: Integers) -> Positions:
        """Return where in the range of the key each lead begins."""
        return (lead - self.first) * np.int64(self.extent.span)

    def until(self, lead: Integers, time: Microseconds) -> Positions:
        """Return, for each lead and time, the position after the last event that was recorded by then."""
        since_start = np.minimum(np.maximum(time - self.extent.start, -1), self.extent.span - 2)
        return np.searchsorted(self.key, self.floor(lead) + since_start, side="right")

    def firsts_and_lasts(self, first: Marks, last: Marks) -> "FirstsAndLasts":
        """Find when the events of each row of `first` (a, events) first occurred, and those of `last` (b, events) last."""
        since_start = self.events.occurred_at - (self.extent.start - 1)
        keys = np.zeros((len(first) + len(last), len(self.key) + 1), np.int64)
        np.multiply(first, self.extent.span - since_start, out=keys[: len(first), 1:])
        np.multiply(last, since_start, out=keys[len(first) :, 1:])
        keys[:, 1:] += self.floor(self.events.lead)
        np.maximum.accumulate(keys, axis=1, out=keys)
        return FirstsAndLasts(self, keys, len(first))


@dataclass(frozen=True)
class FirstsAndLasts:
    """Running earliest and latest times of occurrence, which start anew with each lead.

    Attributes
    ----------
    keys
        (a + b, events + 1): where the lead begins, plus how far the time is from the end (for the `a` firsts) or from
        the start, so that one running maximum gives both and never mixes two leads.
    firsts
        The number of rows `a`.
    """

    timeline: Timeline
    keys: Positions
    firsts: int

    def at(self, lead: Integers, position: Positions) -> tuple[Microseconds, Marks]:
        """Return (a + b, n) the times as of each position, and whether there was one; without one, any time."""
        extent = self.timeline.extent
        time = self.keys.take(position, axis=1) - self.timeline.floor(lead)
        known = time > 0
        np.subtract(extent.span, time[: self.firsts], out=time[: self.firsts])
        time += extent.start - 1
        return time, known


def running_total(amounts: NDArray[np.generic], dtype: type[Whole]) -> NDArray[Whole]:
    """Return totals (m, n + 1) of whole numbers (m, n): column i holds the totals before event i.

    Along rows NumPy adds up several times as fast as along columns.

    Parameters
    ----------
    dtype
        Has to hold the sum of every row; 32 bits are added up and read in less time than 64.

    Examples
    --------
    >>> running_total(np.array([[1, 0, 2]]), np.int64).tolist()
    [[0, 1, 1, 3]]
    """
    totals = np.zeros((len(amounts), amounts.shape[1] + 1), dtype)
    totals[:, 1:] = amounts  # in place from here: adding up while converting takes NumPy three times as long
    np.add.accumulate(totals, axis=1, out=totals)
    return totals


def last_marked(marks: Marks) -> Positions:
    """Return (m, n + 1), before each position, the position of the last marked event of each row, -1 without one.

    It may belong to an earlier lead: compare it to where the lead begins.

    Examples
    --------
    >>> last_marked(np.array([[False, True, False]])).tolist()
    [[-1, -1, 1, 1]]
    """
    last = np.empty((len(marks), marks.shape[1] + 1), np.int64)
    last[:, 0] = -1
    np.maximum.accumulate(np.where(marks, np.arange(marks.shape[1]), -1), axis=1, out=last[:, 1:])
    return last


def last_occurred(marks: Marks, occurred_at: Microseconds, lead: Integers) -> Positions:
    """Return (m, n + 1), before each position, the position of the marked event of its lead that occurred last, -1 without one.

    Of those that occurred together, the later position counts. It may belong to an earlier lead: compare it to where the lead begins.

    Examples
    --------
    >>> told_late = np.array([[True, True, True]])
    >>> last_occurred(told_late, np.array([5, 9, 7]), np.array([0, 0, 0])).tolist()
    [[-1, 0, 1, 1]]
    """
    number = len(occurred_at)
    in_time = np.argsort(occurred_at, kind="stable")
    rank = np.empty(number, np.int64)
    rank[in_time] = np.arange(1, number + 1)
    keys = np.zeros((len(marks), number + 1), np.int64)
    # A later lead's keys are higher than all of those before, so one running maximum starts anew with each lead.
    np.multiply(marks, (lead - lead[:1]).astype(np.int64) * (number + 1) + rank, out=keys[:, 1:])
    np.maximum.accumulate(keys, axis=1, out=keys)
    return np.where(keys > 0, np.append(-1, in_time)[keys % (number + 1)], -1)


def _order_ties(events: Events, order: Positions, key: Positions, tied: Marks) -> None:
    """Order events of one lead that were recorded together by what they say, so that row order cannot matter."""
    places = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    among = order[places]
    by = (events.value[among], events.actor[among], events.kind[among], events.occurred_at[among], key[places])
    order[places] = among[np.lexsort(by)]

"""A block of leads on its way through the kernel: small enough for the processor's caches and for 64-bit sort keys."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.matrix.asof import Extent, Marks, Positions, Timeline
from features.records.clock import DAY, Microseconds
from features.records.history import Floats, History, Integers, Moments
from features.settings.schema import LeadSchema

RECORDS = 1 << 16
"""Events and moments that a block holds, about: more spills the caches, fewer costs calls."""
EVER = 2**60
"""A lookback in microseconds, longer than any history."""


@dataclass(frozen=True)
class BlockCut:
    """Which moments and events make a block: their rows, and the lead with which it begins."""

    first: int
    moments: Positions
    events: Positions
    extent: Extent


@dataclass(frozen=True)
class Block:
    """Some leads with all of their events, and the moments at which they are scored.

    Attributes
    ----------
    rows
        Position of each moment in the request; the moments of a lead stand together.
    leads
        Position of each moment's lead in the history.
    as_of, created_at
        When it is, and when its lead was created; microseconds UTC.
    windows
        (1 + lookbacks + 1, n) positions in the timeline: after the last event that was recorded by the moment, by the
        moment less each lookback, and before the lead's first.
    """

    schema: LeadSchema
    history: History
    rows: Positions
    leads: Integers
    as_of: Microseconds
    created_at: Microseconds
    timeline: Timeline
    windows: Positions

    @classmethod
    def of(cls, history: History, moments: Moments, cut: BlockCut) -> "Block":
        """Sort the events of a cut and find what each of its moments sees."""
        rows, lead = cut.moments, moments.lead[cut.moments]
        if (lead[1:] < lead[:-1]).any():
            rows = rows[np.argsort(lead)]
        leads, as_of = moments.lead[rows], moments.as_of[rows]
        timeline = Timeline.of(history.events, cut.events, cut.first, cut.extent)
        lookbacks = np.array([0, *(days * DAY for days in history.schema.lookback_days), EVER])
        windows = timeline.until(leads, as_of - lookbacks[:, None])
        created_at = history.leads.created_at[leads]
        return cls(history.schema, history, rows, leads, as_of, created_at, timeline, windows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def stretch(self) -> slice | None:
        """The rows as a stretch of the request, where they are one."""
        first, last = int(self.rows[0]), int(self.rows[-1])
        whole = last - first + 1 == len(self) and (len(self) == 1 or bool((self.rows[1:] > self.rows[:-1]).all()))
        return slice(first, last + 1) if whole else None

    @property
    def begin(self) -> Positions:
        """The position of the first event of each moment's lead."""
        begin: Positions = self.windows[-1]
        return begin

    @property
    def end(self) -> Positions:
        """The position after the last event that each moment sees."""
        end: Positions = self.windows[0]
        return end

    def field(self, name: str) -> Floats:
        """Return a field as it was when each moment's lead was created."""
        return self.history.leads.fields[name][self.leads]


def blocks(history: History, moments: Moments, records: int = RECORDS) -> Iterator[Block]:
    """Cut moments into blocks by lead, each with about so many events and moments."""
    for cut in cuts(history, moments, records):
        yield Block.of(history, moments, cut)


def cuts(history: History, moments: Moments, records: int = RECORDS) -> list[BlockCut]:
    """Return the cuts of `blocks`, without the work of making them; together they hold each moment once."""
    events, leads = history.events, len(history.leads)
    extent = Extent.of(events.recorded_at, events.occurred_at)
    if not len(moments):
        return []
    if len(events) + len(moments) <= records and leads <= extent.most_leads:
        return [BlockCut(0, np.arange(len(moments)), np.arange(len(events)), extent)]
    starts = _starts(history, moments, records, extent.most_leads)
    block = np.cumsum(starts) - 1
    of_moments, of_events = (_rows_by_block(block[lead], int(block[-1]) + 1) for lead in (moments.lead, events.lead))
    every = zip(np.flatnonzero(starts).tolist(), of_moments, of_events, strict=True)
    return [BlockCut(first, some, theirs, extent) for first, some, theirs in every if len(some)]


def _starts(history: History, moments: Moments, records: int, most_leads: int) -> Marks:
    """Return with which leads a block begins."""
    total = len(history.leads)
    load = np.bincount(history.events.lead, minlength=total) + np.bincount(moments.lead, minlength=total)
    is_full = np.diff((np.cumsum(load) - load) // records, prepend=-1) > 0
    lead = np.arange(total)
    since_start: Positions = lead - np.maximum.accumulate(np.where(is_full, lead, 0))
    starts: Marks = since_start % most_leads == 0
    return starts


def _rows_by_block(block: Positions, blocks: int) -> list[Positions]:
    """Return the rows of each block; NumPy sorts small numbers, such as those of blocks, by radix."""
    order = np.argsort(block.astype(np.min_scalar_type(blocks)), kind="stable")
    return np.split(order, np.cumsum(np.bincount(block, minlength=blocks))[:-1])

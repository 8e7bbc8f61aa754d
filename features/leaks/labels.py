"""What became of each lead, and which leads are comparable: those that came in at about the same time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import NEVER, Microseconds
from features.records.history import Floats, History, Integers

Mask = NDArray[np.bool_]

FOLDS = 5
MAX_STRETCHES = 50
WON_A_STRETCH = 25
"""Leads are compared within stretches of time that hold so many won ones, and so many not won, on average."""


@dataclass(frozen=True)
class Fates:
    """What became of n leads.

    Attributes
    ----------
    created_at, closed_at
        Microseconds UTC; `closed_at` is NEVER for a lead that is open.
    won, closed
        As far as is known.
    settled
        Won, lost, or open past the time by which a win counts: the leads whose outcome is compared.
    stretch
        Stretch of time in which the lead came in, counted from 0.
    fold
        Part in which its outcome is not used for its own figures.
    shuffled
        A random order (n,) of the leads that depends on their ids alone.
    known_until
        Microseconds UTC: when the export was made.
    """

    created_at: Microseconds
    closed_at: Microseconds
    won: Mask
    closed: Mask
    settled: Mask
    stretch: Integers
    fold: Integers
    shuffled: NDArray[np.int64]
    known_until: int

    @property
    def stretches(self) -> int:
        """Number of stretches of time."""
        return int(self.stretch.max(initial=0)) + 1

    @property
    def y(self) -> Floats:
        """Of the settled leads: 1 if won, 0 if not."""
        return self.won[self.settled].astype(np.float64)


def fates_of(history: History) -> Fates:
    """Return what became of the leads of a history; of several outcomes the last recorded one holds."""
    leads, outcomes = history.leads, history.outcomes
    order = np.argsort(outcomes.recorded_at, kind="stable")
    won, closed_at = np.zeros(len(leads), np.bool_), np.full(len(leads), NEVER)
    won[outcomes.lead[order]] = outcomes.won[order]
    closed_at[outcomes.lead[order]] = outcomes.closed_at[order]
    closed = closed_at != NEVER
    every = np.arange(len(leads), dtype=np.int32)
    settled = closed | (history.won_until(every, leads.created_at) < history.followed(every, history.known_until))
    hashed = pd.util.hash_array(np.asarray(leads.lead_id, np.object_), categorize=False)
    stretch = _stretches(leads.created_at, hashed, won, settled)
    fold = (hashed % FOLDS).astype(np.int32)
    shuffled = np.argsort(hashed, kind="stable")
    return Fates(leads.created_at, closed_at, won, closed, settled, stretch, fold, shuffled, history.known_until)


def _stretches(created_at: Microseconds, hashed: NDArray[np.uint64], won: Mask, settled: Mask) -> Integers:
    """Return stretches that hold the same number of leads."""
    fewer = min(np.count_nonzero(won), np.count_nonzero(settled & ~won))
    count = int(np.clip(fewer // WON_A_STRETCH, 1, MAX_STRETCHES))
    stretch = np.zeros(len(created_at), np.int32)
    stretch[np.lexsort((hashed, created_at))] = np.arange(len(created_at)) * count // max(1, len(created_at))
    return stretch

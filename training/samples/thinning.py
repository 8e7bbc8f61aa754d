"""Thinning: of a lead's moments, which are much alike, some are learned from where there are many, drawn by a hash.

A moment is drawn by its lead's id and its time, never by its place: every history that holds them draws the same
ones, and a smaller sample is part of every larger one. So a choice that fifty thousand moments settle is not asked of a million.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats, Moments, Strings

ENOUGH_LEARNED = 60_000
"""Of so many moments none is left out: up to here each one tells something."""


def draws(lead_id: Strings, moments: Moments) -> Floats:
    """Return a number (n,) from 0 to 1 for each moment, even and by its lead's id and its time alone.

    Source: the finalizer of SplitMix64, Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
    """
    of_lead = np.fromiter((zlib.crc32(str(one).encode()) for one in lead_id), np.uint64, len(lead_id))
    mixed = (of_lead[moments.lead] << np.uint64(32)) ^ moments.as_of.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) / float(1 << 53)


def thinned(draw: Floats, most: int) -> NDArray[np.int64]:
    """Return the places of so many of moments (n,), those with the smallest draws; all where there are no more.

    Draws that are alike are kept together, so that the order of the moments says nothing; the draws need not be even, and so what was
    thinned before can be thinned again.

    Examples
    --------
    >>> thinned(np.array([0.9, 0.1, 0.4, 0.6]), 2).tolist(), thinned(np.array([0.02, 0.01, 0.04, 0.03]), 2).tolist()
    ([1, 2], [0, 1])
    """
    if len(draw) <= most:
        return np.arange(len(draw))
    return np.flatnonzero(draw <= np.partition(draw, most - 1)[most - 1])

"""How long outcomes stay unknown: what turns a probability into wins that should be known by now."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import Microseconds
from features.records.history import Floats

PARTS = 400
"""Into so many parts the time is cut after which a label matures: about a day of a year."""


@dataclass(frozen=True)
class Delays:
    """Shares of outcomes that become known later than each part of the time after which their label matures.

    Leads that are decided by a day of their own mature at different times; what share of this time has passed tells more of them than days do.

    Attributes
    ----------
    age_days
        Age at which leads are scored first, from which on their outcomes are waited for.
    settling_days
        How long after the horizon late records may still change a label.
    won, other
        The shares of the won moments, and of all others, that were not yet known after 0, 1, ... `PARTS` parts.
    """

    age_days: int
    settling_days: int
    won: Sequence[float]
    other: Sequence[float]

    @classmethod
    def of(cls, age_days: int, settling_days: int, won: NDArray[np.bool_], part: Floats) -> "Delays":
        """Count matured moments (n,): whether each was won, and after which part of its time, from 0 to 1, that was known."""
        return cls(age_days, settling_days, _later(part[won]), _later(part[~won]))

    def yet_won(self, probability: Floats, part: Floats) -> Floats:
        """Return the chance (n,) that a lead that is still open will yet be won, after a part (n,) of its time.

        Of leads of probability p, p S are won and not known yet, and (1 - p) G are not won and not known yet: the chance is the
        share of the first. Where all should be known by now, only a late record can change anything, and the chance is 0.
        """
        parts = np.arange(PARTS + 1) / PARTS
        open_won = probability * np.interp(part, parts, self.won)
        open_other = (1 - probability) * np.interp(part, parts, self.other)
        chance: Floats = open_won / np.maximum(open_won + open_other, np.finfo(float).tiny)
        return chance


def passed(elapsed: Microseconds, window: Microseconds) -> Floats:
    """Return the part (n,), from 0 to 1, of windows that has passed."""
    part: Floats = np.minimum(elapsed / np.maximum(window, 1), 1.0)
    return part


def _later(part: Floats) -> list[float]:
    """Return the share of these parts that is larger than each of 0, 1, ... `PARTS`; of none, a straight line."""
    if not len(part):
        return [1.0 - number / PARTS for number in range(PARTS + 1)]
    known = np.searchsorted(np.sort(part), np.arange(PARTS + 1) / PARTS, side="right")
    return [1.0 - count / len(part) for count in known.tolist()]

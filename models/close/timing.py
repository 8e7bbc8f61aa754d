"""How soon leads that are won, and leads that are not, are known to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY, Microseconds


@dataclass(frozen=True)
class Timing:
    """When outcomes become known, by days since the lead was created.

    Attributes
    ----------
    won
        Share (d,) of the wins within the horizon that are recorded on each day; sums to 1.
    lost
        Share (d,) of the other leads whose loss is recorded on each day; what is missing to 1 stays open.
    """

    won: Sequence[float]
    lost: Sequence[float]

    @classmethod
    def of(cls, won: NDArray[np.bool_], recorded_after: Microseconds, horizon_days: int) -> "Timing":
        """Count matured leads (n,): whether each was won, and after how long its outcome was recorded."""
        day = np.minimum(recorded_after // DAY, horizon_days)
        wins = np.bincount(day[won], minlength=horizon_days + 1).astype(np.float64)
        losses = np.bincount(day[~won & (day < horizon_days)], minlength=horizon_days + 1).astype(np.float64)
        others = max(int(np.count_nonzero(~won)), 1)
        return cls((wins / max(float(wins.sum()), 1.0)).tolist(), (losses / others).tolist())

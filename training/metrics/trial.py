"""What models are judged on: later matured moments with what became of them, and the leads that they belong to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats


@dataclass(frozen=True)
class Trial:
    """Moments (n,) that models are judged on.

    Attributes
    ----------
    y
        1 if won within the horizon, 0 if not.
    weight
        Weights (n,), as `training.samples.moments.moment_weights` gives them.
    lead
        Which lead, from 0 on without gaps.

    Raises
    ------
    ValueError
        If there is no moment to measure on.
    """

    y: Floats
    weight: Floats
    lead: NDArray[np.intp]

    def __post_init__(self) -> None:
        if not len(self.y):
            raise ValueError("There is no matured moment to measure on: the history must reach past the horizon.")

    @classmethod
    def of(cls, y: Floats, weight: Floats, lead: NDArray[np.integer] | None = None) -> "Trial":
        """Return a trial of leads by any number; without them, each moment is a lead of its own."""
        if lead is None:
            return cls(y, weight, np.arange(len(y)))
        return cls(y, weight, np.unique(lead, return_inverse=True)[1])

    @property
    def leads(self) -> int:
        """How many leads there are."""
        return int(self.lead.max()) + 1

    @property
    def won(self) -> int:
        """How many leads were won after at least one of their moments."""
        return int(np.count_nonzero(np.bincount(self.lead, self.y)))

    @property
    def base_rate(self) -> float:
        """Share of moments that were won."""
        return float(np.average(self.y, weights=self.weight))

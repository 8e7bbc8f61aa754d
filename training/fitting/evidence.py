"""Evidence: how much log loss a model saved on moments that it had not seen, and how far that is to be trusted."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats

LEAST = 0.2
"""A gain is ignored if less than this share of it is expected to last: it is then under half of its standard error."""
BEYOND_CHANCE = 1.645
"""Standard errors that are more than chance: one model in twenty that knows nothing saves as much."""


class Evidence(NamedTuple):
    """Log loss that was saved a moment, with its standard error over leads, and the weight of the moments.

    Examples
    --------
    >>> Evidence(0.02, 0.01, 400.0).reliability
    0.8
    >>> Evidence(-0.02, 0.01, 400.0).reliability
    0.0
    """

    gain: float
    error: float
    weight: float

    @classmethod
    def of(cls, saved: Floats, weight: Floats, lead: NDArray[np.integer]) -> Self:
        """Return the evidence of moments (n,): moments of a lead are no new evidence."""
        gain = float(np.average(saved, weights=weight))
        of_lead = np.bincount(lead, weight * (saved - gain))
        return cls(gain, float(np.sqrt(np.sum(of_lead**2)) / weight.sum()), float(weight.sum()))

    @property
    def reliability(self) -> float:
        """The share of a gain that may be expected to last, from 0 to 1: near 0 where chance gains as much, and of no gain nothing.

        Source: shrinkage by the ratio of variances, James & Stein 1961, with the gain found as the spread of gains.
        """
        share = self.gain**2 / (self.gain**2 + self.error**2) if self.gain > 0 else 0.0
        return share if share >= LEAST else 0.0

    @property
    def is_beyond_chance(self) -> bool:
        """Whether a model that knows nothing would seldom have saved as much."""
        return self.gain > BEYOND_CHANCE * self.error


def pooled(parts: Sequence[Evidence]) -> Evidence:
    """Return the evidence of moments of different leads together.

    Examples
    --------
    >>> pooled([Evidence(0.02, 0.02, 100.0), Evidence(0.04, 0.02, 100.0)]).gain
    0.03
    """
    gain, error, weight = np.array(parts).T
    whole = float(weight.sum())
    return Evidence(float(weight @ gain) / whole, float(np.sqrt(np.sum((weight * error) ** 2))) / whole, whole)

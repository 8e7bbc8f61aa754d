"""Levels of the time: base rates of its parts, which a model that learns from leads of the same time must not claim as its skill.

Where leads were split, a model is held against other leads of the very weeks that it learned from. Whatever moves with time (rates of all
leads, how many came in lately, a price) then tells which week it is, and with it the level of this week: that looks like skill, and is
none, as next week's level is another. So every kind of model learns what is beyond the level of its time, and the level that it serves is
that of all.

Source: fixed effects of strata, Neyman & Scott 1948; each part of the time is drawn to the part that it is a half of.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import logit

from features.records.clock import Microseconds
from features.records.history import Floats

PRIOR_LEADS = 20.0
"""Each part of the time is drawn to the part that it is a half of by so many leads, and holds no fewer."""


@dataclass(frozen=True)
class TimeLevels:
    """Base rates of parts of the time.

    Attributes
    ----------
    edges
        Times (k,) that part it, in microseconds UTC; each belongs to the part before it.
    log_odds
        Log-odds (k + 1,) of the parts' base rates.
    """

    edges: Microseconds
    log_odds: Floats

    @classmethod
    def of(cls, as_of: Microseconds, y: Floats, weight: Floats) -> Self:
        """Return the levels of moments (n,) with labels (n,) from 0 to 1, of which some are 1 and some 0, and weights (n,).

        Examples
        --------
        >>> from scipy.special import expit
        >>> halves = TimeLevels.of(np.arange(40), np.repeat([0.0, 1.0], 20), np.ones(40))
        >>> expit(halves.at(np.array([0, 39]))).tolist()  # (0 + 20 / 2) / (20 + 20), (20 + 20 / 2) / (20 + 20)
        [0.25, 0.75]
        """
        edges: Microseconds = as_of[:0]
        rates: Floats = np.array([np.average(y, weights=weight)])
        parts = 2
        while weight.sum() / parts >= PRIOR_LEADS:
            finer: Microseconds = np.quantile(as_of, np.arange(1, parts) / parts, method="lower").astype(np.int64)
            parent = rates[np.searchsorted(edges, [*finer, finer[-1] + 1])]
            part = np.searchsorted(finer, as_of)
            leads, won = (np.bincount(part, of, parts) for of in (weight, weight * y))
            edges = finer
            rates = (won + PRIOR_LEADS * parent) / (leads + PRIOR_LEADS)
            parts *= 2
        return cls(edges, logit(rates))

    def at(self, as_of: Microseconds) -> Floats:
        """Return the log-odds (n,) of the base rates of times (n,)."""
        levels: Floats = self.log_odds[np.searchsorted(self.edges, as_of)]
        return levels

"""Numbers cut into a few bins that people can read, and how much more likely the leads of a bin are won."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from features.matrix.matrix import Matrix
from features.records.history import Floats

Codes = NDArray[np.intp]

CUTS = (0.25, 0.5, 0.75, 0.9)
"""Quantiles at which numbers are cut; what is equal is never cut apart."""
PRIOR_LEADS = 20.0
"""A bin's rate is shrunk toward the base rate by so many leads."""
RAREST = 1e-6
"""Base rates are held so far from 0 and 1, where log-odds end."""


@dataclass(frozen=True)
class Bins:
    """Bins of one fact: up to each edge (included), above the last, and "not known"."""

    edges: Matrix

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the bins are called, by code.

        Examples
        --------
        >>> Bins(np.array([0, 2.5], np.float32)).names
        ('at most 0', 'up to 2.5', 'more', 'not known')
        """
        told = [f"{edge:g}" for edge in self.edges]
        first = [f"at most {told[0]}"] if told else []
        return (*first, *(f"up to {edge}" for edge in told[1:]), "more" if told else "known", "not known")

    def code(self, values: Matrix) -> Codes:
        """Return the bin (n,) of values (n,)."""
        code = np.searchsorted(self.edges, values, side="left")
        return np.where(np.isnan(values), len(self.edges) + 1, code)


def cut(values: Matrix) -> Bins:
    """Return the bins of values (n,): at quantiles, rounded to two digits."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Bins(np.empty(0, np.float32))
    quantiles = np.quantile(known, CUTS, method="lower")
    edges = np.unique(np.array([float(f"{edge:.2g}") for edge in quantiles], np.float32))
    return Bins(edges[(edges >= known.min()) & (edges < known.max())])


@dataclass(frozen=True)
class Binned:
    """One fact of n leads' moments in bins.

    Attributes
    ----------
    code
        Bin (n,) of each moment.
    leads, won
        Leads, and leads won, in each bin.
    evidence
        Weight of evidence (bins,): log-odds of a bin over those of all leads; 0 where it has none.
    """

    bins: Bins
    code: Codes
    leads: Floats
    won: Floats
    evidence: Floats

    @classmethod
    def of(cls, values: Matrix, y: Floats, sample_weight: Floats) -> "Binned":
        """Cut values (n,) into bins and count what became of each, by labels (n,) and weights (n,) that count leads."""
        bins = cut(values)
        code, count = bins.code(values), len(bins.names)
        leads: Floats = np.bincount(code, sample_weight, count).astype(np.float64)
        won: Floats = np.bincount(code, sample_weight * y, count).astype(np.float64)
        rate = float(np.clip(won.sum() / leads.sum(), RAREST, 1 - RAREST))
        evidence = logit((won + PRIOR_LEADS * rate) / (leads + PRIOR_LEADS)) - logit(rate)
        return cls(bins, code, leads, won, evidence)

    @property
    def column(self) -> Floats:
        """The weight of evidence (n,) of each moment."""
        return self.evidence[self.code]

"""Weighted sums over leads, from which every figure is made: once as they are, and once for each bootstrap replicate.

A bootstrap over leads changes how often each lead counts and nothing else, so that the sums of all replicates are one sparse matrix
(sums × leads) times the counts (leads × replicates). Rankings are sums too: leads won and all leads in narrow bands of the probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import logit

from features.records.history import Floats
from training.metrics.trial import Trial

EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities are held so far from 0 and 1 where log-odds are taken."""

BANDS = 500
"""Bands of a replicate; what lies within one is treated as tied."""


@dataclass(frozen=True)
class Totals:
    """Sums over leads, r replicates.

    Attributes
    ----------
    leads, won, expected
        Leads (r,), leads won, and the sum of probabilities.
    log_loss, brier
        Sums (r,) of losses.
    called, called_won
        Leads (t, r), and leads won, whose probability reaches each threshold.
    margin
        Mean log-odds (k,) of each band of probabilities, rising.
    band_leads, band_won
        Leads (k, r), and leads won, in each band.
    """

    leads: Floats
    won: Floats
    expected: Floats
    log_loss: Floats
    brier: Floats
    called: Floats
    called_won: Floats
    margin: Floats
    band_leads: Floats
    band_won: Floats

    @property
    def base_rate(self) -> Floats:
        """Share of leads (r,) that were won."""
        return self.won / self.leads


class LeadSums:
    """Sums values (n,) by row and lead, ready for any counts of leads.

    Parameters
    ----------
    row
        Which sum each value goes into, from 0 to rows.
    """

    def __init__(self, trial: Trial, row: NDArray[np.intp], values: Floats, rows: int) -> None:
        some = values != 0
        self._matrix = csr_array((values[some], (row[some], trial.lead[some])), shape=(rows, trial.leads))

    def total(self, counts: Floats | None = None) -> Floats:
        """Return the sums (rows, replicates) where each lead counts so often, (leads, replicates); without counts once."""
        counts = np.ones((self._matrix.shape[1], 1)) if counts is None else counts
        return np.asarray(self._matrix @ counts, np.float64)


class Summing:
    """Sums the leads of a trial for one model, for any counts of leads.

    Parameters
    ----------
    probability
        Probabilities (n,), from 0 to 1.
    thresholds
        Probabilities (t,) from which on a lead is called, rising.
    bands
        The most bands; without it every distinct probability is a band, and the ranking is exact.

    Raises
    ------
    ValueError
        If a probability is not one.
    """

    def __init__(
        self, trial: Trial, probability: Floats, thresholds: Sequence[float] = (), bands: int | None = None
    ) -> None:
        if not ((probability >= 0) & (probability <= 1)).all():
            raise ValueError("Probabilities must lie from 0 to 1: some do not, or are not numbers.")
        y, weight = trial.y, trial.weight
        p = np.clip(probability, EPSILON, 1 - EPSILON)
        log_loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))
        self._losses = [
            LeadSums(trial, np.zeros(len(y), np.intp), weight * value, 1)
            for value in (np.ones(len(y)), y, probability, log_loss, (probability - y) ** 2)
        ]
        # By the number of thresholds that are reached; those that reach more are added to each below.
        reached = np.searchsorted(np.array(thresholds), probability, side="right")
        self._called, self._called_won = (
            LeadSums(trial, reached, weight * value, len(thresholds) + 1) for value in (np.ones(len(y)), y)
        )
        band = _bands(probability, weight, bands)
        count = int(band.max()) + 1
        self.margin = np.bincount(band, weight * logit(p), count) / np.bincount(band, weight, count)
        self._band_leads = LeadSums(trial, band, weight, count)
        self._band_won = LeadSums(trial, band, weight * y, count)

    def totals(self, counts: Floats | None = None) -> Totals:
        """Return the totals where each lead counts so often, (leads, replicates); without counts once."""
        leads, won, expected, log_loss, brier = (sums.total(counts)[0] for sums in self._losses)
        called, called_won = (
            np.cumsum(sums.total(counts)[:0:-1], axis=0)[::-1] for sums in (self._called, self._called_won)
        )
        bands = self._band_leads.total(counts), self._band_won.total(counts)
        return Totals(leads, won, expected, log_loss, brier, called, called_won, self.margin, *bands)


def totals(trial: Trial, probability: Floats, thresholds: Sequence[float] = ()) -> Totals:
    """Return the exact totals of a trial as it is: one replicate, in which each lead counts once."""
    return Summing(trial, probability, thresholds).totals()


def _bands(probability: Floats, weight: Floats, bands: int | None) -> NDArray[np.intp]:
    """Return the band (n,) of each probability: rising, about as many leads in each, and what is equal in one."""
    distinct, code = np.unique(probability, return_inverse=True)
    if bands is None or len(distinct) <= bands:
        return code
    leads = np.bincount(code, weight)
    wide = ((np.cumsum(leads) - leads / 2) / leads.sum() * bands).astype(np.intp)
    return np.unique(wide, return_inverse=True)[1][code]

"""A score taken apart: what the model loses by miscalibration, gains by telling leads apart, and nobody could know.

The parts are exact, whatever the number of bands that a diagram would draw, because the probabilities are recalibrated by isotonic
regression. `score = miscalibration − discrimination + uncertainty`; each is at least 0.

There is no interval for the parts: isotonic regression fits a resampled history better than a new one, so a bootstrap would call
every model miscalibrated. Slope, shift and observed over expected carry the intervals.

Source: Dimitriadis, Gneiting & Jordan 2021, "Stable reliability diagrams for probabilistic classifiers" (CORP). The package
`model-diagnostics` computes the same (the tests hold its numbers); it is not used because it comes with 170 MB of a second frame library.
"""

from dataclasses import asdict, dataclass

import numpy as np
import scipy
from scipy.special import xlogy

from features.records.history import Floats
from training.metrics.totals import EPSILON
from training.metrics.trial import Trial


@dataclass(frozen=True)
class Decomposition:
    """Parts of one score.

    Attributes
    ----------
    score
        The mean score; lower is better.
    miscalibration
        What recalibration would save; lower is better.
    discrimination
        What telling leads apart saves, once calibrated; higher is better.
    uncertainty
        The score of the base rate of the very same moments.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float

    def to_json(self) -> dict[str, float]:
        """Return the parts by name."""
        return asdict(self)


def decompose(trial: Trial, probability: Floats) -> dict[str, Decomposition]:
    """Return the decompositions of log loss and Brier score of probabilities (n,)."""
    distinct, code = np.unique(probability, return_inverse=True)
    leads: Floats = np.bincount(code, trial.weight).astype(np.float64)
    won: Floats = np.bincount(code, trial.weight * trial.y).astype(np.float64)
    recalibrated = scipy.optimize.isotonic_regression(won / leads, weights=leads).x
    base = np.full(len(leads), won.sum() / leads.sum())
    scores = {"log_loss": _log_loss, "brier": _brier}
    parts = {}
    for name, score in scores.items():
        ours, best, uncertainty = (score(p, leads, won) / leads.sum() for p in (distinct, recalibrated, base))
        parts[name] = Decomposition(ours, ours - best, uncertainty - best, uncertainty)
    return parts


def _log_loss(p: Floats, leads: Floats, won: Floats) -> float:
    """Return the sum of losses; a probability of 0 or 1 that came true costs nothing."""
    low, high = np.maximum(p, EPSILON), np.minimum(p, 1 - EPSILON)
    return -float(np.sum(xlogy(won, low) + xlogy(leads - won, 1 - high)))


def _brier(p: Floats, leads: Floats, won: Floats) -> float:
    return float(np.sum(won * (1 - p) ** 2 + (leads - won) * p**2))

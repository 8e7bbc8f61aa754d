"""Affine calibration of the margin: probabilities that mean what they say, without changing any ranking."""

from typing import Annotated

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from features.records.history import Floats
from features.settings.frozen import Frozen

SLOPE_PRIOR = 0.15
SHIFT_PRIOR = 0.3
"""Standard deviations, in log-odds, by which slope and shift may be expected to differ from (1, 0)."""


class Affine(Frozen):
    """The calibrated margin is `shift + slope * margin`; slope > 0 keeps the order of leads."""

    shift: float = 0.0
    slope: Annotated[float, Field(gt=0)] = 1.0

    def __call__(self, margin: Floats) -> Floats:
        """Return calibrated log-odds of log-odds (n,)."""
        return self.shift + self.slope * margin


def log_losses(margin: Floats, y: Floats) -> Floats:
    """Return the log loss (n,) of each of some log-odds (n,) beside labels (n,) from 0 to 1."""
    losses: Floats = np.logaddexp(0.0, margin) - y * margin
    return losses


def fit_affine(margin: Floats, y: Floats, sample_weight: Floats) -> Affine:
    """Fit shift and log(slope) by penalised log loss, shrunk toward (0, 1).

    With few outcomes the priors hold the calibration near the identity; with many the data decide.

    Parameters
    ----------
    margin
        Log-odds (n,) of moments that the model has not seen.
    y, sample_weight
        Labels (n,) from 0 to 1, and weights (n,).

    Examples
    --------
    >>> fit_affine(np.zeros(0), np.zeros(0), np.zeros(0))
    Affine(shift=0.0, slope=1.0)
    """

    def loss(parameters: Floats) -> tuple[float, Floats]:
        shift, log_slope = parameters
        slope = np.exp(log_slope)
        calibrated = shift + slope * margin
        penalty = (shift / SHIFT_PRIOR) ** 2 / 2 + (log_slope / SLOPE_PRIOR) ** 2 / 2
        value = np.sum(sample_weight * (np.logaddexp(0.0, calibrated) - y * calibrated)) + penalty
        residual = sample_weight * (expit(calibrated) - y)
        gradient = np.array(
            [residual.sum() + shift / SHIFT_PRIOR**2, (residual @ margin) * slope + log_slope / SLOPE_PRIOR**2]
        )
        return float(value), gradient

    shift, log_slope = scipy.optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS").x
    return Affine(shift=float(shift), slope=float(np.exp(log_slope)))


WEIGHT_PRIOR = 0.15
"""Standard deviation by which the weight of a part may be expected to differ from an equal share."""
MIN_WEIGHT = 0.04
"""A part of less weight is left out: it moves no score by a point, and each part costs time in every explanation."""


def fit_weights(margins: Floats, y: Floats, sample_weight: Floats, level: Floats) -> tuple[Floats, float]:
    """Return weights (k,) >= 0 of parts, and the shift of their sum, by penalised log loss on moments that the parts have not seen.

    Each weight is drawn to an equal share, and nothing holds their sum to 1: it is the slope of the calibration.

    Parameters
    ----------
    margins
        Log-odds (k, n) of the parts.
    level
        Log-odds (n,) that they add to.
    """
    used = np.arange(len(margins))
    while True:
        weights, shift = _fit_weights(margins[used], y, sample_weight, level, 1 / len(margins))
        if (weights >= MIN_WEIGHT).all() or not len(used):
            break
        used = used[weights >= MIN_WEIGHT]
    every = np.zeros(len(margins))
    every[used] = weights
    return every, shift


def _fit_weights(
    margins: Floats, y: Floats, sample_weight: Floats, level: Floats, share: float
) -> tuple[Floats, float]:
    scale = np.array([SHIFT_PRIOR, *[WEIGHT_PRIOR] * len(margins)])
    prior = np.array([0.0, *[share] * len(margins)])
    columns = np.vstack((np.ones(len(y)), margins))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        calibrated = level + parameters @ columns
        away = (parameters - prior) / scale
        value = np.sum(sample_weight * (np.logaddexp(0.0, calibrated) - y * calibrated)) + np.sum(away**2) / 2
        return float(value), columns @ (sample_weight * (expit(calibrated) - y)) + away / scale

    bounds = [(None, None), *[(0.0, None)] * len(margins)]
    found = scipy.optimize.minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found[1:], float(found[0])


def fit_level(slope: float, margin: Floats, y: Floats, sample_weight: Floats) -> Affine:
    """Fit the shift alone, shrunk toward 0: the slope stays as it is."""
    return Affine(shift=_shift(slope * margin, y, sample_weight, SHIFT_PRIOR), slope=slope)


LATEST_PRIOR = 0.1
"""Standard deviation by which the level of the latest moments may be expected to last beside that of the whole sample: with seasons it is
another one next, and in worlds drawn at random a wider one lost more than it gained."""
WIDE_PRIOR = 5.0
"""Standard deviation of the level of a whole sample: any share from one in a hundred thousand on is possible beforehand."""


def fit_latest_level(margin: Floats, y: Floats, sample_weight: Floats, latest: NDArray[np.bool_]) -> Affine:
    """Fit the level of the latest moments of a sample, shrunk toward that of the whole sample.

    An early model misses the level in its own way; a model trained anew has learned the new level already, and correcting it by the
    other's error would correct twice. A sum of log-odds whose weights are not 1 in all is off by a share of its own level, so that
    the whole sample sets the level first, and freely. What the latest moments add to it is as much as their outcomes that are known
    bear: a label that is expected of an open lead repeats what the model says.

    Parameters
    ----------
    margin, y, sample_weight
        Log-odds (n,), labels (n,) from 0 to 1 and weights (n,) of all moments of the sample.
    latest
        Which of them (n,) are the latest.
    """
    whole = _shift(margin, y, sample_weight, WIDE_PRIOR)
    told, labels, weight = margin[latest] + whole, y[latest], sample_weight[latest]
    return Affine(shift=whole + _shift(told, labels, weight * _share_known(told, labels, weight), LATEST_PRIOR))


def _share_known(margin: Floats, y: Floats, sample_weight: Floats) -> float:
    """Return the share of the information on a level that labels (n,) hold, beside such labels that are all known.

    Source: the missing information principle, Orchard & Woodbury 1972; a label that is 1 with probability y leaves y (1 - y) open.
    """
    p = expit(margin)
    whole = float(sample_weight @ (p * (1 - p)))
    return max(1 - float(sample_weight @ (y * (1 - y))) / whole, 0.0) if whole > 0 else 0.0


def _shift(margin: Floats, y: Floats, sample_weight: Floats, spread: float) -> float:
    """Return what is added to log-odds (n,) by penalised log loss, where a shift is 0 beforehand with this standard deviation."""

    def loss(shift: Floats) -> tuple[float, Floats]:
        value = sample_weight @ log_losses(margin + shift[0], y) + (shift[0] / spread) ** 2 / 2
        return float(value), sample_weight @ (expit(margin + shift[0]) - y) + shift / spread**2

    return float(scipy.optimize.minimize(loss, np.zeros(1), jac=True, method="BFGS").x[0])

"""Affine calibration of the margin: probabilities that mean what they say, without changing any ranking."""

from typing import Annotated

import numpy as np
import scipy
from pydantic import Field
from scipy.special import expit

from features.history import Floats
from features.settings import Frozen

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


def fit_affine(margin: Floats, y: Floats, sample_weight: Floats) -> Affine:
    """Fit shift and log(slope) by penalised log loss, shrunk toward (0, 1).

    With few outcomes the priors hold the calibration near the identity; with many the data decide.

    Parameters
    ----------
    margin
        Log-odds (n,) of moments that the model has not seen.
    y, sample_weight
        Labels (n,) from 0 to 1, and weights that count leads (n,).

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


def fit_level(slope: float, margin: Floats, y: Floats, sample_weight: Floats) -> Affine:
    """Fit the shift alone: the slope comes from moments that an earlier model had not seen, the level from the latest.

    An earlier model misses the level in its own way; a model trained anew has learned the new level already, and correcting it by
    the other's error would correct twice.
    """

    def loss(shift: Floats) -> tuple[float, Floats]:
        calibrated = shift[0] + slope * margin
        value = (
            np.sum(sample_weight * (np.logaddexp(0.0, calibrated) - y * calibrated)) + (shift[0] / SHIFT_PRIOR) ** 2 / 2
        )
        gradient = np.sum(sample_weight * (expit(calibrated) - y)) + shift / SHIFT_PRIOR**2
        return float(value), gradient

    return Affine(shift=float(scipy.optimize.minimize(loss, np.zeros(1), jac=True, method="BFGS").x[0]), slope=slope)

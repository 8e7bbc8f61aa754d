"""By how much the log-odds would have to be stretched and shifted to be right."""

import numpy as np
from scipy.special import expit

from features.records.history import Floats
from training.metrics.totals import Totals

STEPS = 30
LONGEST = 2.0
"""A Newton step in log-odds is cut to this, so that it does not run away from a poor start."""
FARTHEST = 30.0
"""Where a slope or a shift goes beyond this, the data have no finite one: the model separates won from not won."""


def intercept(totals: Totals) -> Floats:
    """Return the calibration intercept (r,): what must be added to the log-odds for as many wins as there were.

    0 is right, below 0 the model promises too much. The slope is held at 1. NaN where all or none were won.

    Source: Cox 1958; "calibration in the large" of Van Calster et al. 2019.
    """
    add = np.zeros_like(totals.won)
    for _ in range(STEPS):
        p = expit(totals.margin[:, None] + add)
        spread = (totals.band_leads * p * (1 - p)).sum(axis=0)
        missing = (totals.band_won - totals.band_leads * p).sum(axis=0)
        step = np.clip(missing / np.maximum(spread, np.finfo(float).tiny), -LONGEST, LONGEST)
        add += step
        if np.abs(step).max() < 1e-9:
            break
    return np.where(_both(totals) & (np.abs(add) < FARTHEST), add, np.nan)


def slope(totals: Totals) -> Floats:
    """Return the calibration slope (r,): by what the log-odds must be stretched, with the shift free.

    1 is right, below 1 the model exaggerates differences between leads, above 1 it is too timid. NaN where it is not defined: all or none
    were won, or one probability for all.

    Source: Cox 1958.
    """
    _, stretch = _stretched(totals, _centred(totals))
    return np.where(_both(totals) & (np.abs(stretch) < FARTHEST), stretch, np.nan)


def recalibration_gain(totals: Totals) -> Floats:
    """Return what stretching and shifting the log-odds would gain in log loss (r,): 0 is right, lower is better.

    Slope and shift in one figure of the scale that models are compared on. It is fitted and told on the same moments, so that it is a
    little above 0 even where nothing is wrong: compare models by it, on the same moments. NaN where it is not defined.

    Source: the logistic recalibration of Cox 1958, told in log loss as in Bröcker 2009.
    """
    margin = _centred(totals)
    add, stretch = _stretched(totals, margin)
    stretch = np.where(np.isnan(stretch), 0.0, stretch)  # one probability for all: it can only be shifted
    as_it_is = _loss(totals, np.repeat(totals.margin[:, None], len(totals.won), axis=1))
    gain = as_it_is - _loss(totals, add + margin[:, None] * stretch)
    return np.where(_both(totals) & (np.abs(stretch) < FARTHEST), np.maximum(gain, 0.0), np.nan)


def _loss(totals: Totals, margin: Floats) -> Floats:
    """Return the mean log loss (r,) of one log-odds (k, r) for each band."""
    loss: Floats = (totals.band_leads * np.logaddexp(0.0, margin) - totals.band_won * margin).sum(axis=0) / totals.leads
    return loss


def _centred(totals: Totals) -> Floats:
    return totals.margin - np.average(totals.margin, weights=totals.band_leads.mean(axis=1) + 1e-12)


def _stretched(totals: Totals, margin: Floats) -> tuple[Floats, Floats]:
    """Return shift and stretch (r,) of centred log-odds (k,) that fit best; no stretch is told where all are one."""
    add, stretch = _log_odds(totals), np.zeros_like(totals.won)
    if not np.ptp(margin) > 0:
        return add, np.full_like(totals.won, np.nan)
    for _ in range(STEPS):
        p = expit(add + margin[:, None] * stretch)
        residual = totals.band_won - totals.band_leads * p
        spread = totals.band_leads * p * (1 - p)
        curvature = [(margin[:, None] ** power * spread).sum(axis=0) for power in range(3)]
        gradient = residual.sum(axis=0), margin @ residual
        determinant = np.maximum(curvature[0] * curvature[2] - curvature[1] ** 2, np.finfo(float).tiny)
        step_add = (curvature[2] * gradient[0] - curvature[1] * gradient[1]) / determinant
        step_stretch = (curvature[0] * gradient[1] - curvature[1] * gradient[0]) / determinant
        add += np.clip(step_add, -LONGEST, LONGEST)
        stretch += np.clip(step_stretch, -LONGEST, LONGEST)
        if max(np.abs(step_add).max(), np.abs(step_stretch).max()) < 1e-9:
            break
    return add, stretch


def _both(totals: Totals) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return (totals.won > 0) & (totals.won < totals.leads)


def _log_odds(totals: Totals) -> Floats:
    rate = np.clip(totals.base_rate, 1e-6, 1 - 1e-6)
    return np.log(rate / (1 - rate))

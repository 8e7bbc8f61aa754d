"""Which few facts a scorecard goes by, and their weights."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from features.feature import Feature
from features.history import Floats
from models.baselines.binning import Binned

STEPS = 25
RIDGE = 1e-6
"""Keeps the weights defined where facts say the same of every lead."""


def fit_logistic(X: Floats, y: Floats, sample_weight: Floats) -> Floats:
    """Return intercept and weights (1 + k,) of a logistic regression on columns (n, k), by Newton's method.

    Labels may lie between 0 and 1.

    Examples
    --------
    >>> fit_logistic(np.empty((4, 0)), np.array([0.0, 0.0, 0.0, 1.0]), np.ones(4)).round(4)  # log(1 / 3)
    array([-1.0986])
    """
    columns = np.column_stack((np.ones(len(y)), X))
    coefficients = np.zeros(columns.shape[1])
    ridge = RIDGE * np.eye(len(coefficients))
    for _ in range(STEPS):
        p = expit(columns @ coefficients)
        gradient = columns.T @ (sample_weight * (y - p)) - RIDGE * coefficients
        curvature = (columns * (sample_weight * p * (1 - p))[:, None]).T @ columns + ridge
        step = np.linalg.solve(curvature, gradient)
        coefficients += np.clip(step, -4.0, 4.0)
        if np.abs(step).max() < 1e-9:
            break
    return coefficients


def choose(
    features: Sequence[Feature], facts: Sequence[Binned], y: Floats, sample_weight: Floats, most: int
) -> list[int]:
    """Return the positions of the facts that add most, one after another; of several windows of one count only one.

    A fact must add more than the Bayesian information criterion asks for, and no weight may turn against its own evidence: a bin
    whose leads are won more often never earns fewer points.
    """
    chosen: list[int] = []
    left = [fact for fact, binned in enumerate(facts) if np.ptp(binned.evidence) > 0]
    enough = np.log(max(float(sample_weight.sum()), np.e))
    while left and len(chosen) < most:
        coefficients = fit_logistic(columns(facts, chosen), y, sample_weight)
        p = expit(coefficients[0] + columns(facts, chosen) @ coefficients[1:])
        gains = [_gain(facts[fact], sample_weight * (y - p), sample_weight * p * (1 - p)) for fact in left]
        best = left.pop(int(np.argmax(gains)))
        if max(gains) < enough:
            break
        if (fit_logistic(columns(facts, [*chosen, best]), y, sample_weight)[1:] > 0).all():
            chosen.append(best)
            left = [fact for fact in left if _about(features[fact]) != _about(features[best])]
    return chosen


def columns(facts: Sequence[Binned], chosen: Sequence[int]) -> Floats:
    """Return the evidence (n, k) of the chosen facts."""
    rows = len(facts[0].code) if facts else 0
    return np.column_stack([facts[fact].column for fact in chosen]) if chosen else np.empty((rows, 0))


def _gain(fact: Binned, residual: Floats, information: Floats) -> float:
    """Return Rao's score statistic of adding a fact with its evidence as it stands; larger is better."""
    bins = len(fact.evidence)
    left_over = np.bincount(fact.code, residual, bins)
    spread = np.bincount(fact.code, information, bins)
    mean = (fact.evidence @ spread) / max(spread.sum(), np.finfo(float).tiny)
    slope = fact.evidence @ left_over
    return float(slope * abs(slope) / max((fact.evidence - mean) ** 2 @ spread, np.finfo(float).tiny))


def _about(feature: Feature) -> tuple[str, str, str | None]:
    return feature.subject, feature.measure, feature.value

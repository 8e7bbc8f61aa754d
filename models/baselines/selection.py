"""Which few facts a scorecard goes by, and their weights."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from features.matrix.feature import Feature
from features.records.history import Floats
from models.baselines.binning import Binned

STEPS = 25
RIDGE = 1e-6
"""Keeps the weights defined where facts say the same of every lead."""
EVIDENCE_SPREAD = 0.5
"""Standard deviation by which the weight of a fact's evidence may be expected to differ from 1. Without it a fact that hardly told leads
apart in training gets a weight without bounds, and one lead of a kind that was rare there is called certain."""


def fit_logistic(X: Floats, y: Floats, sample_weight: Floats, expected: float = 0.0, spread: float = np.inf) -> Floats:
    """Return intercept and weights (1 + k,) of a logistic regression on columns (n, k), by Newton's method.

    Labels may lie between 0 and 1. Weights are drawn to what is expected of them, as far as they may be expected to differ from it.

    Examples
    --------
    >>> fit_logistic(np.empty((4, 0)), np.array([0.0, 0.0, 0.0, 1.0]), np.ones(4)).round(4)  # log(1 / 3)
    array([-1.0986])
    """
    columns = np.column_stack((np.ones(len(y)), X))
    coefficients = np.zeros(columns.shape[1])
    ridge = np.array([RIDGE, *[RIDGE + spread**-2] * X.shape[1]])
    center = np.array([0.0, *[expected] * X.shape[1]])
    for _ in range(STEPS):
        p = expit(columns @ coefficients)
        gradient = columns.T @ (sample_weight * (y - p)) - ridge * (coefficients - center)
        curvature = (columns * (sample_weight * p * (1 - p))[:, None]).T @ columns + np.diag(ridge)
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
    enough = np.log(max(float(sample_weight.sum()), math.e))
    while left and len(chosen) < most:
        coefficients = fit_evidence(columns(facts, chosen), y, sample_weight)
        p = expit(coefficients[0] + columns(facts, chosen) @ coefficients[1:])
        gains = [_gain(facts[fact], sample_weight * (y - p), sample_weight * p * (1 - p)) for fact in left]
        best = left.pop(int(np.argmax(gains)))
        if max(gains) < enough:
            break
        if (fit_evidence(columns(facts, [*chosen, best]), y, sample_weight)[1:] > 0).all():
            chosen.append(best)
            left = [fact for fact in left if _about(features[fact]) != _about(features[best])]
    return chosen


def fit_evidence(evidence: Floats, y: Floats, sample_weight: Floats) -> Floats:
    """Return intercept and weights (1 + k,) of facts' evidence (n, k), which counts once if nothing speaks against it."""
    return fit_logistic(evidence, y, sample_weight, 1.0, EVIDENCE_SPREAD)


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

"""What leads look like as they come in: how each feature was distributed when a model was trained, and how far newer leads are from it.

Leads are compared at one moment, their creation: at later ages a feature such as the days since the last call differs by age alone. The
reference is the leads of the last year before the training. The distance is the population stability index over at most ten bins and one
for "not known": the sum of (q - p) ln(q / p), p and q being the shares of a bin then and now. Chance alone brings about (bins - 1) (1/n + 1/m)
of it among n and m leads, which is taken off, so 0 is "as it was". Above .1 is commonly called a moderate, above .25 a large shift.

Source of the index: Lewis 1994, "An Introduction to Credit Scoring"; of its expectation: Yurdakul 2018, "Statistical Properties of the
Population Stability Index".
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.clock import DAY
from features.feature import Feature
from features.history import Floats
from features.matrix import Matrix
from training.samples import Dataset

FILE = "arrivals.json"
"""The reference's name among the documents of a run."""
DAYS = 365
BINS = 10
FEWEST = 100
"""Of fewer leads nothing is said."""
LEAST_SHARE = 1e-4
"""Stands for a share of 0, whose logarithm there is not."""


def arrivals(dataset: Dataset) -> dict[str, Any]:
    """Return how the features of a dataset's latest leads were distributed at their creation, as plain values."""
    created, until = dataset.history.leads.created_at, dataset.history.known_until
    X = dataset.at_creation[created > until - DAYS * DAY]
    return {
        "leads": len(X),
        "features": [_reference(feature, X[:, column]) for column, feature in enumerate(dataset.features)],
    }


def _reference(feature: Feature, values: Matrix) -> dict[str, Any]:
    edges = _edges(values[~np.isnan(values)].astype(np.float64))
    return {
        "feature": feature.name,
        "subject": feature.subject,
        "edges": edges.tolist(),
        "shares": _shares(values, edges).tolist(),
    }


def _edges(known: Floats) -> Floats:
    """Return where bins meet: between the values if there are few, or else at quantiles."""
    distinct = np.unique(known)
    if len(distinct) <= BINS:
        return (distinct[1:] + distinct[:-1]) / 2
    return np.unique(np.quantile(known, np.arange(1, BINS) / BINS))


def _shares(values: Matrix, edges: Floats) -> Floats:
    """Return the share of the values in each bin, those that are not known last."""
    missing = np.isnan(values)
    bins = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="right"))
    counts = np.bincount(bins, minlength=len(edges) + 2)
    return counts / max(len(values), 1)


def drift(reference: Mapping[str, Any], X: Matrix) -> dict[str, float] | None:
    """Return by feature how far leads (n, f), at their creation, are from a reference; None for fewer than 100 leads on a side.

    Examples
    --------
    >>> reference = {
    ...     "leads": 1000,
    ...     "features": [{"feature": "calls", "subject": "call", "edges": [0.5], "shares": [0.9, 0.1, 0]}],
    ... }
    >>> drift(reference, np.repeat([[0.0], [1.0]], [900, 100], axis=0))
    {'calls': 0.0}
    >>> drift(reference, np.repeat([[0.0], [1.0]], [500, 500], axis=0))
    {'calls': 0.877}
    """
    then, now = int(reference["leads"]), len(X)
    if min(then, now) < FEWEST:
        return None
    return {
        told["feature"]: _distance(np.array(told["shares"]), _shares(X[:, column], np.array(told["edges"])), then, now)
        for column, told in enumerate(reference["features"])
    }


def _distance(p: Floats, q: Floats, then: int, now: int) -> float:
    used = (p > 0) | (q > 0)
    p, q = np.maximum(p[used], LEAST_SHARE), np.maximum(q[used], LEAST_SHARE)
    by_chance = (np.count_nonzero(used) - 1) * (1 / then + 1 / now)
    return max(0.0, float(np.sum((q - p) * np.log(q / p)) - by_chance))

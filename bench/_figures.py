"""Figures of a forecast: log loss, ROC AUC and level, overall and by age, and differences with what chance allows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from bench._forecast import BASE_RATE, REFERENCE, Forecast
from features.records.history import Floats

LEAST = 1e-6
"""A probability is held to be no nearer to 0 or 1, lest one moment decide the whole."""


def losses(p: Floats, y: Floats) -> Floats:
    """Return the log loss (n,) of probabilities; where y is a true probability, the expected one."""
    p = np.clip(p, LEAST, 1 - LEAST)
    loss: Floats = -y * np.log(p) - (1 - y) * np.log1p(-p)
    return loss


def difference(over: Floats, lead: NDArray[np.integer[Any]]) -> tuple[float, float]:
    """Return the mean of differences (n,) and its standard error, moments of one lead counting as one.

    Examples
    --------
    >>> difference(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    (2.0, 0.7071067811865476)
    """
    mean = float(np.mean(over))
    of_lead = np.bincount(lead, over - mean)
    return mean, float(np.sqrt(np.sum(of_lead**2)) / len(over))


def figures(forecast: Forecast, truth: Floats | None = None) -> dict[str, Any]:
    """Return by model what a report says of it, as plain values; with the truth, losses and levels are those expected under it."""
    y = forecast.won if truth is None else truth
    loss = {name: losses(p, y) for name, p in forecast.probability.items()}
    return {
        name: {
            **_of_rows(p, y, forecast.won, loss[name], slice(None)),
            "by_age": _by_age(forecast, p, y, loss[name]),
            "over_reference": difference(loss[name] - loss[REFERENCE], forecast.lead),
            "over_base_rate": difference(loss[name] - loss[BASE_RATE], forecast.lead),
        }
        for name, p in forecast.probability.items()
    }


def _by_age(forecast: Forecast, p: Floats, y: Floats, loss: Floats) -> dict[str, Mapping[str, float]]:
    ages = np.unique(forecast.age_days)
    return {str(age): _of_rows(p, y, forecast.won, loss, forecast.age_days == age) for age in ages.tolist()}


def _of_rows(p: Floats, y: Floats, won: Floats, loss: Floats, rows: Any) -> dict[str, float]:
    of = won[rows]
    both = 0 < of.sum() < len(of)
    return {
        "moments": len(of),
        "log_loss": float(np.mean(loss[rows])),
        "auc": float(roc_auc_score(of, p[rows])) if both else float("nan"),
        "ratio": float(y[rows].sum() / p[rows].sum()),
    }

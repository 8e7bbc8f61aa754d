"""What a lead is worth if it is won: trees with a gamma loss, or a mean that is shrunk by source where deals are few."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats, Strings
from models.close.lightgbm import lgb
from models.decision.trees import grow, predict

GAMMA = {"objective": "gamma", "metric": "gamma"}
PRIOR_DEALS = 20.0
"""The mean of a source is shrunk toward that of all by so many deals."""
LATER_SHARE = 0.25


@dataclass(frozen=True)
class AmountFigures:
    """How an amount model does on later deals that it had not seen.

    Attributes
    ----------
    deviance, mean_deviance
        Mean gamma deviance of the model and of the shrunk mean beside it; lower is better, None where deals are too few to tell.
    observed_over_expected
        All amounts over all expected ones; 1 is right.
    """

    deals: int
    deviance: float | None = None
    mean_deviance: float | None = None
    observed_over_expected: float | None = None


@dataclass(frozen=True)
class AmountModel:
    """The expected amount of a lead that is won.

    Attributes
    ----------
    mean, by_source
        The shrunk mean: of all deals, and of each value of the first channel.
    trees
        None where they are no better than the mean on later deals.
    """

    mean: float
    by_source: Mapping[str, float] = field(default_factory=dict)
    trees: lgb.Booster | None = None

    def expected(self, X: Matrix, source: Strings) -> Floats:
        """Return expected amounts (n,) > 0 from features (n, f) and the values of the first channel (n,)."""
        if self.trees is not None:
            return predict(self.trees, X)
        return np.array([self.by_source.get(value, self.mean) for value in source], np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; the trees are LightGBM's own text."""
        trees = None if self.trees is None else self.trees.model_to_string()
        return {"mean": self.mean, "by_source": dict(self.by_source), "trees": trees}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "AmountModel":
        """Read what `to_json` wrote."""
        text = content["trees"]
        return cls(content["mean"], content["by_source"], None if text is None else lgb.Booster(model_str=text))


@dataclass(frozen=True)
class Deals:
    """Moments of leads that were won for a known amount, n rows in the order of the leads' creation; `weight` counts leads."""

    X: Matrix
    source: Strings
    amount: Floats
    weight: Floats

    def part(self, rows: slice) -> "Deals":
        """Return some of them."""
        return Deals(self.X[rows], self.source[rows], self.amount[rows], self.weight[rows])

    @property
    def rows(self) -> tuple[Matrix, Floats, Floats]:
        """Return (X, y, weight)."""
        return self.X, self.amount, self.weight


def fit_amount(
    features: tuple[Feature, ...], deals: Deals, fewest: int, default: float
) -> tuple[AmountModel, AmountFigures]:
    """Fit the mean and, from `fewest` deals on, trees; the trees stay if they tell later deals better than the mean.

    Parameters
    ----------
    default
        The amount of a win where there is no deal.
    """
    count = round(float(deals.weight.sum()))
    mean = fit_mean(deals, default)
    if count < fewest:
        return mean, AmountFigures(count)
    middle = int(len(deals.amount) * (1 - LATER_SHARE))
    early, later = deals.part(slice(middle)), deals.part(slice(middle, None))
    stopped = grow(features, GAMMA, early.rows, later.rows)
    rounds = max(stopped.best_iteration, 1)
    tried = AmountModel(mean.mean, trees=grow(features, GAMMA, early.rows, rounds=rounds))
    figures = {name: _judged(one, later) for name, one in (("trees", tried), ("mean", fit_mean(early, default)))}
    better = figures["trees"][0] < figures["mean"][0]
    chosen = (
        AmountModel(mean.mean, mean.by_source, grow(features, GAMMA, deals.rows, rounds=rounds)) if better else mean
    )
    deviance, ratio = figures["trees" if better else "mean"]
    return chosen, AmountFigures(count, deviance, figures["mean"][0], ratio)


def fit_mean(deals: Deals, default: float) -> AmountModel:
    """Return the mean amount, by source shrunk toward that of all.

    Examples
    --------
    >>> fit_mean(Deals(np.empty((0, 1)), np.empty(0, object), np.empty(0), np.empty(0)), 1000.0).mean
    1000.0
    """
    if not len(deals.amount):
        return AmountModel(default)
    mean = float(np.average(deals.amount, weights=deals.weight))
    by_source = {}
    for value in sorted({value for value in deals.source if value is not None}):
        of = deals.source == value
        total, weight = float(deals.amount[of] @ deals.weight[of]), float(deals.weight[of].sum())
        by_source[value] = (total + PRIOR_DEALS * mean) / (weight + PRIOR_DEALS)
    return AmountModel(mean, by_source)


def gamma_deviance(amount: Floats, expected: Floats, weight: Floats) -> float:
    """Return the mean gamma deviance; lower is better, and the unit of money does not matter.

    Examples
    --------
    >>> gamma_deviance(np.array([2.0]), np.array([2.0]), np.ones(1))
    0.0
    """
    ratio = amount / expected
    return float(np.average(2 * (ratio - 1 - np.log(ratio)), weights=weight))


def _judged(model: AmountModel, later: Deals) -> tuple[float, float]:
    expected = model.expected(later.X, later.source)
    deviance = gamma_deviance(later.amount, expected, later.weight)
    return deviance, float(later.amount @ later.weight / (expected @ later.weight))

"""A points scorecard, as marketing tools have: a few facts, whole numbers of points, and what a total is worth.

Facts are cut into bins; a bin's weight of evidence is how much more likely its leads are won than all leads, in log-odds. The
facts that add most are taken one after another, their weights fitted together, and scaled to whole numbers of points.

Source: weight of evidence and the scaling to points as in Siddiqi 2006, "Credit Risk Scorecards".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.baselines.binning import Binned, Bins
from models.baselines.selection import choose, columns, fit_evidence, fit_logistic

Points = NDArray[np.int64]

MAX_FACTS = 8
HIGHEST = 100
"""Points of a lead that has the best bin of every fact, give or take the rounding."""
YES_OR_NO = ("no", "yes", "not known")
"""Names of the bins of a fact that is either so or not."""


@dataclass(frozen=True)
class Fact:
    """One fact of a scorecard: its bins and what each is worth.

    Attributes
    ----------
    points
        Whole numbers (bins,), the last for "not known"; the worst bin has 0.
    leads, won
        What training saw in each bin (bins,).
    """

    column: int
    feature: Feature
    bins: Bins
    points: Points
    leads: Floats
    won: Floats

    def of(self, X: Matrix) -> Points:
        """Return the points (n,) that leads (n, f) earn by this fact."""
        return self.points[self.bins.code(X[:, self.column])]

    def __str__(self) -> str:
        is_flag = self.feature.unit == "yes or no" and len(self.points) == len(YES_OR_NO)
        unit = f" ({self.feature.unit})" if self.feature.unit and not is_flag else ""
        names = YES_OR_NO if is_flag else self.bins.names
        lines = [
            f"  {name:<20}{points:>4} points {leads:>10,.0f} leads {100 * won / leads:>6.1f} % won"
            for name, points, leads, won in zip(names, self.points, self.leads, self.won, strict=True)
            if leads > 0
        ]
        return "\n".join([f"{self.feature.name}{unit}", *lines])


class Scorecard:
    """Whole points for each fact, a total, and a map from totals to probabilities that rises.

    Parameters
    ----------
    features
        The columns of X.
    y, sample_weight
        Labels (n,) from 0 to 1 and weights (n,) that count leads.

    Attributes
    ----------
    facts_
        What earns points.
    rate_
        The base rate.
    intercept_, per_point_
        The log-odds of no points, and what each point adds.

    Examples
    --------
    >>> asked = Feature("demo_count_30d", "count", "demo", "desire", "demos")
    >>> X = np.repeat([[0.0], [1.0]], 500, axis=0).astype(np.float32)
    >>> print(Scorecard([asked], X, np.repeat([0.1, 0.3], 500), np.ones(1000)))
    Scorecard: base rate 20.0 %, totals from 0 to 100
    demo_count_30d (demos)
      at most 0              0 points        500 leads   10.0 % won
      more                 100 points        500 leads   30.0 % won
    A total of 0 is worth 10.0 %, 20 is 12.7 %, 40 is 16.0 %, 60 is 20.0 %, 80 is 24.7 %, 100 is 30.0 %.
    """

    def __init__(
        self, features: Sequence[Feature], X: Matrix, y: Floats, sample_weight: Floats, most_facts: int = MAX_FACTS
    ) -> None:
        binned = [Binned.of(X[:, column], y, sample_weight) for column in range(len(features))]
        chosen = choose(features, binned, y, sample_weight, most_facts)
        weights = fit_evidence(columns(binned, chosen), y, sample_weight)[1:]
        spans = sum(weight * float(np.ptp(binned[fact].evidence)) for fact, weight in zip(chosen, weights, strict=True))
        self.rate_ = float(np.average(y, weights=sample_weight))
        self.facts_ = tuple(
            _fact(features[fact], fact, binned[fact], HIGHEST * weight / spans)
            for fact, weight in zip(chosen, weights, strict=True)
        )
        totals = self.points(X)[:, None] / HIGHEST
        fitted = fit_logistic(totals if chosen else totals[:, :0], y, sample_weight).tolist()
        self.intercept_: float = fitted[0]
        self.per_point_: float = fitted[1] / HIGHEST if chosen else 0.0

    @property
    def highest(self) -> int:
        """The most points that a lead can have."""
        return sum(int(fact.points.max()) for fact in self.facts_)

    def points(self, X: Matrix) -> Points:
        """Return the total points (n,) of leads (n, f)."""
        total = np.zeros(len(X), np.int64)
        for fact in self.facts_:
            total += fact.of(X)
        return total

    def worth(self, points: Points) -> Floats:
        """Return the probabilities that totals of points stand for."""
        return np.asarray(expit(self.intercept_ + self.per_point_ * points), np.float64)

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,)."""
        return self.worth(self.points(X))

    def __str__(self) -> str:
        totals = np.arange(0, self.highest + 1, 20)
        told = [f"{total} is {100 * p:.1f} %" for total, p in zip(totals, self.worth(totals), strict=True)]
        return "\n".join(
            [
                f"Scorecard: base rate {100 * self.rate_:.1f} %, totals from 0 to {self.highest}",
                *map(str, self.facts_),
                f"A total of {', '.join(told).replace(' is ', ' is worth ', 1)}.",
            ]
        )


def _fact(feature: Feature, column: int, binned: Binned, scale: float) -> Fact:
    points = np.rint(scale * (binned.evidence - binned.evidence.min())).astype(np.int64)
    return Fact(column, feature, binned.bins, points, binned.leads, binned.won)

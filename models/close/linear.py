"""A ridge logistic regression on ranks and values of columns: what single features say, without thresholds and without extrapolation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.curves import CurveTable

MAX_KNOTS = 33
"""Values of a column between which ranks are interpolated: quantiles, three per cent apart."""
MAX_ROWS = 60_000
"""Rows to fit on, taken evenly from all: a hundred coefficients gain nothing from more."""
RIDGE = 30.0
"""Penalty of a squared coefficient, twice over: as much as thirty leads of even chances tell of it."""
TAIL = 0.01
"""Share of a column's values on either side that count as no further than the others: beyond, nothing holds a slope."""
BY_RANK_ALONE = frozenset({"close_rate"})
"""Measures that move with the whole company: how far beyond the others a rate is now says little, and its lift over everyone stands beside it."""
CHUNK = 1024
"""Rows whose log-odds are added up at a time: those of more leave the processor's caches."""
STEPS = 25
CLOSE_ENOUGH = 1e-4
"""Newton's steps end where none moves a coefficient by more, in log-odds a rank; the next would move it by the square of that."""
LEAST_SHARE = 1e-6
"""A share of a step under this is none: the least loss has been found as far as rounding tells."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """The ranks that a column's values had in training, from -1 to 1; constant beyond what it saw, 0 where not known.

    Attributes
    ----------
    knots
        Values (k,) that rise.
    ranks
        Their mid-ranks (k,); between knots they are interpolated.
    """

    knots: Floats
    ranks: Floats

    @classmethod
    def of(cls, values: Matrix) -> Self:
        """Return the ranks of values (n,), of which those that are not known have none.

        Examples
        --------
        >>> Ranks.of(np.array([0, 0, 0, 1], np.float32)).ranks.tolist()  # three below, one above
        [-0.25, 0.75]
        """
        known = np.sort(values[~np.isnan(values)]).astype(np.float64)
        if not len(known):
            return cls(np.zeros(1), np.zeros(1))
        places = np.linspace(0, len(known) - 1, MAX_KNOTS).round().astype(np.int64)
        knots = np.unique(known[places])
        below = np.searchsorted(known, knots, side="left")
        upto = np.searchsorted(known, knots, side="right")
        return cls(knots, (below + upto) / len(known) - 1.0)

    def __call__(self, values: Matrix) -> Floats:
        """Return the ranks (n,) of values (n,)."""
        ranks = np.interp(values, self.knots, self.ranks)
        return np.where(np.isnan(values), 0.0, ranks)


NOTHING = Ranks(np.zeros(1), np.zeros(1))
"""The curve of a column that says nothing."""


def standard(values: Matrix) -> Ranks:
    """Return the curve of a column's values (n,) themselves: less their mean, in standard deviations, constant in the tails.

    Examples
    --------
    >>> standard(np.array([2, 2, 4, 6, 6], np.float32)).ranks.round(2).tolist()  # (2 - 4) / sqrt(16 / 5)
    [-1.12, 1.12]
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return NOTHING
    ends = np.quantile(known, (TAIL, 1 - TAIL), method="nearest")
    within = np.clip(known, *ends)
    if len(np.unique(within)) <= 2:  # their ranks say the same, and rare values would stand many deviations apart
        return NOTHING
    return Ranks(ends, (ends - within.mean()) / within.std())


@dataclass(frozen=True, eq=False)
class RankLogistic:
    """Log-odds that are a sum over columns, so that each column's contribution is exact.

    Attributes
    ----------
    ranks
        Of each column (f,), the curve of its log-odds: those of its rank and of its value together.
    slope, unknown
        What the curve is multiplied by, and log-odds (f,) of the value's not being known.
    mean, unknown_share
        Means (f,) of curves and marks in training: from there contributions count.
    base
        Log-odds at the means.
    """

    ranks: Sequence[Ranks]
    slope: Floats
    unknown: Floats
    mean: Floats
    unknown_share: Floats
    base: float

    @classmethod
    def fit(
        cls,
        directions: Sequence[int],
        X: Matrix,
        y: Floats,
        sample_weight: Floats,
        ridge: float = RIDGE,
        by_rank: Collection[int] = (),
        level: Floats | None = None,
    ) -> Self:
        """Fit on rows (n, f) with labels (n,) from 0 to 1.

        Parameters
        ----------
        directions
            A column with a direction (1 or -1, not 0) pushes in no other.
        by_rank
            Columns whose values are not used beside their ranks.
        level
            Log-odds (n,) that are known beforehand: what is beyond them is learned, and they are not held.
        """
        step = -(-len(X) // MAX_ROWS)
        X, y, weight = X[::step], y[::step], sample_weight[::step] * step
        ranks = [Ranks.of(column) for column in X.T]
        values = [NOTHING if place in by_rank else standard(column) for place, column in enumerate(X.T)]
        marks = np.isnan(X)
        columns = np.hstack([_laid_out(ranks, X), _laid_out(values, X), marks])
        direction = np.array([*directions, *directions, *np.zeros(len(directions))])
        mean = np.average(columns, axis=0, weights=weight)
        known = np.zeros(len(y)) if level is None else level[::step]
        base, coefficients = _fit((columns - mean).astype(np.float32), y, weight, direction, ridge, known)
        of_rank, of_value, unknown = np.split(coefficients, 3)
        curves = [_sum(*both) for both in zip(of_rank, ranks, of_value, values, strict=True)]
        rank_mean, value_mean, unknown_share = np.split(mean, 3)
        used = ((of_rank != 0) | (of_value != 0)).astype(np.float64)
        return cls(curves, used, unknown, of_rank * rank_mean + of_value * value_mean, unknown_share, base)

    def times(self, weight: float) -> "RankLogistic":
        """Return log-odds that are so many times as high."""
        return replace(self, slope=weight * self.slope, unknown=weight * self.unknown, base=weight * self.base)

    def to_json(self) -> dict[str, Any]:
        """Return what is needed to bring it back, as plain values."""
        plain = {name: getattr(self, name).tolist() for name in ("slope", "unknown", "mean", "unknown_share")}
        ranks = [[of.knots.tolist(), of.ranks.tolist()] for of in self.ranks]
        return {**plain, "base": self.base, "ranks": ranks}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        ranks = [Ranks(np.array(knots), np.array(of_knots)) for knots, of_knots in content["ranks"]]
        slope, unknown, mean, unknown_share = (
            np.array(content[name]) for name in ("slope", "unknown", "mean", "unknown_share")
        )
        return cls(ranks, slope, unknown, mean, unknown_share, content["base"])

    def margin(self, X: Matrix) -> Floats:
        """Return log-odds (n,), added column by column: a row's are the same to the bit whatever rows stand beside it."""
        margin = np.empty(len(X))
        for start in range(0, len(X), CHUNK):
            rows = slice(start, start + CHUNK)
            margin[rows] = total(self.contributions(X[rows]))
        return margin

    def margins(self, X: Matrix, columns: NDArray[np.intp]) -> Floats:
        """Return log-odds (n, k) of rows (n, k, f) that within each n differ in these columns alone; to the bit those of `margin`."""
        n, k, _ = X.shape
        margins, chunk, changed = np.empty((n, k)), max(1, CHUNK // k), self._terms.of_columns(columns)
        for start in range(0, n, chunk):
            rows = slice(start, start + chunk)
            added = np.repeat(self.contributions(X[rows, 0])[:, None], k, axis=1)
            added[:, :, columns] = changed.added(X[rows][:, :, columns])
            margins[rows] = total(added)
        return margins

    def contributions(self, X: Matrix) -> Floats:
        """Return what each column adds (n, f + 1) to the log-odds of the means, which stand last."""
        contributions = np.empty((len(X), len(self.ranks) + 1))
        for start in range(0, len(X), CHUNK):
            rows = slice(start, start + CHUNK)
            contributions[rows, :-1] = self._terms.added(X[rows])
        contributions[:, -1] = self.base
        return contributions

    @cached_property
    def _terms(self) -> "_Terms":
        used = (curve if slope else NOTHING for slope, curve in zip(self.slope, self.ranks, strict=True))
        curves = CurveTable.of([(curve.knots, curve.ranks) for curve in used])
        return _Terms(curves, self.slope, self.mean, self.unknown, self.unknown_share)


@dataclass(frozen=True, eq=False)
class _Terms:
    """What columns (f,) add, as a `RankLogistic` has it."""

    curves: CurveTable
    slope: Floats
    mean: Floats
    unknown: Floats
    unknown_share: Floats

    def of_columns(self, columns: NDArray[np.intp]) -> Self:
        """Return what some columns add."""
        curves, *numbers = (getattr(self, each.name) for each in fields(self))
        return type(self)(curves.of_columns(columns), *(one[columns] for one in numbers))

    def added(self, X: Matrix) -> Floats:
        """Return what each column adds (..., f) at its values (..., f)."""
        heights, marks = self.curves.at(X), np.isnan(X)
        heights[marks] = 0.0
        added: Floats = self.slope * (heights - self.mean) + self.unknown * (marks - self.unknown_share)
        return added


def total(added: Floats) -> Floats:
    """Return sums (...) over the last axis (..., f), added from the first to the last."""
    sums: Floats = np.add.accumulate(added, axis=-1)[..., -1]
    return sums


def by_rank_alone(features: Sequence[Feature]) -> list[int]:
    """Return which columns are known by their ranks alone."""
    return [place for place, feature in enumerate(features) if feature.measure in BY_RANK_ALONE]


def _laid_out(curves: Sequence[Ranks], X: Matrix) -> Floats:
    return np.column_stack([of(column) for of, column in zip(curves, X.T, strict=True)])


def _sum(of_rank: float, ranks: Ranks, of_value: float, values: Ranks) -> Ranks:
    """Return the curve that is the weighted sum of two; exact, since both are straight between the knots of either."""
    knots = np.union1d(ranks.knots, values.knots)
    at_ranks, at_values = (np.interp(knots, curve.knots, curve.ranks) for curve in (ranks, values))
    return Ranks(knots, of_rank * at_ranks + of_value * at_values)


def _fit(
    columns: NDArray[np.float32], y: Floats, weight: Floats, direction: Floats, ridge: float, level: Floats
) -> tuple[float, Floats]:
    """Return intercept and coefficients (k,) of columns (n, k); those that turn against their direction are left out."""
    used = np.flatnonzero(np.ptp(columns, axis=0) > 0)
    coefficients = np.zeros(columns.shape[1])
    rate = float(np.clip(np.average(y, weights=weight), 1e-6, 1 - 1e-6))
    base = float(np.log(rate / (1 - rate)) - np.average(level, weights=weight))
    while True:
        start = np.append(base, coefficients[used])
        base, coefficients[used] = _newton(columns[:, used], y, weight, ridge, level, start)
        wrong = coefficients[used] * direction[used] < 0
        if not wrong.any():
            return base, coefficients
        coefficients[used[wrong]] = 0.0
        used = used[~wrong]


def _newton(
    columns: NDArray[np.float32], y: Floats, weight: Floats, ridge: float, level: Floats, found: Floats
) -> tuple[float, Floats]:
    """Return intercept and coefficients (k,) that have the least penalised log loss, searched from `found` (k + 1,) on.

    A step that does not lower it is halved until it does: where columns say nearly the same, whole Newton steps swing ever further.
    """
    penalty = np.full(len(found), ridge)
    penalty[0] = 0.0
    margin = level + found[0] + _times(columns, found[1:])
    lost = _loss(margin, y, weight, found, penalty)
    for _ in range(STEPS):
        p = expit(margin)
        gradient, curvature = _sums(columns, weight * (y - p), weight * p * (1 - p))
        change = np.asarray(
            np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient - penalty * found), np.float64
        )
        moved = change[0] + _times(columns, change[1:])
        share = 1.0
        while share > LEAST_SHARE:
            now = _loss(margin + share * moved, y, weight, found + share * change, penalty)
            if now <= lost:
                break
            share /= 2
        else:
            break
        found, margin, lost = found + share * change, margin + share * moved, now
        if share * np.abs(change).max() < CLOSE_ENOUGH:
            break
    return float(found[0]), found[1:]


def _loss(margin: Floats, y: Floats, weight: Floats, found: Floats, penalty: Floats) -> float:
    """Return the penalised log loss of log-odds (n,)."""
    return float(weight @ (np.logaddexp(0.0, margin) - y * margin) + penalty @ found**2 / 2)


def _sums(columns: NDArray[np.float32], residual: Floats, information: Floats) -> tuple[Floats, Floats]:
    """Return gradient (k + 1,) and curvature (k + 1, k + 1) of columns (n, k) and a constant before them."""
    weighted = columns * information[:, None].astype(np.float32)
    curvature = np.empty((columns.shape[1] + 1,) * 2)
    curvature[1:, 1:] = columns.T @ weighted
    curvature[0, 0] = information.sum()
    curvature[0, 1:] = curvature[1:, 0] = weighted.sum(axis=0)
    return np.concatenate(([residual.sum()], columns.T @ residual.astype(np.float32))), curvature


def _times(columns: NDArray[np.float32], coefficients: Floats) -> Floats:
    """Return the sums (n,) of columns times coefficients, in the columns' own precision: NumPy would copy them all to a wider one."""
    return (columns @ coefficients.astype(np.float32)).astype(np.float64)

"""How the logistic regression on ranks and values learns: which curves its columns have, and what each is multiplied by."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.linear import NOTHING, RankLogistic, Ranks
from models.close.newton import Rows, fit_directed

MAX_ROWS = 60_000
"""Rows to fit on, taken evenly from all: a hundred coefficients gain nothing from more."""
RIDGE = 30.0
"""Penalty of a squared coefficient, twice over: as much as thirty leads of even chances tell of it."""
TAIL = 0.01
"""Share of a column's values on either side that count as no further than the others: beyond, nothing holds a slope."""
BY_RANK_ALONE = frozenset({"close_rate"})
"""Measures that move with the whole company: how far beyond the others a rate is now says little, and its lift over everyone stands beside it."""


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


def fit_rank_logistic(
    directions: Sequence[int],
    X: Matrix,
    y: Floats,
    sample_weight: Floats,
    ridge: float = RIDGE,
    by_rank: Collection[int] = (),
    level: Floats | None = None,
) -> RankLogistic:
    """Return the regression that rows (n, f) with labels (n,) from 0 to 1 teach.

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
    X, y, weight = np.asfortranarray(X[::step]), y[::step], sample_weight[::step] * step
    ranks = [Ranks.of(column) for column in X.T]
    values = [NOTHING if place in by_rank else standard(column) for place, column in enumerate(X.T)]
    laid_out = _LaidOut.of((ranks, values), X, weight)
    direction = np.array([*directions, *directions, *np.zeros(len(directions))])[laid_out.places]
    known = np.zeros(len(y)) if level is None else level[::step]
    base, of_varying = fit_directed(Rows(laid_out.columns, y, weight, known), direction, ridge)
    coefficients = np.zeros(len(laid_out.mean))
    coefficients[laid_out.places] = of_varying
    of_rank, of_value, unknown = np.split(coefficients, 3)
    curves = [_sum(*both) for both in zip(of_rank, ranks, of_value, values, strict=True)]
    rank_mean, value_mean, unknown_share = np.split(laid_out.mean, 3)
    used = ((of_rank != 0) | (of_value != 0)).astype(np.float64)
    return RankLogistic(curves, used, unknown, of_rank * rank_mean + of_value * value_mean, unknown_share, base)


def by_rank_alone(features: Sequence[Feature]) -> list[int]:
    """Return which columns are known by their ranks alone."""
    return [place for place, feature in enumerate(features) if feature.measure in BY_RANK_ALONE]


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """What is learned from: curves of columns, and marks of what is not known, less their means.

    Attributes
    ----------
    columns
        Those (n, k) that are not the same in all rows, column by column.
    places
        Theirs (k,) among all: each column by each kind of curve, then its mark.
    mean
        Weighted means, of all.
    """

    columns: NDArray[np.float32]
    places: NDArray[np.int64]
    mean: Floats

    @classmethod
    def of(cls, curves: Sequence[Sequence[Ranks]], X: Matrix, weight: Floats) -> Self:
        """Lay out the curves of the columns of X (n, f), and the marks."""
        share = weight / weight.sum()
        columns = np.empty((len(X), (len(curves) + 1) * X.shape[1]), np.float32, order="F")
        places: list[int] = []
        mean: list[float] = []
        for values in _curves_and_marks(curves, X):
            mean.append(float(share @ values))
            if len(values) and np.ptp(values) > 0:
                columns[:, len(places)] = values - mean[-1]
                places.append(len(mean) - 1)
        return cls(columns[:, : len(places)], np.array(places, np.int64), np.array(mean))


def _curves_and_marks(curves: Sequence[Sequence[Ranks]], X: Matrix) -> Iterator[Floats]:
    for some in curves:
        for curve, column in zip(some, X.T, strict=True):
            yield curve(column)
    for column in X.T:
        yield np.isnan(column).astype(np.float64)


def _sum(of_rank: float, ranks: Ranks, of_value: float, values: Ranks) -> Ranks:
    """Return the curve that is the weighted sum of two; exact, since both are straight between the knots of either."""
    knots = np.union1d(ranks.knots, values.knots)
    at_ranks, at_values = (np.interp(knots, curve.knots, curve.ranks) for curve in (ranks, values))
    return Ranks(knots, of_rank * at_ranks + of_value * at_values)

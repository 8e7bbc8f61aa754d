"""A logistic regression on ranks and values of columns: what single features say, without thresholds and without extrapolation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.curves import CurveTable

MAX_KNOTS = 33
"""Values of a column between which ranks are interpolated: quantiles, three per cent apart."""
CHUNK = 1024
"""Rows whose log-odds are added up at a time: those of more leave the processor's caches."""


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

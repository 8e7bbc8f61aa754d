"""Curves of many columns in one table, so that one search finds the place of every value among the knots of its column."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats

Curve = tuple[Floats, Floats]
"""Knots (k,) that rise, and the heights (k,) between which a curve is straight; beyond them it is constant."""


@dataclass(frozen=True, eq=False)
class CurveTable:
    """Curves of columns (f,), each with room for as many knots as any of them has.

    Attributes
    ----------
    knots, heights, slopes
        Of each curve (f, width): slopes to the next knot; where a curve has no more knots, these are infinite.
    lowest, highest
        The first and the last knot of each (f,).
    """

    knots: Floats
    heights: Floats
    slopes: Floats
    lowest: Floats
    highest: Floats

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> Self:
        """Lay curves out."""
        width = 1 << (max((len(knots) for knots, _ in curves), default=1) - 1).bit_length()
        all_knots = np.full((len(curves), width), np.inf)
        all_heights, slopes = np.zeros((2, len(curves), width))
        for row, (knots, heights) in enumerate(curves):
            all_knots[row, : len(knots)], all_heights[row, : len(knots)] = knots, heights
            slopes[row, : len(knots) - 1] = np.diff(heights) / np.diff(knots)
        ends = (np.array([knots[end] for knots, _ in curves], np.float64) for end in (0, -1))
        return cls(all_knots, all_heights, slopes, *ends)

    def of_columns(self, columns: NDArray[np.intp]) -> Self:
        """Return the curves of some columns."""
        return type(self)(*(getattr(self, each.name)[columns] for each in fields(self)))

    def at(self, X: Matrix) -> Floats:
        """Return the height (..., f) of each curve at values of its column (..., f); NaN where not known.

        Examples
        --------
        >>> table = CurveTable.of([(np.array([0.0, 2.0]), np.array([1.0, 3.0])), (np.zeros(1), np.zeros(1))])
        >>> table.at(np.array([[0.5, 7], [9, np.nan]], np.float32)).tolist()
        [[1.5, 0.0], [3.0, nan]]
        """
        x = np.minimum(np.maximum(X, self.lowest), self.highest)
        place = self._places(x)
        knots, heights, slopes = (each.ravel().take(place) for each in (self.knots, self.heights, self.slopes))
        return np.asarray(slopes * (x - knots) + heights, np.float64)

    def _places(self, x: Floats) -> NDArray[np.intp]:
        """Return (..., f) where in the table the last knot stands that is no higher than each value, by halving."""
        count, width = self.knots.shape
        knots = self.knots.ravel()
        place = np.empty(x.shape, np.intp)
        place[:] = np.arange(0, count * width, width)
        step = width >> 1
        while step:
            place += step * (knots.take(place + step) <= x)
            step >>= 1
        return place

"""Rows of a matrix in bins, cut once for all that learn from some of them."""

import threading
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.booster import Binned, binned, taken


class BinnedRows:
    """Rows of a matrix in bins, whose bounds follow from some of them.

    Cutting rows into bins costs as much as dozens of trees. Labels of open leads, the choice of how they are learned from, the kinds
    that are weighed and the final model learn from parts of the same rows, and take them out of these.

    Parameters
    ----------
    X
        Matrix (n, f).
    rows
        Places (m,) of the rows in it, which rise.
    bounding
        Which of them (m,) tell where bins end.
    fewest
        Leads in a leaf of the trees that are to be grown.
    """

    def __init__(
        self,
        X: Matrix,
        rows: NDArray[np.int64],
        bounding: NDArray[np.bool_],
        features: tuple[Feature, ...],
        fewest: int,
    ) -> None:
        self._X, self._rows, self._bounding, self._features, self._fewest = X, rows, bounding, features, fewest
        self._cutting = threading.Lock()

    def of(self, rows: NDArray[np.int64], y: Floats, weight: Floats, level: Floats | None = None) -> Binned:
        """Return those at some places (k,) of the matrix, which rise, with labels, weights and levels (k,) of their own."""
        with self._cutting:
            whole = self._whole
        return taken(whole, np.searchsorted(self._rows, rows), y, weight, level)

    @cached_property
    def _whole(self) -> Binned:
        bounds = self._cut(self._rows[self._bounding])
        return bounds if self._bounding.all() else self._cut(self._rows, bounds)

    def _cut(self, rows: NDArray[np.int64], reference: Binned | None = None) -> Binned:
        nothing = np.zeros(len(rows))
        return binned(self._X[rows], nothing, nothing + 1.0, self._features, reference, fewest=self._fewest)

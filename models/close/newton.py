"""Ridge logistic regression on many columns: Newton's method, with a curvature that serves until its rows have moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import ssyrk
from scipy.special import expit

from features.records.history import Floats

Columns = NDArray[np.float32]

STEPS = 50
CLOSE_ENOUGH = 1e-4
"""Steps end where none moves a coefficient by more, in log-odds a rank."""
LEAST_SHARE = 1e-6
"""A share of a step under this is none: the least loss has been found as far as rounding tells."""
STALE = 0.1
"""Root mean square of the log-odds by which rows may move before their curvature is computed anew. A row's curvature p (1 - p) is off by
at most that share then, and a step by it leaves about as much of the distance. The curvature costs as much as a hundred gradients."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What is learned from: columns (n, k), laid out column by column, with labels from 0 to 1, weights and levels (n,) known beforehand."""

    columns: Columns
    y: Floats
    weight: Floats
    level: Floats

    def take(self, columns: NDArray[np.integer]) -> "Rows":
        """Return the rows with these columns alone."""
        return Rows(np.asfortranarray(self.columns[:, columns]), self.y, self.weight, self.level)

    def sums(self, coefficients: Floats) -> Floats:
        """Return the sums (n,) of columns times coefficients (k,), in the columns' own precision: NumPy would copy them all to a wider one."""
        return (self.columns @ coefficients.astype(np.float32)).astype(np.float64)

    def loss(self, margin: Floats, found: Floats, penalty: Floats) -> float:
        """Return the penalised log loss of log-odds (n,)."""
        return float(self.weight @ (np.logaddexp(0.0, margin) - self.y * margin) + penalty @ found**2 / 2)

    def gradient(self, p: Floats) -> Floats:
        """Return the slope (k + 1,) of the log likelihood at probabilities (n,), a constant before the columns."""
        residual = self.weight * (self.y - p)
        return np.concatenate(([residual.sum()], self.columns.T @ residual.astype(np.float32)))

    def curvature(self, p: Floats) -> Floats:
        """Return the information (k + 1, k + 1) at probabilities (n,), a constant before the columns."""
        information = self.weight * p * (1 - p)
        square = ssyrk(1.0, self.columns * np.sqrt(information).astype(np.float32)[:, None], trans=1)
        curvature = np.empty((len(square) + 1,) * 2)
        curvature[1:, 1:] = np.triu(square) + np.triu(square, 1).T
        curvature[0, 0] = information.sum()
        curvature[0, 1:] = curvature[1:, 0] = self.columns.T @ information.astype(np.float32)
        return curvature


@dataclass(frozen=True, eq=False)
class _Fit:
    """A constant and coefficients (k + 1,), with the curvature that was last computed on the way to them and the log-odds (n,) it is of."""

    found: Floats
    curvature: Floats
    of: Floats

    def take(self, columns: NDArray[np.integer]) -> "_Fit":
        """Return the fit with these columns alone."""
        places = np.append(0, columns + 1)
        return _Fit(self.found[places], self.curvature[np.ix_(places, places)], self.of)


def fit_directed(rows: Rows, direction: Floats, ridge: float) -> tuple[float, Floats]:
    """Return intercept and coefficients (k,); columns whose coefficients turn against their direction (k,) are left out.

    One thread works on it: several add up in another order, and the result would hang on the number of cores.

    Parameters
    ----------
    direction
        1 or -1 of a column that pushes in no other; 0 of one that may push in both.
    ridge
        Penalty of a squared coefficient, twice over.
    """
    from threadpoolctl import threadpool_limits  # a service loads this module, and is installed without it

    used = np.arange(rows.columns.shape[1])
    rate = float(np.clip(np.average(rows.y, weights=rows.weight), 1e-6, 1 - 1e-6))
    base = float(np.log(rate / (1 - rate)) - np.average(rows.level, weights=rows.weight))
    found, left = np.append(base, np.zeros(len(used))), rows
    with threadpool_limits(1, "blas"):
        last = _least(left, ridge, found)
        while (wrong := last.found[1:] * direction[used] < 0).any():
            right = np.flatnonzero(~wrong)
            used, left, last = used[right], left.take(right), last.take(right)
            last = _least(left, ridge, last.found, last)
    coefficients = np.zeros(rows.columns.shape[1])
    coefficients[used] = last.found[1:]
    return float(last.found[0]), coefficients


def _least(rows: Rows, ridge: float, found: Floats, last: _Fit | None = None) -> _Fit:
    """Return the constant and coefficients that have the least penalised log loss, searched from `found` (k + 1,) on.

    A step that does not lower it is halved until it does: where columns say nearly the same, whole Newton steps swing ever further.
    """
    penalty = np.full(len(found), ridge)
    penalty[0] = 0.0
    margin = rows.level + found[0] + rows.sums(found[1:])
    lost = rows.loss(margin, found, penalty)
    of, curvature = (margin, rows.curvature(expit(margin))) if last is None else (last.of, last.curvature)
    for _ in range(STEPS):
        p = expit(margin)
        if _moved(margin, of, rows.weight) > STALE:
            of, curvature = margin, rows.curvature(p)
        change = np.asarray(
            np.linalg.solve(curvature + np.diag(penalty + 1e-9), rows.gradient(p) - penalty * found), np.float64
        )
        moved = change[0] + rows.sums(change[1:])
        share = 1.0
        while share > LEAST_SHARE:
            now = rows.loss(margin + share * moved, found + share * change, penalty)
            if now <= lost:
                break
            share /= 2
        else:
            break
        found, margin, lost = found + share * change, margin + share * moved, now
        if share * np.abs(change).max() < CLOSE_ENOUGH:
            break
    return _Fit(found, curvature, of)


def _moved(margin: Floats, before: Floats, weight: Floats) -> float:
    return float(np.sqrt(np.average((margin - before) ** 2, weights=weight)))

"""How far one column alone tells won leads from others, each judged by what became of the other leads only."""

from dataclasses import dataclass

import numpy as np

from features.leaks.coding import Coded
from features.leaks.labels import FOLDS, Fates
from features.records.history import Floats, Integers

PRIOR_LEADS = 10.0
"""The rate of each value is drawn to that of all leads by the weight of so many, so that rare values claim nothing."""
SURE = 2.0
"""Standard errors by which a figure must pass a limit."""


@dataclass(frozen=True, eq=False)
class Univariate:
    """What a column knows by itself; m settled leads.

    Attributes
    ----------
    ranks, ranks_at_least
        Share of the pairs of a won and a not won lead of the same stretch of time that it puts in the right order
        (ROC AUC within stretches; 0.5 is chance), and its lower bound.
    explains, explains_at_least
        Share of the uncertainty about the outcome that it removes (mutual information over the outcome's entropy, 1 for a
        copy), and its lower bound.
    margin
        Log-odds (m,) that it adds to those of all leads.
    """

    ranks: float
    ranks_at_least: float
    explains: float
    explains_at_least: float
    margin: Floats


def read_alone(coded: Coded, fates: Fates) -> Univariate:
    """Return what a column knows by itself."""
    y, code, fold = fates.y, coded.code[fates.settled], fates.fold[fates.settled]
    rate, base = _rates(code, fold, y)
    ranks = auc_within(rate, y, fates.stretch[fates.settled])
    gained, uncertain = _loss(base, y) - _loss(rate, y), _loss(base, y).mean()
    explains = gained.mean() / uncertain
    error = gained.std() / np.sqrt(len(y)) / uncertain
    return Univariate(
        ranks,
        ranks - SURE * _auc_error(ranks, y),
        float(explains),
        float(explains - SURE * error),
        np.log(rate / (1 - rate)) - np.log(base / (1 - base)),
    )


def _rates(code: Integers, fold: Integers, y: Floats) -> tuple[Floats, Floats]:
    """Return for each lead the win rate of its value, and of all leads, in the folds that it is not in."""
    width = int(code.max(initial=0)) + 1
    cell = fold.astype(np.int64) * width + code
    leads = np.bincount(cell, minlength=FOLDS * width).reshape(FOLDS, width)
    won = np.bincount(cell, weights=y, minlength=FOLDS * width).reshape(FOLDS, width)
    leads, won = leads.sum(axis=0) - leads, won.sum(axis=0) - won
    base = (won.sum(axis=1) + 1) / (leads.sum(axis=1) + 2)
    rate = (won + PRIOR_LEADS * base[:, None]) / (leads + PRIOR_LEADS)
    return rate[fold, code], base[fold]


def auc_within(score: Floats, y: Floats, stretch: Integers) -> float:
    """Return the ROC AUC over pairs of the same stretch; 0.5 without one.

    Examples
    --------
    >>> one = np.zeros(4, np.int32)
    >>> auc_within(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0]), one)
    1.0
    """
    order = np.lexsort((score, stretch))
    score, y, stretch = score[order], y[order], stretch[order]
    first = np.flatnonzero(np.append(True, (np.diff(score) != 0) | (np.diff(stretch) != 0)))
    size = np.diff(np.append(first, len(y)))
    rank = np.repeat(first + (size + 1) / 2, size)
    start = np.searchsorted(stretch, np.arange(stretch[-1] + 1))
    won = np.bincount(stretch, weights=y)
    lost = np.bincount(stretch) - won
    above = np.bincount(stretch, weights=(rank - start[stretch]) * y) - won * (won + 1) / 2
    pairs = float((won * lost).sum())
    return float(above.sum() / pairs) if pairs else 0.5


def _auc_error(auc: float, y: Floats) -> float:
    """Return the standard error of a ROC AUC (Hanley and McNeil 1982)."""
    won, lost = y.sum(), len(y) - y.sum()
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (won - 1) * (q1 - auc**2) + (lost - 1) * (q2 - auc**2)
    return float(np.sqrt(variance / (won * lost)))


def _loss(p: Floats, y: Floats) -> Floats:
    loss: Floats = -np.log(np.where(y > 0, p, 1 - p))
    return loss

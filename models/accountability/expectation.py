"""What could be expected of leads as they came in: what reps and sources are held against.

Two expectations serve two questions, and neither may rest on what it is to clear or to blame.

*By answers*: what a lead said when it came in, and nothing else. Track records of channels are left out, as they fall when fewer leads are closed,
whoever is the reason: an expectation that holds them clears every closer of every fall.

*Of closers*: a lead's answers, and how its channels and its quarter closed for other reps. A rep's own outcomes have no part in what is
expected of the rep's leads.

Both are cross-fitted: nobody's own outcomes set what is expected of them.

Source: cross-fitting, Chernozhukov et al. 2018; target encoding out of fold, Micci-Barreca 2001.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import cpu_count
from numpy.typing import NDArray
from scipy.special import logit

from features.matrix.matrix import Matrix, catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.history import Floats, Strings, creations
from models.accountability.record import LeadsAsOf, Mask
from models.baselines.logistic import Logistic

Codes = NDArray[np.int64]

FOLDS = 4
MAX_LEARNED = 30_000
"""Leads that a fold learns from: more would change the expectation by less than luck does."""
MIN_WON = 20
"""Of fewer wins, or fewer leads not won, an expectation is the rate of all."""
PRIOR_LEADS = 20.0
"""The rate of a channel's value is drawn toward the rate of all by so many leads."""
SURE = 2.0
"""Standard errors by which answers must foretell better than the rate of all before anything is said to follow from them."""


@dataclass(frozen=True)
class Promise:
    """What leads promise by their own answers.

    Attributes
    ----------
    probability
        Of being won within the horizon (n,).
    tells
        Whether answers foretell outcomes here at all: better than the rate of all, by more than chance.
    """

    probability: Floats
    tells: bool


def expected_by_answers(record: LeadsAsOf) -> Floats:
    """Return the probability (n,) that each lead is won within the horizon, by its own answers alone, wherever it came from."""
    return promised(record, np.ones(len(record.won), np.bool_)).probability


def promised(record: LeadsAsOf, learned: Mask) -> Promise:
    """Return what leads promise by their answers, as a model of some of them (n,) has it.

    Leads that the model learned from are told by what became of the others of them; all others by the mean of the folds' models.
    """
    X, won = _answers(record), record.won.astype(np.float64)
    fold = _folds(record.history.leads.lead_id)
    known = record.matured & learned
    by_fold = np.stack([_fitted(X, won, np.flatnonzero(known & (fold != part)))(X) for part in range(FOLDS)])
    probability = np.where(learned, by_fold[fold, np.arange(len(won))], by_fold.mean(axis=0))
    return Promise(probability, _tells(probability[known], won[known]))


def _tells(probability: Floats, won: Floats) -> bool:
    """Return whether probabilities foretell outcomes (m,) better than their rate, by more than chance."""
    if not 0 < won.sum() < len(won):
        return False
    rate = won.mean()
    gain = _log_loss(np.full(len(won), rate), won) - _log_loss(probability, won)
    return bool(gain.mean() > SURE * gain.std() / np.sqrt(len(gain)))


def _log_loss(probability: Floats, won: Floats) -> Floats:
    return -np.log(np.where(won > 0, probability, 1 - probability))


def expected_of_closers(record: LeadsAsOf, rep: Codes, without: str) -> Floats:
    """Return the probability (n,) that each lead is won, by its answers and by how its channels and its quarter closed for other reps.

    Parameters
    ----------
    rep
        Number of the rep (n,) who works each lead, -1 for nobody.
    without
        The channel that names a rep, which is left out.
    """
    fold = np.where(rep >= 0, rep % FOLDS, FOLDS)
    answers, won = _answers(record), record.won.astype(np.float64)
    groups = _groups(record, without)
    expected = np.empty(len(won))
    for part in np.unique(fold):
        rates = [_rates(record, group, fold, int(part)) for group in groups]
        X = np.column_stack((answers, *rates)).astype(np.float32)
        asked = fold == part
        expected[asked] = _fitted(X, won, np.flatnonzero(record.matured & ~asked))(X[asked])
    return expected


def _groups(record: LeadsAsOf, without: str) -> list[Codes]:
    """Return the quarter of each lead (n,), and of each channel its value, and its value in that quarter."""
    leads = record.history.leads
    month = leads.created_at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    quarter = np.unique(month // 3, return_inverse=True)[1].astype(np.int64)
    values = [
        np.asarray(pd.factorize(column, sort=True, use_na_sentinel=False)[0], np.int64)
        for name, column in leads.channels.items()
        if name != without
    ]
    within = [value * (quarter.max(initial=0) + 1) + quarter for value in values]
    return [quarter, *values, *within]


def _rates(record: LeadsAsOf, group: Codes, fold: Codes, asked: int) -> Floats:
    """Return the log-odds (n,) of the close rate of each lead's group, by the leads of other folds than its own and than the one asked."""
    code = np.unique(group, return_inverse=True)[1]
    shape = (int(code.max(initial=0)) + 1, FOLDS + 1)
    cell = code * (FOLDS + 1) + fold
    won, leads = (
        np.bincount(cell, weight, shape[0] * shape[1]).reshape(shape) for weight in (record.won, record.exposure)
    )
    others_won, others = (
        sums.sum(axis=1)[code] - sums[code, fold] - np.where(fold == asked, 0.0, sums[code, asked])
        for sums in (won, leads)
    )
    rate = np.clip(won.sum() / max(leads.sum(), 1.0), 1e-4, 1 - 1e-4)
    return np.asarray(logit(np.clip((others_won + PRIOR_LEADS * rate) / (others + PRIOR_LEADS), 1e-4, 1 - 1e-4)))


def _folds(lead_id: Strings) -> Codes:
    """Return a fold for each lead (n,), by its id: the same in any order of leads, and whatever their times are rounded to."""
    return (pd.util.hash_array(lead_id) % FOLDS).astype(np.int64)


def _answers(record: LeadsAsOf) -> Matrix:
    """Return the features (n, f) of what each lead said when it came in."""
    history = record.history
    columns = [
        column
        for column, feature in enumerate(catalogue(history.schema))
        if feature.subject in history.schema.answers and feature.measure != "answer_age"
    ]
    matrix = feature_matrix(history, creations(history), fit_target_statistics(history), cpu_count())
    return matrix[:, columns]


def _thinned(rows: Codes) -> Codes:
    """Return so few rows as are enough, evenly over time."""
    return rows[:: max(-(-len(rows) // MAX_LEARNED), 1)]


def _fitted(X: Matrix, won: Floats, rows: Codes) -> Callable[[Matrix], Floats]:
    """Return what is expected by what these rows became, the rate of all where they are too few."""
    wins = float(won[rows].sum())
    if min(wins, len(rows) - wins) < MIN_WON or not X.shape[1]:
        rate = (wins + 0.5) / (len(rows) + 1)
        return lambda asked: np.full(len(asked), rate)
    rows = _thinned(rows)
    return Logistic(X[rows], won[rows], np.ones(len(rows))).predict

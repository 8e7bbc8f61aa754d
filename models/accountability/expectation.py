"""What could be expected of leads as they came in, whoever works them: the yardstick that reps are held against.

The expectation knows a lead's answers and the record of its channels at its creation, never who brought it, who worked it or what
happened since. It is cross-fitted: nobody's own outcomes set what is expected of them.

Source: cross-fitting, Chernozhukov et al. 2018.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from joblib import cpu_count
from numpy.typing import NDArray

from features.feature import EVERYONE
from features.history import Floats, Strings, creations
from features.matrix import Matrix, catalogue, feature_matrix
from features.track_record import keep_books
from models.accountability.record import Record
from models.baselines.logistic import Logistic

FOLDS = 4
MOST = 30_000
"""Leads that a fold learns from: more would change the expectation by less than luck does."""
FEWEST_WON = 20


def expected_of_reps(record: Record, rep: NDArray[np.int64], without: str) -> Floats:
    """Return the probability (n,) that each lead is won within the horizon, by its answers and the record of its channels.

    Parameters
    ----------
    rep
        Number of the rep (n,) who works each lead, -1 for nobody.
    without
        The channel that names a rep, which is left out.
    """
    channels = {EVERYONE, *record.history.schema.channels} - {without}
    return _expected(record, np.where(rep >= 0, rep % FOLDS, FOLDS), channels)


def expected_by_answers(record: Record) -> Floats:
    """Return the probability (n,) that each lead is won within the horizon, by its own answers alone, wherever it came from."""
    return _expected(record, _folds(record.history.leads.lead_id), set())


def _folds(lead_id: Strings) -> NDArray[np.int64]:
    """Return a fold for each lead (n,), by its id: the same in any order of leads, and whatever their times are rounded to."""
    return (pd.util.hash_array(lead_id) % FOLDS).astype(np.int64)


def _expected(record: Record, fold: NDArray[np.int64], channels: set[str]) -> Floats:
    """Return what is expected of the leads of each fold by what became of the others."""
    X = _known_at_creation(record, channels)
    won = record.won.astype(np.float64)
    expected = np.empty(len(won))
    for part in np.unique(fold):
        others = np.flatnonzero(record.matured & (fold != part))
        asked = np.flatnonzero(fold == part)
        expected[asked] = _fitted(X, won, _thinned(others))(X[asked])
    return expected


def _known_at_creation(record: Record, channels: set[str]) -> Matrix:
    history = record.history
    known = [
        column
        for column, feature in enumerate(catalogue(history.schema))
        if feature.subject in channels or feature.subject in history.schema.answers
    ]
    matrix = feature_matrix(history, creations(history), keep_books(history), cpu_count())
    return matrix[:, known]


def _thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return so few rows as are enough, evenly over time."""
    return rows[:: max(-(-len(rows) // MOST), 1)]


def _fitted(X: Matrix, won: Floats, rows: NDArray[np.int64]) -> Callable[[Matrix], Floats]:
    """Return what is expected by what these rows became, the rate of all where they are too few."""
    wins = float(won[rows].sum())
    if min(wins, len(rows) - wins) < FEWEST_WON:
        return lambda asked: np.full(len(asked), wins / max(len(rows), 1))
    return Logistic(X[rows], won[rows], np.ones(len(rows))).predict

"""Labels of open leads from hazards: by what a lead is like, how soon such leads are won and lost, period by period.

Where what a lead says also tells when it ends, one curve of times for all leads is wrong: of bookings for next summer none is kept this
spring, whatever the share that is kept in the end. A hazard learns the time from the lead itself. It uses leads that are still open,
as far as they have been watched, and assumes nothing of those that have ended.

Source: discrete-time survival with competing ends, Tutz & Schmid 2016, "Modeling Discrete Time-to-Event Data", chapter 8.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.booster import Booster, binned, labelled
from models.close.settings import BoosterSettings
from training.samples.moments import Labels

PERIODS = 8
"""Periods between quantiles of the time to a known win: each holds about as many wins."""
MAX_ROWS = 60_000
"""Rows, a moment and a period each, that hazards are learned from: more cost more time than they gain."""
ROUNDS = 50
TREES = BoosterSettings(
    learning_rate=0.1, num_leaves=15, max_depth=6, random_thresholds=False, feature_fraction=0.7, smoothing=0.0
)
"""Larger than those of the model: what a lead is like and the time that has passed matter together."""
PERIOD = Feature("period", "lead_age", "period", "source", "")
"""The column beside those of the catalogue; nothing but its place is used."""


@dataclass(frozen=True)
class Hazards:
    """How likely leads that are open at the start of a period are won, and lost, within it.

    Attributes
    ----------
    edges
        Microseconds (k + 1,) since the moment: bounds of the periods, the first 0.
    won, lost
        Trees over the features and the number of the period.
    """

    edges: NDArray[np.int64]
    won: Booster
    lost: Booster

    def yet_won(self, X: Matrix, elapsed: NDArray[np.int64], window: NDArray[np.int64]) -> Floats:
        """Return the chance (n,) that leads (n, f) which are open after so long will be won within their windows."""
        is_open, chance = np.ones(len(X)), np.zeros(len(X))
        for period, (start, end) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            left = np.clip((np.minimum(end, window) - np.maximum(start, elapsed)) / (end - start), 0.0, 1.0)
            rows = np.flatnonzero(left > 0)
            if not len(rows):
                continue
            columns = _with_period(X[rows], np.full(len(rows), period))
            won, lost = self.won.probability(columns), self.lost.probability(columns)
            scale = left[rows] / np.maximum(won + lost, 1.0)
            chance[rows] += is_open[rows] * won * scale
            is_open[rows] *= 1.0 - (won + lost) * scale
        return chance


def hazards(features: tuple[Feature, ...], X: Matrix, labels: Labels, elapsed: NDArray[np.int64]) -> Hazards | None:
    """Learn hazards from moments (n, f) that are so old (n,) at the cut-off; None where no win is known.

    A period counts only where it has passed whole by the cut-off, also if the lead ended within it: else the ends that come first
    would be counted before the others have had time to come.
    """
    known = labels.determined
    wins = labels.determined_after[known & labels.won]
    if not len(wins):
        return None
    quantiles = np.quantile(wins, np.linspace(0, 1, PERIODS + 1)[1:-1], method="lower")
    edges = np.unique(np.concatenate(([0], quantiles, [int(labels.window.max())])).astype(np.int64))
    moment, period = _watched(labels, elapsed, edges)
    ended_in = known[moment] & (labels.determined_after[moment] <= edges[period + 1])
    within = labels.determined_after[moment] < labels.window[moment]
    won, lost = ended_in & labels.won[moment], ended_in & ~labels.won[moment] & within
    if not won.any():
        return None
    columns = _with_period(X[moment], period)
    undirected = (*(replace(feature, direction=0) for feature in features), PERIOD)
    weight = np.ones(len(moment))
    bins = binned(columns, weight, weight, undirected, fewest=TREES.min_leads_in_leaf)
    return Hazards(
        edges,
        *(
            Booster.grown(TREES, undirected, labelled(bins, of.astype(np.float64), weight), ROUNDS)
            for of in (won, lost)
        ),
    )


def _watched(
    labels: Labels, elapsed: NDArray[np.int64], edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return moments and periods, (m,) each: the lead was open at the period's start, which has passed whole."""
    start, end = edges[:-1], np.minimum(edges[1:], labels.window[:, None])
    still_open = (labels.determined_after[:, None] > start) | ((start == 0) & (labels.determined_after[:, None] >= 0))
    moment, period = np.nonzero(still_open & (start < end) & (elapsed[:, None] >= end))
    step = -(-len(moment) // MAX_ROWS)
    return moment[::step], period[::step]


def _with_period(X: Matrix, period: NDArray[np.int64]) -> Matrix:
    return np.column_stack((X, period)).astype(np.float32)

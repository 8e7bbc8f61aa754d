"""From moments to samples: rows of a dataset with labels and weights, as known at a cut-off."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray

from features.feature import Feature
from features.history import Floats, History, Moments, creations
from features.matrix import Matrix, catalogue, feature_matrix
from features.track_record import Books, keep_books
from models.close.booster import Booster
from training.moments import Labels, labels_known_at, lead_weights, moments_at_ages, training_weights
from training.settings import TrainingSettings

EXPECTATION_STEPS = 2


@dataclass(frozen=True)
class Dataset:
    """A history with its moments and their features; a moment's row is the same whatever was recorded later."""

    history: History
    moments: Moments
    X: Matrix
    books: Books

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of X."""
        return catalogue(self.history.schema)

    @cached_property
    def at_creation(self) -> Matrix:
        """Features of each lead at its creation."""
        return feature_matrix(self.history, creations(self.history), self.books, cpu_count())


@dataclass(frozen=True)
class Sample:
    """Rows of a dataset with their labels and weights, as known at a cut-off.

    Attributes
    ----------
    rows
        Positions (n,) in the dataset.
    y
        Labels (n,): 1 if won within the horizon, 0 if not; in training, between them what is expected of an open lead.
    weight
        Weights (n,) that count leads.
    """

    rows: NDArray[np.int64]
    y: Floats
    weight: Floats

    def arrays(self, X: Matrix) -> tuple[Matrix, Floats, Floats]:
        """Return (X, y, sample_weight)."""
        return X[self.rows], self.y, self.weight

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Sample":
        """Return the part at these positions, weighted as before."""
        return Sample(self.rows[rows], self.y[rows], self.weight[rows])


def prepare(history: History, settings: TrainingSettings) -> Dataset:
    """Lay out every moment of a history with its features."""
    moments = moments_at_ages(history, settings.ages_days, history.known_until)
    books = keep_books(history)
    return Dataset(history, moments, feature_matrix(history, moments, books, cpu_count()), books)


def matured_sample(dataset: Dataset, settings: TrainingSettings, after: int, cutoff: int) -> Sample:
    """Return the moments later than `after` that had matured by a cut-off; every lead weighs the same."""
    labels = labels_known_at(dataset.history, dataset.moments, cutoff, settings.settling_days)
    rows = np.flatnonzero((dataset.moments.as_of > after) & labels.matured & ~labels.over)
    return Sample(rows, labels.won[rows].astype(np.float64), lead_weights(dataset.moments.take(rows)))


def training_sample(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> tuple[Sample, float]:
    """Return what can be learned from at a cut-off, and the share of determined moments whose weight was cut."""
    rows = np.flatnonzero(dataset.moments.as_of <= cutoff)
    labels = labels_known_at(dataset.history, dataset.moments.take(rows), cutoff, settings.settling_days)
    rows, labels = rows[~labels.over], labels.take(~labels.over)
    moments = dataset.moments.take(rows)
    won = labels.won.astype(np.float64)
    match settings.undetermined:
        case "expected":
            y = _expected_labels(dataset, settings, rows, labels)
            return Sample(rows, y, lead_weights(moments)), 0.0
        case "weighted":
            weights = training_weights(moments, labels, cutoff, settings.most_weight)
            keep = labels.determined
            return Sample(rows[keep], won[keep], weights.weight[keep]), weights.clipped
        case "left_out":
            keep = labels.matured
            return Sample(rows[keep], won[keep], lead_weights(moments.take(keep))), 0.0


def _expected_labels(dataset: Dataset, settings: TrainingSettings, rows: NDArray[np.int64], labels: Labels) -> Floats:
    """Return labels (n,) in which an undetermined moment holds the probability that it will yet be won in time.

    A lead that would be won with probability p, and is still open at u, will be won with probability
    p (1 - F(u)) / (p (1 - F(u)) + (1 - p) (1 - G(u))), where F and G tell how soon leads that are won, and leads that are not,
    were determined; both are taken from matured moments. p comes from a model trained on the matured moments, then
    from one trained on the labels so expected: two steps of expectation and maximisation.

    Leaving open leads out and weighting the others up is right on average over time, but not at each time: of the latest leads only
    those that closed early are known, and a feature that moves with time then learns that late leads close.

    Source: the missing labels as in Chapelle 2014, "Modeling delayed feedback in display advertising", with free curves.
    """
    y = labels.won.astype(np.float64)
    unknown = np.flatnonzero(~labels.determined)
    matured = labels.take(labels.matured)
    if not len(unknown) or not matured.won.any() or matured.won.all():
        return y
    elapsed = labels.determined_after[unknown]
    still_open_if_won = _share_later(matured.determined_after[matured.won], elapsed)
    still_open_if_not = _share_later(matured.determined_after[~matured.won], elapsed)
    known = np.flatnonzero(labels.matured)
    for step in range(EXPECTATION_STEPS):
        used = known if step == 0 else np.arange(len(rows))
        X = dataset.X[rows[used]]
        weight = lead_weights(dataset.moments.take(rows[used]))
        booster = Booster.fit(settings.booster, dataset.features, X, y[used], weight, settings.booster.cautious_rounds)
        p = booster.probability(dataset.X[rows[unknown]])
        yet_won = p * still_open_if_won
        y[unknown] = yet_won / np.maximum(yet_won + (1 - p) * still_open_if_not, np.finfo(float).tiny)
    return y


def _share_later(times: NDArray[np.int64], limits: NDArray[np.int64]) -> Floats:
    """Return for each limit the share of times that lie after it."""
    return 1.0 - np.searchsorted(np.sort(times), limits, side="right") / len(times)

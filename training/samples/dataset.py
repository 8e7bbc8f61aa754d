"""From moments to samples: rows of a dataset with labels and weights, as known at a cut-off."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix, catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.matrix.track_record import TargetStatistics
from features.records.history import Floats, History, Moments, creations
from models.close.booster import Booster
from training.samples.binned_rows import BinnedRows
from training.samples.hazard import hazards
from training.samples.moments import Labels, labels_known_at, moment_weights, moments_at_ages
from training.samples.thinning import ENOUGH_LEARNED, draws, thinned
from training.settings import TrainingSettings

EXPECTATION_STEPS = 2


@dataclass(frozen=True)
class Dataset:
    """A history with its moments and their features; a moment's row is the same whatever was recorded later."""

    history: History
    moments: Moments
    X: Matrix
    books: TargetStatistics

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of X."""
        return catalogue(self.history.schema)

    @cached_property
    def at_creation(self) -> Matrix:
        """Features of each lead at its creation."""
        return feature_matrix(self.history, creations(self.history), self.books, cpu_count())

    @cached_property
    def draw(self) -> Floats:
        """By which number (n,) from 0 to 1 each moment is drawn where some are left out."""
        return draws(self.history.leads.lead_id, self.moments)

    def binned(self, cutoff: int, settings: TrainingSettings) -> BinnedRows:
        """Return the rows of moments until a cut-off in bins.

        No later moment tells where a bin ends, and none whose lead is known to have ended before it: nobody would be scored then.
        """
        rows = np.flatnonzero(self.moments.as_of <= cutoff)
        over = labels_known_at(self.history, self.moments.take(rows), cutoff, settings.settling_days).over
        return BinnedRows(self.X, rows, ~over, self.features, settings.booster.min_leads_in_leaf)

    def thinned(self, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        """Return the places, in rows (n,), of so many of them; all where there are no more."""
        return np.arange(len(rows)) if len(rows) <= most else thinned(self.draw[rows], most)


def _no_leads() -> NDArray[np.int32]:
    return np.empty(0, np.int32)


def _none_won() -> NDArray[np.bool_]:
    return np.empty(0, np.bool_)


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
        Weights (n,): all the same, and together the number of leads.
    leads, won
        The leads (m,) that had moments before some were left out, and which of them were won after one: with fewer moments there are no
        fewer leads. None where nothing was left out.
    """

    rows: NDArray[np.int64]
    y: Floats
    weight: Floats
    leads: NDArray[np.int32] = field(default_factory=_no_leads)
    won: NDArray[np.bool_] = field(default_factory=_none_won)

    def arrays(self, X: Matrix) -> tuple[Matrix, Floats, Floats]:
        """Return (X, y, sample_weight)."""
        return X[self.rows], self.y, self.weight

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Sample":
        """Return the part at these positions, weighted as before."""
        return Sample(self.rows[rows], self.y[rows], self.weight[rows])

    def of_leads(self, dataset: Dataset, is_in: NDArray[np.bool_]) -> "Sample":
        """Return the part of some leads, by a mask of all, weighted as before."""
        kept = is_in[self.leads]
        return replace(self.take(is_in[dataset.moments.lead[self.rows]]), leads=self.leads[kept], won=self.won[kept])

    def thinned(self, dataset: Dataset, most: int) -> "Sample":
        """Return so many of the moments, which weigh as much as all together did; all where there are no more."""
        kept = dataset.thinned(self.rows, most)
        if len(kept) == len(self.rows):
            return self
        weight = self.weight[kept] * (len(self.rows) / len(kept))
        return Sample(self.rows[kept], self.y[kept], weight, *_ends(*self._leads_and_won(dataset)))

    def lead_count(self, dataset: Dataset) -> int:
        """Return how many leads it tells of, with those of which no moment is left."""
        return sum(self.won_and_not(dataset))

    def won_and_not(self, dataset: Dataset) -> tuple[int, int]:
        """Return how many leads were won, and how many were not, with those of which no moment is left."""
        return won_and_not(*self._leads_and_won(dataset))

    def _leads_and_won(self, dataset: Dataset) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        lead = dataset.moments.lead[self.rows]
        return np.concatenate([lead, self.leads]), np.concatenate([self.y > 0.5, self.won])


def _ends(lead: NDArray[np.int32], won: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return each lead of moments (n,) once, and whether it was won after one of them."""
    leads, at = np.unique(lead, return_inverse=True)
    return leads, np.bincount(at, won, len(leads)) > 0


Sampler = Callable[[Dataset, TrainingSettings, int], Sample]
"""What can be learned from at a cut-off."""


def drawn_once(sampler: Sampler) -> Sampler:
    """Return a sampler that draws the same sample once: labels of open leads take trees of their own.

    The settings may differ in how open leads are learned from, and in nothing else.
    """
    drawn: dict[tuple[str, int], Sample] = {}

    def once(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> Sample:
        asked = (settings.undetermined, cutoff)
        if asked not in drawn:
            drawn[asked] = sampler(dataset, settings, cutoff)
        return drawn[asked]

    return once


def sharing(sampler: Sampler, bins: BinnedRows) -> Sampler:
    """Return a sampler that takes the rows it grows trees on out of bins, if it is one that grows any."""
    return partial(training_sample, bins=bins) if sampler is training_sample else sampler


def prepare(history: History, settings: TrainingSettings) -> Dataset:
    """Lay out every moment of a history with its features."""
    moments = moments_at_ages(history, settings.ages_days, history.known_until)
    books = fit_target_statistics(history)
    return Dataset(history, moments, feature_matrix(history, moments, books, cpu_count()), books)


def matured_sample(dataset: Dataset, settings: TrainingSettings, after: int, cutoff: int) -> Sample:
    """Return the moments later than `after` that had matured by a cut-off."""
    labels = labels_known_at(dataset.history, dataset.moments, cutoff, settings.settling_days)
    rows = np.flatnonzero((dataset.moments.as_of > after) & labels.counted)
    return Sample(rows, labels.won[rows].astype(np.float64), moment_weights(dataset.moments.take(rows)))


def training_sample(
    dataset: Dataset, settings: TrainingSettings, cutoff: int, bins: BinnedRows | None = None
) -> Sample:
    """Return what can be learned from at a cut-off; where the settings leave open how, the usual way.

    Where there are many moments, some are drawn.

    Parameters
    ----------
    bins
        The dataset's rows in bins, where they have been cut for more than this sample.
    """
    bins = bins or dataset.binned(cutoff, settings)
    rows = np.flatnonzero(dataset.moments.as_of <= cutoff)
    labels = labels_known_at(dataset.history, dataset.moments.take(rows), cutoff, settings.settling_days)
    used = labels.matured & ~labels.over if settings.undetermined == "left_out" else ~labels.over
    rows, labels = rows[used], labels.take(used)
    every, all_labels = dataset.moments.take(rows), labels
    kept = dataset.thinned(rows, most_learned(settings, len(np.unique(every.lead))))
    rows, labels = rows[kept], labels.take(kept)
    weight = moment_weights(every, len(rows))
    match settings.undetermined:
        case "expected" | "chosen":
            matured = moment_weights(every.take(np.flatnonzero(all_labels.matured)), int(labels.matured.sum()))
            y = _expected_labels(dataset, settings, rows, labels, (matured, weight), bins)
        case "hazard":
            y = _hazard_labels(dataset, rows, labels, cutoff)
        case "left_out":
            y = labels.won.astype(np.float64)
    if len(rows) == len(every):
        return Sample(rows, y, weight)
    return Sample(rows, y, weight, *_ends(every.lead, all_labels.won))


def most_learned(settings: TrainingSettings, leads: int) -> int:
    """Return how many moments of so many leads are learned from at most."""
    return max(ENOUGH_LEARNED, round(settings.moments_a_lead * leads))


def _expected_labels(
    dataset: Dataset,
    settings: TrainingSettings,
    rows: NDArray[np.int64],
    labels: Labels,
    weights: tuple[Floats, Floats],
    bins: BinnedRows,
) -> Floats:
    """Return labels (n,) in which an undetermined moment holds the probability that it will yet be won in time.

    A lead that would be won with probability p, and is still open at u, will be won with probability
    p (1 - F(u)) / (p (1 - F(u)) + (1 - p) (1 - G(u))), where F and G tell how soon leads that are won, and leads that are not,
    were determined; both are taken from matured moments. Where leads have days of their own, "how soon" is a share of the time that there was. p comes from a model trained on the matured moments, then
    from one trained on the labels so expected: two steps of expectation and maximisation.

    Leaving open leads out and weighting the others up is right on average over time, but not at each time: of the latest leads only
    those that closed early are known, and a feature that moves with time then learns that late leads close.

    `weights` are those of the matured moments, and of all (n,), for the two steps.

    Source: the missing labels as in Chapelle 2014, "Modeling delayed feedback in display advertising", with free curves.
    """
    y = labels.won.astype(np.float64)
    unknown = np.flatnonzero(~labels.determined)
    matured = labels.take(labels.matured)
    if not len(unknown) or not matured.won.any() or matured.won.all():
        return y
    elapsed = _share_passed(labels)[unknown]
    still_open_if_won = _share_later(_share_passed(matured)[matured.won], elapsed)
    still_open_if_not = _share_later(_share_passed(matured)[~matured.won], elapsed)
    known = np.flatnonzero(labels.matured)
    for step in range(EXPECTATION_STEPS):
        used = known if step == 0 else np.arange(len(rows))
        learned = bins.of(rows[used], y[used], weights[step])
        booster = Booster.grown(settings.booster, dataset.features, learned, settings.booster.cautious_rounds)
        p = booster.probability(dataset.X[rows[unknown]])
        yet_won = p * still_open_if_won
        y[unknown] = yet_won / np.maximum(yet_won + (1 - p) * still_open_if_not, np.finfo(float).tiny)
    return y


def _share_passed(labels: Labels) -> Floats:
    """Return the share (n,) of the time in which a lead could be won that had passed when its label was determined."""
    return labels.determined_after / np.maximum(labels.window, 1)


def _hazard_labels(dataset: Dataset, rows: NDArray[np.int64], labels: Labels, cutoff: int) -> Floats:
    """Return labels (n,) in which an undetermined moment holds the probability that it will yet be won, by hazards."""
    y = labels.won.astype(np.float64)
    unknown = np.flatnonzero(~labels.determined)
    elapsed = cutoff - dataset.moments.as_of[rows]
    learned = hazards(dataset.features, dataset.X[rows], labels, elapsed) if len(unknown) else None
    if learned is not None:
        y[unknown] = learned.yet_won(dataset.X[rows[unknown]], elapsed[unknown], labels.window[unknown])
    return y


def _share_later(times: Floats, limits: Floats) -> Floats:
    """Return for each limit the share of times that lie after it."""
    return 1.0 - np.searchsorted(np.sort(times), limits, side="right") / len(times)


def won_and_not(lead: NDArray[np.integer], won: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many leads were won after at least one of their moments (n,), and how many were not."""
    of_won = len(np.unique(lead[won]))
    return of_won, len(np.unique(lead)) - of_won

"""Which labels open leads get is chosen inside the past: another way than the usual one only where it is better by more than chance."""

from functools import partial
from typing import Literal, get_args

import numpy as np

from features.records.history import Floats
from models.close.booster import Booster
from training.samples.binned_rows import BinnedRows
from training.samples.dataset import Dataset, Sampler
from training.samples.inner_split import InnerSplit, inner_split
from training.settings import TrainingSettings
from training.side_by_side import side_by_side

LabelWay = Literal["expected", "left_out", "hazard"]
USUAL: LabelWay = "expected"
MAX_ROUNDS = 80
"""Trees that each way is compared by: labels differ in level and shape, which the first trees have."""
STANDARD_ERRORS = 2.0
"""By so many another way has to be better: a choice by sign alone makes things worse in histories where all do alike."""


def with_labels(
    dataset: Dataset,
    settings: TrainingSettings,
    middle: int,
    cutoff: int,
    sampler: Sampler,
    bins: BinnedRows | None = None,
) -> TrainingSettings:
    """Return settings that name how open leads are learned from, chosen with what was known at a cut-off where they leave it open."""
    if settings.undetermined != "chosen":
        return settings
    usual = settings.model_copy(update={"undetermined": USUAL})
    split = inner_split(dataset, usual, middle, cutoff, sampler)
    if not len(split.later.rows):  # nothing has matured by which ways could be told apart
        return usual
    # Other leads of the same time have matured as well: beside them, leaving out those that are still open costs nothing.
    ways = [way for way in get_args(LabelWay) if not (split.by_lead and way == "left_out")]
    rows = bins or dataset.binned(cutoff, settings)

    def lost(way: LabelWay) -> Floats:
        labelled = settings.model_copy(update={"undetermined": way})
        return _losses(dataset, labelled, inner_split(dataset, labelled, middle, cutoff, sampler), rows)

    losses = dict(zip(ways, side_by_side([partial(lost, way) for way in ways]), strict=True))
    lead, weight = dataset.moments.lead[split.later.rows], split.later.weight
    best = min(losses, key=lambda way: float(np.average(losses[way], weights=weight)))
    gain = losses[USUAL] - losses[best]
    mean = float(np.average(gain, weights=weight))
    standard_error = float(np.sqrt(np.sum(np.bincount(lead, weight * (gain - mean)) ** 2)) / weight.sum())
    return settings.model_copy(update={"undetermined": best if mean > STANDARD_ERRORS * standard_error else USUAL})


def _losses(dataset: Dataset, settings: TrainingSettings, split: InnerSplit, bins: BinnedRows) -> Floats:
    """Return the log loss (n,) of the later moments by trees that learned from the early part with such labels; level and all."""
    known, later = split.early, split.later
    if not len(known.rows) or min(known.y.max(), 1 - known.y.min()) < 0.5:
        return np.full(len(later.rows), np.inf)
    few = settings.booster.model_copy(update={"most_rounds": min(MAX_ROUNDS, settings.booster.most_rounds)})
    rows, unseen = (bins.of(of.rows, of.y, of.weight) for of in (known, later))
    margin = Booster.grown_stopping(few, dataset.features, rows, unseen).margin(dataset.X[later.rows])
    return np.logaddexp(0.0, margin) - later.y * margin

"""Offsets in training: what they need to know from it, and what a model would have said that was refreshed every day."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.history import creations
from features.matrix import Matrix
from models.close.model import CloseModel
from models.close.offset import Offset
from models.close.timing import Timing
from training.moments import labels_known_at
from training.samples import Dataset
from training.settings import TrainingSettings


def fresh_offset(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> Offset:
    """Return the offset that a model trained as of a cut-off starts with.

    The values followed are those of the first channel in the settings: channels overlap, and each would answer for the others.
    """
    channel = next(iter(dataset.history.schema.channels), None)
    return Offset.fresh(timing_known_at(dataset, settings, cutoff), channel, cutoff)


def timing_known_at(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> Timing:
    """Return how soon outcomes were recorded after creation, of the leads that had matured by a cut-off."""
    labels = labels_known_at(dataset.history, creations(dataset.history), cutoff, settings.settling_days)
    matured = labels.take(labels.matured)
    days = dataset.history.schema.horizon_days + settings.settling_days
    return Timing.of(matured.won, matured.determined_after, days)


def refreshed_daily(model: CloseModel, dataset: Dataset, rows: NDArray[np.int64], until: int | None = None) -> Matrix:
    """Return the model's matrix for rows (n,) of the dataset, with books and offset as of the day of each moment.

    The features of a dataset are as of each moment anyway; the offset is followed from the model's training on.
    """
    promised = expit(model.calibration(model.booster.margin(dataset.at_creation)))
    offset = model.offset.followed(dataset.history, promised, until)
    return np.hstack((dataset.X[rows], offset.at(dataset.history, dataset.moments.take(rows))))

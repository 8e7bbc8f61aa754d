"""Offsets in training: what they start from, how far they are applied, and what a model would have said that was refreshed."""

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.clock import DAY
from features.records.history import Floats
from models.close.level.cohorts import Cohorts, first_scores
from models.close.level.course import ShiftCourse
from models.close.level.delays import Delays, passed
from models.close.level.guard import Guard
from models.close.level.level_shift import LEVELS, Shifts
from models.close.level.offset import Offset
from models.close.level.trust import Judged, saved, shares
from models.close.model import CloseModel
from training.fitting.tuning import EarlyModel
from training.samples.dataset import Dataset, matured_sample
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

REFRESHING = "refreshing"
"""Tag that says what a version follows of the outcomes that come in."""
MAX_HARM = 0.003
"""Log loss a moment that channels' offsets may cost before they are switched off, if it is more than chance: an insurance has a premium."""


def initial_offset(dataset: Dataset, settings: TrainingSettings, cutoff: int, early: EarlyModel | None) -> Offset:
    """Return the offset of a model that is trained as of a cut-off, before its leads are looked at.

    The values followed are those of the first channel in the settings: channels overlap, and each would answer for the others.
    """
    return Offset.fresh(
        delays_known_at(dataset, settings, cutoff),
        first_channel(dataset),
        cutoff,
        judged(dataset, settings, cutoff, early),
    )


def delays_known_at(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> Delays:
    """Return how long outcomes stayed unknown after the first score, of the leads that had matured by a cut-off."""
    age_days = settings.ages_days[0]
    created_at = dataset.history.leads.created_at[dataset.moments.lead]
    is_first = dataset.moments.as_of == created_at + age_days * DAY
    moments = dataset.moments.take(is_first & (dataset.moments.as_of <= cutoff))
    labels = labels_known_at(dataset.history, moments, cutoff, settings.settling_days)
    labels = labels.take(labels.counted)
    return Delays.of(age_days, settings.settling_days, labels.won, passed(labels.determined_after, labels.window))


def judged(dataset: Dataset, settings: TrainingSettings, cutoff: int, early: EarlyModel | None) -> Guard:
    """Return how far an offset is to be applied, by what it would have been worth to an earlier model until a cut-off.

    The earlier model's leads are followed from its end on as they would have been, and the moments that had matured by the cut-off are
    judged. Where there is no earlier model, or none of before, nothing is known: channels are followed, the level is not.
    """
    if early is None or early.by_lead:
        return Guard()
    later = matured_sample(dataset, settings, early.middle, cutoff)
    if not len(later.rows):
        return Guard()
    history, delays = dataset.history, delays_known_at(dataset, settings, early.middle)
    rows = first_scores(history, dataset.moments, delays)
    rows = rows[dataset.moments.as_of[rows] <= cutoff]
    cohorts = Cohorts.of(
        history, dataset.moments.take(rows), early.margin(dataset.X[rows]), delays, first_channel(dataset)
    )
    course = ShiftCourse.follow(cohorts, early.middle, int(dataset.moments.as_of[later.rows].max()))
    moments = dataset.moments.take(later.rows)
    shifts = course.at(history, moments, first_channel(dataset))
    return guard_of(shifts, early.margin(dataset.X[later.rows]), later.y, moments.as_of // (7 * DAY))


def guard_of(shifts: Shifts, still: Floats, y: Floats, week: NDArray[np.int64]) -> Guard:
    """Return how far shifts are to be applied that later moments (n,) would have had, of log-odds that stand still.

    Parameters
    ----------
    y, week
        What became of each moment, and its calendar week: outcomes of a week have much in common.
    """
    channels = saved(still, still + shifts.group, y, week)
    if (
        channels.harms and -channels.gain > MAX_HARM
    ):  # cohorts told wrongly of channels: nothing is believed of the level either
        return Guard(False, (0.0,) * LEVELS, len(y), len(np.unique(week)), *channels)
    share, level = shares(Judged(still + shifts.group, shifts.level, y, week), np.zeros(LEVELS))
    return Guard(True, tuple(share.tolist()), len(y), len(np.unique(week)), *channels, *level)


def first_channel(dataset: Dataset) -> str | None:
    """Return the channel whose values have offsets: the first in the settings; None if there is none."""
    return next(iter(dataset.history.schema.channels), None)


def refreshed_daily(model: CloseModel, dataset: Dataset, rows: NDArray[np.int64], until: int | None = None) -> Matrix:
    """Return the model's matrix for rows (n,) of the dataset, with books and offset as they would have been at each moment.

    The features of a dataset are as of each moment anyway; the offset is followed from the model's training on.
    """
    fresh = model.followed(dataset.history, dataset.moments, dataset.X, until)
    return fresh.with_offset(dataset.X[rows], dataset.history, dataset.moments.take(rows))

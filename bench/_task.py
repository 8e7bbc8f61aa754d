"""A task of measuring: a history with its settings, and when models are trained to predict what follows."""

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from features.records.clock import to_microseconds
from features.records.history import History, Moments
from training.samples.moments import Labels, labels_known_at, moments_at_ages
from training.settings import TrainingSettings

QUARTER_MONTHS = (1, 4, 7, 10)


class Task(NamedTuple):
    """A history with its settings, and the cut-offs at which models are trained to predict until the next.

    Attributes
    ----------
    cutoffs, end
        Microseconds UTC.
    truth_known
        Whether the truth of every moment is known, so that all are judged, matured or not.
    """

    name: str
    history: History
    settings: TrainingSettings
    cutoffs: list[int]
    end: int
    truth_known: bool = False


def quarters(history: History) -> list[int]:
    """Return the starts of quarters within a history, in microseconds."""
    first, last = history.leads.created_at.min(), history.known_until
    years = range(datetime.fromtimestamp(first / 1e6, UTC).year, datetime.fromtimestamp(last / 1e6, UTC).year + 1)
    starts = [to_microseconds(datetime(year, month, 1, tzinfo=UTC)) for year in years for month in QUARTER_MONTHS]
    return [start for start in starts if first < start < last]


def judged(task: Task) -> tuple[Moments, Labels]:
    """Return the moments on which a task's models are judged, all after its first cut-off, with what became of them."""
    moments = moments_at_ages(task.history, task.settings.ages_days, task.history.known_until)
    labels = labels_known_at(task.history, moments, task.history.known_until, task.settings.settling_days)
    after = (moments.as_of >= task.cutoffs[0]) & (moments.as_of < task.end)
    rows = np.flatnonzero(after & (labels.matured | task.truth_known) & ~labels.over)
    return moments.take(rows), labels.take(rows)

"""What every model says of the moments on which a task is judged, each trained at each cut-off with what was known then."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench._reference import plain_columns, predict_reference
from bench._task import Task
from features.records.clock import DAY
from features.records.history import Floats, Moments
from training.fitting.fit import Fitted, TooFewOutcomesError, fit_close_model
from training.fitting.offsets import refreshed_daily
from training.judging.evaluate import BASE_RATE, CLOSE, NOT_REFRESHED, baselines
from training.samples.dataset import Dataset, prepare
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

REFERENCE = "reference"
__all__ = ["BASE_RATE", "CLOSE", "NOT_REFRESHED", "REFERENCE", "Forecast", "forecast"]

Rows = NDArray[np.int64]
Choice = Callable[[Moments, Rows], Rows]
"""Which of the moments that can be judged are: all, or a part where judging one costs."""


class Forecast(NamedTuple):
    """What models said of a task's moments, n rows.

    Attributes
    ----------
    rows, lead, as_of, age_days
        Position of each moment in the dataset, its lead, its time, and the age (n,) of its lead in whole days.
    won
        What became of it.
    probability
        By model, probabilities (n,).
    seconds
        What the trainings of the served model took of a processor, one a cut-off.
    wins
        Leads that were on record as won at the first cut-off.
    tuning
        What each training found inside its past about how to learn, as plain values.
    """

    rows: Rows
    lead: NDArray[np.int32]
    as_of: Rows
    age_days: Rows
    won: Floats
    probability: Mapping[str, Floats]
    seconds: list[float]
    wins: int
    tuning: list[dict[str, Any]]


def forecast(task: Task, choice: Choice = lambda _, rows: rows, parts_alone: bool = False) -> Forecast:
    """Train at each cut-off, and predict until the next; a period before which nothing was decided is left out."""
    dataset = prepare(task.history, task.settings)
    columns = plain_columns(task.history, dataset.moments)
    labels = labels_known_at(task.history, dataset.moments, task.history.known_until, task.settings.settling_days)
    judged = ~labels.over & (labels.matured | task.truth_known)
    parts: list[tuple[Rows, dict[str, Floats]]] = []
    seconds: list[float] = []
    tuning: list[dict[str, Any]] = []
    for start, end in zip(task.cutoffs, [*task.cutoffs[1:], task.end], strict=True):
        as_of = dataset.moments.as_of
        rows = choice(dataset.moments, np.flatnonzero(judged & (as_of >= start) & (as_of < end)))
        if len(rows) and (said := _of_models(dataset, task.settings, rows, start, end)) is not None:
            probability, fitted, took = said
            probability[REFERENCE] = predict_reference(task, dataset.moments, columns, start, rows)
            if parts_alone:
                probability |= _parts_alone(dataset, task.settings, rows, start)
            parts.append((rows, probability))
            seconds.append(took)
            tuning.append(fitted.tuning.to_json())
    rows = np.concatenate([rows for rows, _ in parts])
    moments = dataset.moments.take(rows)
    age = (moments.as_of - task.history.leads.created_at[moments.lead]) // DAY
    probability = {name: np.concatenate([said[name] for _, said in parts]) for name in parts[0][1]}
    return Forecast(
        rows,
        moments.lead,
        moments.as_of,
        age,
        labels.won[rows].astype(np.float64),
        probability,
        seconds,
        _wins(task),
        tuning,
    )


def _of_models(
    dataset: Dataset, settings: TrainingSettings, rows: Rows, start: int, end: int
) -> tuple[dict[str, Floats], Fitted, float] | None:
    """Return each model's probabilities for rows, the served one, and the seconds that it took to train; None if there was nothing to learn."""
    began = time.process_time()
    try:
        fitted = fit_close_model(dataset, settings, start)
    except TooFewOutcomesError:
        return None
    seconds, model = time.process_time() - began, fitted.model
    probability = {
        CLOSE: model.predict(refreshed_daily(model, dataset, rows, end)),
        NOT_REFRESHED: model.predict(model.matrix(dataset.history, dataset.moments.take(rows))),
        **baselines(dataset, settings, start, dataset.X[rows]),
    }
    return probability, fitted, seconds


def _parts_alone(dataset: Dataset, settings: TrainingSettings, rows: Rows, start: int) -> dict[str, Floats]:
    """Return the probabilities of each kind of model that the served one is made of, trained alone and not refreshed."""
    moments, said = dataset.moments.take(rows), {}
    for way in settings.tuning.ways:
        tuning = settings.tuning.model_copy(update={"ways": (way,)})
        model = fit_close_model(dataset, settings.model_copy(update={"tuning": tuning}), start).model
        said[f"{way} alone"] = model.predict(model.matrix(dataset.history, moments))
    return said


def _wins(task: Task) -> int:
    outcomes = task.history.outcomes
    return len(np.unique(outcomes.lead[outcomes.won & (outcomes.recorded_at <= task.cutoffs[0])]))

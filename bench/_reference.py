"""What the service must not lose to: an untuned LightGBM on the plain columns, as somebody would train it in an afternoon.

It shares no code with the features: fields as they stand (categories as such), how many events of each kind are on record, hours since the last
one and its kind, the age of the lead. It learns from matured moments alone.
"""

from typing import Any, TypeAlias

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench._task import Task
from features.records.clock import DAY, HOUR
from features.records.history import Events, Floats, History, Moments
from training.samples.moments import labels_known_at

Column: TypeAlias = "Floats | pd.Categorical[Any]"
TREES, LEAVES, RATE = 200, 15, 0.04


def plain_columns(history: History, moments: Moments) -> pd.DataFrame:
    """Return what was on record at moments, a row a moment."""
    events = _in_order(history.events)
    place = _Places(events, moments)
    columns: dict[str, Column] = {
        "age": (moments.as_of - history.leads.created_at[moments.lead]) / DAY,
        **_fields(history, events, moments),
        **{name: _category(values, moments) for name, values in history.leads.channels.items()},
        **_counts(history, events, place),
    }
    if len(events):
        any_, last = place.after > place.before, np.maximum(place.after - 1, 0)
        columns["hours_since_last"] = np.where(any_, (moments.as_of - events.recorded_at[last]) / HOUR, np.nan)
        columns["last_kind"] = pd.Categorical(np.where(any_, events.kind[last], -1))
    return pd.DataFrame({f"c{number}": column for number, column in enumerate(columns.values())})


def predict_reference(
    task: Task, moments: Moments, columns: pd.DataFrame, cutoff: int, rows: NDArray[np.int64]
) -> Floats:
    """Return the reference's probabilities for rows of moments, trained on those that had matured by a cut-off."""
    labels = labels_known_at(task.history, moments, cutoff, task.settings.settling_days)
    learned = np.flatnonzero((moments.as_of <= cutoff) & labels.counted)
    won = labels.won[learned]
    if not len(won) or won.all() or not won.any():
        return np.full(len(rows), np.clip(won.mean() if len(won) else 0.5, 0.001, 0.999))
    model = lightgbm.LGBMClassifier(
        n_estimators=TREES, num_leaves=LEAVES, learning_rate=RATE, random_state=0, n_jobs=1, verbosity=-1
    )
    model.fit(columns.iloc[learned], won)
    probability: Floats = np.asarray(model.predict_proba(columns.iloc[rows]))[:, 1]
    return probability


class _Places:
    """Where the events of each moment's lead begin, and where those recorded after the moment do, among events in order."""

    def __init__(self, events: Events, moments: Moments) -> None:
        times = np.unique(np.concatenate((events.recorded_at, moments.as_of)))
        width = len(times) + 1
        key = events.lead.astype(np.int64) * width + np.searchsorted(times, events.recorded_at)
        lead = moments.lead.astype(np.int64) * width
        self.before = np.searchsorted(key, lead, side="left")
        self.after = np.searchsorted(key, lead + np.searchsorted(times, moments.as_of), side="right")


def _in_order(events: Events) -> Events:
    return events.take(np.lexsort((events.occurred_at, events.recorded_at, events.lead)))


def _counts(history: History, events: Events, place: _Places) -> dict[str, Floats]:
    counts = {}
    for name in history.schema.kinds:
        of_kind = np.concatenate(([0], np.cumsum(events.kind == history.schema.event_codes[name])))
        counts[f"{name}_count"] = (of_kind[place.after] - of_kind[place.before]).astype(np.float64)
    return counts


def _fields(history: History, events: Events, moments: Moments) -> dict[str, Column]:
    """Return fields as known at moments: an answer that came later, once it is on record."""
    columns: dict[str, Column] = {}
    for name, values in history.leads.fields.items():
        field, column = history.schema.encoded[name], values[moments.lead]
        if name in history.schema.answers:
            given = events.take(events.kind == history.schema.event_codes[name])
            place = _Places(given, moments)
            later = place.after > place.before
            column = np.where(later, given.value[place.after - 1] if len(given) else np.nan, column)
        match field.type:
            case "category" if not field.ordered:
                columns[name] = pd.Categorical(column)
            case "date":
                columns[name] = (column - moments.as_of) / DAY
            case _:
                columns[name] = column
    return columns


def _category(values: NDArray[np.object_], moments: Moments) -> "pd.Categorical[Any]":
    codes, names = pd.factorize(values, sort=True)
    return pd.Categorical(codes[moments.lead], categories=list(range(len(names))))

"""The backtest: at each quarter's start a model is trained with what was known then, and predicts the quarter's moments.

Features and labels are as of the quarter's start, books and offsets move on with the outcomes of each day, and the predictions are
judged once their moments have matured. What a quarter gave is kept, so that an interrupted backtest goes on where it was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, duration, to_datetime, to_microseconds
from features.records.history import Floats, History
from features.settings.folders import private_folder
from training.fitting.fit import TooFewOutcomesError, fit_close_model
from training.fitting.offsets import refreshed_daily
from training.judging.evaluate import AGE, CLOSE, NOT_REFRESHED, fit_baselines, groups, profile_alone, with_profile
from training.judging.fingerprint import identity
from training.metrics import Figure, JudgingSettings, Metrics, Trial, measure
from training.metrics.compare import less, resample
from training.metrics.figure import figure
from training.metrics.scores import HEADLINE
from training.samples.dataset import Dataset
from training.samples.moments import labels_known_at, moment_weights
from training.settings import TrainingSettings

FORMAT = 3
"""Raised whenever more or something else is kept of a quarter, so that none is taken from before."""


@dataclass(frozen=True)
class CalendarQuarter:
    """A quarter of the calendar (UTC): its name and its bounds in microseconds, the end left out."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Backtest:
    """What models trained at each quarter's start achieved on it.

    Attributes
    ----------
    pooled, by_quarter, by_age
        Figures by model, of all quarters together, of each by name, and of all of them by the age of the leads.
    intervals
        By model, the figures of all quarters together with intervals by bootstrap over leads; `less_log_loss` is the close model's log
        loss less this one's, paired, below 0 where the close model is better.
    skipped
        Quarters that could not be predicted or have not matured, and why.
    """

    pooled: Mapping[str, Metrics]
    by_quarter: Mapping[str, Mapping[str, Metrics]]
    skipped: Mapping[str, str]
    intervals: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    by_age: Mapping[str, Mapping[str, Metrics]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""

        def plain(by_model: Mapping[str, Metrics]) -> dict[str, Any]:
            return {model: metrics.to_json() for model, metrics in by_model.items()}

        by_quarter = {name: plain(by_model) for name, by_model in self.by_quarter.items()}
        by_age = {name: plain(by_model) for name, by_model in self.by_age.items()}
        intervals = {
            model: {name: figure.to_json() for name, figure in figures.items()}
            for model, figures in self.intervals.items()
        }
        return {
            "pooled": plain(self.pooled),
            "intervals": intervals,
            "by_quarter": by_quarter,
            "by_age": by_age,
            "skipped": dict(self.skipped),
        }


@dataclass(frozen=True)
class Prediction:
    """Probabilities by model for moments of a quarter, by their rows in the dataset; `why` says why there are none."""

    rows: NDArray[np.int64]
    probability: Mapping[str, Floats]
    why: str = ""

    def take(self, rows: NDArray[np.bool_]) -> "Prediction":
        """Return the part at these positions."""
        return Prediction(self.rows[rows], {model: p[rows] for model, p in self.probability.items()}, self.why)


Work = Callable[[list[CalendarQuarter]], Iterable[tuple[CalendarQuarter, Prediction]]]
"""Predicts quarters, and yields each with its prediction as it is done, in any order."""


def quarters(first: int, last: int) -> list[CalendarQuarter]:
    """Return the quarters that start within a span of microseconds; the last one ends with it.

    Examples
    --------
    >>> from features.records.clock import DAY
    >>> [quarter.name for quarter in quarters(1, 300 * DAY)]
    ['1970-Q2', '1970-Q3', '1970-Q4']
    """
    years = range(to_datetime(first).year, to_datetime(last).year + 1)
    starts = [datetime(year, month, 1, tzinfo=UTC) for year in years for month in (1, 4, 7, 10)]
    within = [start for start in starts if first < to_microseconds(start) < last]
    bounds = [*map(to_microseconds, within), last + 1]
    names = [f"{start.year}-Q{(start.month + 2) // 3}" for start in within]
    return [CalendarQuarter(name, start, end) for name, (start, end) in zip(names, pairwise(bounds), strict=True)]


def backtest(
    dataset: Dataset,
    settings: TrainingSettings,
    folder: Path,
    fingerprint: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    cores: int | None = None,
    latest: int | None = None,
    work: Work | None = None,
) -> Backtest:
    """Train at each quarter's start, predict the quarter, and judge what has matured; parameters as of `predict_quarters`."""
    predicted = predict_quarters(dataset, settings, folder, fingerprint, progress, cores, latest, work)
    return judge_quarters(dataset, settings, predicted)


def predict_quarters(
    dataset: Dataset,
    settings: TrainingSettings,
    folder: Path,
    fingerprint: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    cores: int | None = None,
    latest: int | None = None,
    work: Work | None = None,
) -> dict[str, Prediction]:
    """Train at each quarter's start and predict the quarter; return the predictions by its name.

    Parameters
    ----------
    folder
        Where each quarter's predictions are kept, under a name made from the fingerprint of the history and the settings.
    progress
        Told how many quarters are done, of how many.
    cores
        Quarters that are worked on at once; all cores by default.
    latest
        Only so many quarters, the latest of which a moment has matured; all by default.
    work
        Predicts quarters, and yields each as it is done; by default on the cores of this machine.
    """
    history = dataset.history
    every = quarters(int(history.leads.created_at.min()), history.known_until)
    if latest is not None:
        every = _begun_to_mature(every, history, settings)[-latest:] if latest else []
    kept = folder / f"{identity(history, fingerprint, settings)}-{FORMAT}"
    private_folder(kept)
    todo = [quarter for quarter in every if not (kept / f"{quarter.name}.parquet").exists()]
    progress(len(every) - len(todo), len(every))
    predicted = _on_cores(dataset, settings, todo, cores) if work is None else work(todo)
    for done, (quarter, prediction) in enumerate(predicted, start=1):
        _keep(prediction, kept / f"{quarter.name}.parquet")
        progress(len(every) - len(todo) + done, len(every))
    return {one.name: _kept(kept / f"{one.name}.parquet") for one in every}


def _on_cores(
    dataset: Dataset, settings: TrainingSettings, todo: list[CalendarQuarter], cores: int | None
) -> Iterator[tuple[CalendarQuarter, Prediction]]:
    profiled = with_profile(dataset) if todo else dataset
    parallel = Parallel(n_jobs=cores or cpu_count(), return_as="generator_unordered")
    yield from parallel(delayed(_named)(dataset, profiled, settings, one) for one in todo)


def _begun_to_mature(
    every: list[CalendarQuarter], history: History, settings: TrainingSettings
) -> list[CalendarQuarter]:
    created_at, settling = history.leads.created_at, settings.settling_days * DAY
    until = history.won_until(np.arange(len(created_at), dtype=np.int32), created_at)
    by_own_day = int(created_at[until + settling <= history.known_until].max(initial=NEVER))
    latest = max(history.known_until - duration(history.schema.horizon) - settling, by_own_day)
    return [quarter for quarter in every if quarter.start <= latest]


def _named(
    dataset: Dataset, profiled: Dataset, settings: TrainingSettings, quarter: CalendarQuarter
) -> tuple[CalendarQuarter, Prediction]:
    return quarter, predict_quarter(dataset, settings, quarter, profiled)


def predict_quarter(
    dataset: Dataset, settings: TrainingSettings, quarter: CalendarQuarter, profiled: Dataset | None = None
) -> Prediction:
    """Train with what was known at a quarter's start, and predict its moments with what was known at each.

    Parameters
    ----------
    profiled
        The dataset as `with_profile` returns it, where it has been made for other quarters already.
    """
    rows = np.flatnonzero((dataset.moments.as_of >= quarter.start) & (dataset.moments.as_of < quarter.end))
    if not len(rows):
        return Prediction(rows, {}, "it has no moments to predict")
    try:
        fitted = fit_close_model(dataset, settings, quarter.start)
    except TooFewOutcomesError as error:
        return Prediction(rows[:0], {}, str(error))
    model = fitted.model
    if model.certainty.abstention:
        return Prediction(rows[:0], {}, model.certainty.abstention)
    beside = fit_baselines(dataset, fitted.sample)
    if profiled is None:
        profiled = with_profile(dataset)
    return Prediction(
        rows,
        {
            CLOSE: model.predict(refreshed_daily(model, dataset, rows, quarter.end)),
            NOT_REFRESHED: model.predict(model.matrix(dataset.history, dataset.moments.take(rows))),
            **{name: baseline.predict(dataset.X[rows]) for name, baseline in beside.items()},
            **profile_alone(profiled, settings, quarter.start, fitted, rows),
        },
    )


def judge_quarters(dataset: Dataset, settings: TrainingSettings, predictions: Mapping[str, Prediction]) -> Backtest:
    """Measure predictions by quarter and pooled, on the moments that have matured."""
    history = dataset.history
    labels = labels_known_at(history, dataset.moments, history.known_until, settings.settling_days)
    counts = labels.counted
    by_quarter: dict[str, dict[str, Metrics]] = {}
    skipped: dict[str, str] = {}
    parts = []
    for name, prediction in predictions.items():
        matured = counts[prediction.rows]
        if prediction.why or not matured.any():
            skipped[name] = prediction.why or "none of its moments has matured yet"
            continue
        part = prediction.take(matured)
        parts.append(part)
        by_quarter[name] = _measured(dataset, labels.won, part)
    if not parts:
        raise TooFewOutcomesError(
            f"No quarter could be judged: {'; '.join(f'{q}: {why}' for q, why in skipped.items())}"
        )
    everything = Prediction(
        np.concatenate([part.rows for part in parts]),
        {model: np.concatenate([part.probability[model] for part in parts]) for model in parts[0].probability},
    )
    pooled = _measured(dataset, labels.won, everything)
    age = groups(dataset, everything.rows)[AGE]
    by_age = {
        str(name): _measured(dataset, labels.won, everything.take(age == name)) for name in np.unique(age.astype(str))
    }
    return Backtest(pooled, by_quarter, skipped, _intervals(dataset, labels.won, everything), by_age)


def _intervals(dataset: Dataset, won: NDArray[np.bool_], part: Prediction) -> dict[str, dict[str, Figure]]:
    """Return by model its figures with intervals, and the close model's log loss less its own."""
    settings, moments = JudgingSettings(), dataset.moments.take(part.rows)
    trial = Trial.of(won[part.rows].astype(np.float64), moment_weights(moments), moments.lead)
    found = resample(trial, part.probability, settings)
    figures = {
        model: {
            name: figure(name, float(of.exact[name][0]), of.replicates[name], trial, settings.level)
            for name in HEADLINE
        }
        for model, of in found.items()
    }
    for model in figures.keys() - {CLOSE}:
        figures[model]["less_log_loss"] = less(trial, "log_loss", found[CLOSE], found[model], settings.level)
    return figures


def _measured(dataset: Dataset, won: NDArray[np.bool_], part: Prediction) -> dict[str, Metrics]:
    moments = dataset.moments.take(part.rows)
    y, weight = won[part.rows].astype(np.float64), moment_weights(moments)
    return {model: measure(y, p, weight, moments.lead) for model, p in part.probability.items()}


def _keep(prediction: Prediction, file: Path) -> None:
    columns = {"row": prediction.rows, **prediction.probability}
    table = pa.table(columns).replace_schema_metadata({"why": prediction.why})
    unfinished = file.with_suffix(".part")
    pq.write_table(table, unfinished)
    unfinished.rename(file)


def _kept(file: Path) -> Prediction:
    table = pq.read_table(file)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    why = (table.schema.metadata or {}).get(b"why", b"").decode()
    return Prediction(columns.pop("row"), columns, why)

"""Learning from a partition: features part by part, then one worker that has all parts together and grows the trees."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import add
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix, feature_matrix
from features.matrix.target_sums import TargetSums, target_sums
from features.matrix.track_record import TargetStatistics
from features.records.checks import CheckedHistory
from features.records.history import History, Moments
from features.records.parts.columns import PartColumns, united
from features.settings.schema import LeadSchema
from serving.analytics.learning import ReportedTraining, train_and_report
from serving.cluster.errors import ClusterError
from serving.cluster.history import CheckedParts, Progress, Workers
from serving.cluster.stages import part_folder
from serving.settings.settings import load_settings
from training.judging.backtest import CalendarQuarter, Prediction, Work, predict_quarter
from training.judging.evaluate import with_profile
from training.samples.dataset import Dataset, prepare
from training.samples.moments import moments_at_ages
from training.settings import TrainingSettings

T = TypeVar("T")
BOOKS, BEGUN = "books.json", "training.begun"


@dataclass(frozen=True)
class PartFeatures:
    """Where the features of checked parts are, and by what they were computed.

    Attributes
    ----------
    folder
        Where the columns of the parts are; their features are put beside them.
    """

    folder: Path
    schema: LeadSchema
    known_until: int
    ages_days: tuple[int, ...]

    def columns(self, part: int) -> PartColumns:
        """Return the columns of a part."""
        return PartColumns.read(part_folder(self.folder, part), self.schema, self.known_until)

    def moments(self, history: History) -> Moments:
        """Return every moment of some leads."""
        return moments_at_ages(history, self.ages_days, self.known_until)

    def file(self, part: int) -> Path:
        """Return the file of a part's features."""
        return self.folder / f"features-{part:05}.npy"

    @property
    def books(self) -> TargetStatistics:
        """The records of the channels of all parts."""
        return TargetStatistics.from_json(json.loads((self.folder / BOOKS).read_text(encoding="utf-8")))


def are_separate(schema: LeadSchema) -> bool:
    """Return whether the features of a lead need nothing of leads in other parts but the records of their channels."""
    return schema.account is None and not schema.messages


def compute_features(
    parts: CheckedParts, settings: TrainingSettings, workers: Workers, progress: Progress
) -> PartFeatures | None:
    """Compute the features of every part, by the records of the channels of all; None where they need leads of other parts."""
    schema = parts.report.history.schema
    if not are_separate(schema):
        return None
    features = PartFeatures(parts.folder, schema, parts.known_until, settings.ages_days)
    numbers = range(parts.parts)
    sums: TargetSums = reduce(add, [one for _, one in workers.map(part_sums, numbers, features)])
    books = sums.finish(parts.known_until, schema.track_record)
    (parts.folder / BOOKS).write_text(json.dumps(books.to_json()), encoding="utf-8")
    for done, _ in enumerate(workers.map(part_features, numbers, features), start=1):
        progress("features", done, parts.parts)
    return features


def part_sums(part: int, features: PartFeatures) -> TargetSums:
    """Return what the leads of a part add to the records of their channels."""
    return target_sums(features.columns(part).history)


def part_features(part: int, features: PartFeatures) -> None:
    """Write the features of every moment of a part."""
    history = features.columns(part).history
    X = feature_matrix(history, features.moments(history), features.books)
    unfinished = features.file(part).with_suffix(".part.npy")
    np.save(unfinished, X)
    unfinished.replace(features.file(part))


def gathered(parts: CheckedParts, features: PartFeatures) -> tuple[CheckedHistory, Dataset]:
    """Return all parts as one history with its features, in the order of one machine."""
    columns = [features.columns(part) for part in range(parts.parts)]
    whole = united(columns)
    moments = features.moments(whole.history)
    matrix: Matrix | None = None
    order = np.lexsort((moments.as_of, moments.lead))
    keys = _keys(moments.lead[order].astype(np.int64), moments.as_of[order])
    for part, one in enumerate(columns):
        X = np.load(features.file(part), mmap_mode="r")
        if matrix is None:
            matrix = np.empty((len(moments), X.shape[1]), np.float32)
        mine = features.moments(one.history)
        lead = np.searchsorted(whole.row, one.row)[mine.lead]
        matrix[order[np.searchsorted(keys, _keys(lead, mine.as_of))]] = X
    checked = replace(parts.report, history=whole.history)
    return checked, Dataset(
        whole.history, moments, np.empty((0, 0), np.float32) if matrix is None else matrix, features.books
    )


def _keys(lead: NDArray[np.int64], as_of: NDArray[np.int64]) -> NDArray[np.void]:
    """Return moments as keys that sort by lead, then by time."""
    keys = np.empty(len(lead), np.dtype([("lead", np.int64), ("as_of", np.int64)]))
    keys["lead"], keys["as_of"] = lead, as_of
    return keys


def train_gathered(parts: CheckedParts, features: PartFeatures | None, settings: Path) -> ReportedTraining:
    """Train on all parts together and register the model, on the one worker that has the memory for it.

    Raises
    ------
    ClusterError
        If a worker has begun before and was lost: what it had registered stands, and nothing is registered twice.
    """
    begun = parts.folder / BEGUN
    try:
        begun.touch(exist_ok=False)
    except FileExistsError as error:
        raise ClusterError(
            "The worker that trained was lost, most likely as all parts together take more memory than it has: "
            "raise cluster.memory, and run the command again."
        ) from error
    loaded = load_settings(settings)
    checked, dataset = laid_out(parts, features, loaded.training)
    return train_and_report(loaded, checked, lay_out=lambda _history, _settings: dataset)


def report_gathered(parts: CheckedParts, report: Callable[..., T], *given: object) -> T:
    """Return a report on all parts together, by a function of their history."""
    return report(parts.gathered().history, *given)


def part_quarter(
    at: int,
    parts: CheckedParts,
    features: PartFeatures | None,
    settings: TrainingSettings,
    todo: Sequence[CalendarQuarter],
) -> Prediction:
    """Train at the start of one of some quarters and predict it; a worker puts the parts together once."""
    dataset, profiled = _datasets(parts, features, settings)
    return predict_quarter(dataset, settings, todo[at], profiled)


def on_workers(
    parts: CheckedParts, features: PartFeatures | None, settings: TrainingSettings, workers: Workers
) -> Work:
    """Return what predicts the quarters of a backtest on workers that see the parts."""

    def work(todo: list[CalendarQuarter]) -> Iterator[tuple[CalendarQuarter, Prediction]]:
        done = workers.map(part_quarter, range(len(todo)), parts, features, settings, todo)
        yield from ((todo[at], prediction) for at, prediction in done)

    return work


@dataclass(frozen=True)
class PreparedHistory:
    """A history to learn from, read here or put together of the parts of a partition.

    Attributes
    ----------
    lay_out
        Lays out the moments with their features: computes them, or gives those that the workers have computed.
    work
        Predicts quarters on the workers; None where this machine does.
    """

    checked: CheckedHistory
    lay_out: Callable[[History, TrainingSettings], Dataset] = prepare
    work: Work | None = None

    def dataset(self, settings: TrainingSettings) -> Dataset:
        """Return every moment with its features."""
        return self.lay_out(self.checked.history, settings)


def gather(parts: CheckedParts, settings: TrainingSettings, workers: Workers, progress: Progress) -> PreparedHistory:
    """Compute the features on the workers as far as they are of one part each, and put all parts together here."""
    features = compute_features(parts, settings, workers, progress)
    checked, dataset = laid_out(parts, features, settings)
    work = on_workers(parts, features, settings, workers)
    return PreparedHistory(checked, lambda _history, _settings: dataset, work)


def laid_out(
    parts: CheckedParts, features: PartFeatures | None, settings: TrainingSettings
) -> tuple[CheckedHistory, Dataset]:
    """Return all parts as one history with its features, computed here where they need other parts."""
    if features is not None:
        return gathered(parts, features)
    checked = parts.gathered()
    return checked, prepare(checked.history, settings)


def _datasets(
    parts: CheckedParts, features: PartFeatures | None, settings: TrainingSettings
) -> tuple[Dataset, Dataset]:
    kept = _kept(parts.folder)
    if not kept:
        _, dataset = laid_out(parts, features, settings)
        kept.extend((dataset, with_profile(dataset)))
    dataset, profiled = kept
    return dataset, profiled


@lru_cache(maxsize=1)
def _kept(_folder: Path) -> list[Dataset]:
    """Return what this process has put together of the parts of a folder, the latest alone."""
    return []

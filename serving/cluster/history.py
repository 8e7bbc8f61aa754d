"""The history of an installation from its partition: checked part by part, with the report that one machine would make."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol, TypeVar

from features.records.checks import CheckedHistory, checked_of
from features.records.checks.facts import Facts, added_facts
from features.records.clock import to_datetime, to_microseconds
from features.records.history import History
from features.records.parts.columns import PartColumns, united
from features.records.parts.manifest import Manifest
from features.records.parts.reading import placed
from features.settings.mapping import fitting, latest
from serving.analytics.history import erased_note, with_notes
from serving.cluster.errors import ClusterError
from serving.cluster.stages import Partition, part_checked, part_facts, part_folder
from serving.settings.settings import Settings
from serving.store.store import open_store
from serving.store.tombstones import NO_TOMBSTONES, Tombstones, tombstones

T = TypeVar("T")
Progress = Callable[[str, int, int], object]
"""Told the name of a step, and how many of how many parts are done."""


class Workers(Protocol):
    """Whoever does the same for many parts: a cluster, or this process."""

    def map(self, stage: Callable[..., T], parts: Sequence[int], *given: object) -> Iterator[tuple[int, T]]:
        """Yield each part with what a stage makes of it, in any order."""
        ...

    def run(self, work: Callable[..., T], *given: object) -> T:
        """Return what one of them makes of something."""
        ...


class InProcess:
    """The process itself, which takes one part after the other."""

    def map(self, stage: Callable[..., T], parts: Sequence[int], *given: object) -> Iterator[tuple[int, T]]:
        """Yield each part with what a stage makes of it, in their order."""
        yield from ((part, stage(part, *given)) for part in parts)

    def run(self, work: Callable[..., T], *given: object) -> T:
        """Return what this process makes of something."""
        return work(*given)


@dataclass(frozen=True)
class CheckedParts:
    """A checked partition.

    Attributes
    ----------
    report
        What is said of the history; its own history has no leads.
    folder
        Where the columns of the parts are.
    """

    report: CheckedHistory
    folder: Path
    parts: int

    @property
    def known_until(self) -> int:
        """Until when the history is complete, microseconds UTC."""
        return self.report.history.known_until

    def gathered(self) -> CheckedHistory:
        """Return all parts as one history, for who has the memory."""
        schema = self.report.history.schema
        folders = (part_folder(self.folder, part) for part in range(self.parts))
        whole = united([PartColumns.read(folder, schema, self.known_until) for folder in folders])
        return replace(self.report, history=whole.history)


def partition_of(settings: Settings) -> Partition:
    """Return the partition of an installation, as its settings read it.

    Raises
    ------
    PartitionError
        If there is none, or it was made by other settings.
    ClusterError
        If the history is more than one export.
    """
    if settings.learns_from == "files and store":
        raise ClusterError(
            "A partition must hold the whole history, got an export and a store that is learned from beside it: "
            "set store.learned_from to false, or leave --cluster out."
        )
    folder, schema = parts_folder(settings), settings.lead_schema
    source = fitting(settings.source, schema)
    manifest = Manifest.read(folder)
    manifest.check(folder, source, schema)
    if settings.export is None:  # a store is complete until it was read
        source = source.model_copy(update={"exported_at": to_datetime(manifest.read_at)})
    until = to_microseconds(latest(source, datetime.now(UTC)))
    return Partition(folder, manifest, source, schema, until, _erased(settings))


def parts_folder(settings: Settings) -> Path:
    """Return the folder of the parts."""
    parts = settings.cluster.parts
    return settings.var / "parts" if parts == Path() else settings.folder / parts


@contextmanager
def checked_parts(
    settings: Settings, workers: Workers, progress: Progress = lambda _name, _done, _all: None
) -> Iterator[CheckedParts]:
    """Check every part of the partition of an installation, for as long as its columns are needed.

    Raises
    ------
    ClusterError
        If a part cannot be worked on, or the cluster is gone.
    """
    with checked_partition(partition_of(settings), workers, progress) as parts:
        yield parts


@contextmanager
def checked_partition(
    partition: Partition, workers: Workers, progress: Progress = lambda _name, _done, _all: None
) -> Iterator[CheckedParts]:
    """Check every part of a partition, for as long as its columns are needed."""
    _sweep(partition.folder)
    folder = Path(mkdtemp(prefix=f"{_prefix()}{os.getpid()}.", dir=partition.folder))
    try:
        yield _checked(partition, folder, workers, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prefix() -> str:
    """Return how the folders of this machine's commands begin: others may work on the same parts."""
    return f".checked.{platform.node().replace('.', '-')}."


def _sweep(folder: Path) -> None:
    """Remove the columns that commands of this machine left behind when they were killed."""
    for left in folder.glob(f"{_prefix()}*"):
        process = left.name.removeprefix(_prefix()).partition(".")[0]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:
            continue  # somebody else's, and alive


def _checked(partition: Partition, folder: Path, workers: Workers, progress: Progress) -> CheckedParts:
    parts = range(partition.manifest.parts)

    def watched(name: str, results: Iterator[tuple[int, T]]) -> Iterator[T]:
        for done, (_, result) in enumerate(results, start=1):
            progress(name, done, len(parts))
            yield result

    facts: Facts = reduce(added_facts, watched("looking at the parts", workers.map(part_facts, parts, partition)))
    checked = list(watched("checking the parts", workers.map(part_checked, parts, partition, facts, folder)))
    sums = reduce(add, [one for one, _ in checked])
    erased = sum(count for _, count in checked)
    none = History.none(partition.schema)
    report = checked_of(none, sums, partition.source, partition.until)
    tables = partition.manifest.tables
    report = replace(
        report,
        broken=tuple(placed(row, tables) for row in report.broken),
        aside=tuple(placed(row, tables) for row in report.aside),
    )
    return CheckedParts(with_notes(report, [erased_note(erased)] if erased else []), folder, len(parts))


def _erased(settings: Settings) -> Tombstones:
    """Return what leads that were erased in the service are known by; nothing where no service has made a store."""
    if settings.export is None or not settings.store_is_there:
        return NO_TOMBSTONES
    store = open_store(settings.store_url, settings.folder)
    try:
        found: Tombstones = store.ask(tombstones)
        return found
    finally:
        store.close()

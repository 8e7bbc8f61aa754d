"""Scores of a partition, part by part: a part that is scored stays so, and ranks are among all."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.records.leads.checking import LeadProblem
from features.records.reading import RawTable
from features.records.reading.mapping import WantedColumns
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from models.close.model import CloseModel
from models.registry import Registry
from serving.batch.cells import CellReader
from serving.batch.events import events_of
from serving.batch.leads import FileLead, LeadFile, to_leads
from serving.batch.reading import with_events
from serving.batch.scoring import Deciding, score_batch
from serving.batch.writing import OUTPUT, open_scores
from serving.cluster.errors import ClusterError
from serving.cluster.history import Workers
from serving.cluster.stages import Partition
from serving.settings.secret import EXPLORATION
from serving.settings.settings import load_settings

BATCH = 2000
RUN = "run.json"
"""The file by which a folder of scores says of which run it is."""
COUNTS = b"counts"


@dataclass(frozen=True)
class ScoringRun:
    """What is scored, by what, as of when, and where to.

    Attributes
    ----------
    settings
        The settings file, which every worker sees under this path; it names the registry.
    version
        Number of the model's version.
    """

    partition: Partition
    settings: Path
    version: str
    as_of: datetime
    asks: bool
    target: Path

    @property
    def unranked(self) -> Path:
        """The folder of parts that are scored and not ranked yet."""
        return self.target / ".unranked"

    def to_json(self) -> dict[str, Any]:
        """Return by what a run is known again."""
        appended = self.partition.manifest.appended
        return {
            "partition": str(self.partition.folder),
            "exports": appended,
            "version": self.version,
            "questions": self.asks,
            "as_of": self.as_of.isoformat(),
        }


@dataclass(frozen=True)
class ScoreCounts:
    """How many leads were scored, how many of them broke a rule, and how many events are nobody's."""

    scored: int = 0
    broken: int = 0
    lost: int = 0

    def __add__(self, other: "ScoreCounts") -> "ScoreCounts":
        return ScoreCounts(self.scored + other.scored, self.broken + other.broken, self.lost + other.lost)


def score_parts(run: ScoringRun, workers: Workers, progress: Callable[[str, int, int], object]) -> ScoreCounts:
    """Score every part that is not scored yet, then rank all, and return the counts of all parts.

    Raises
    ------
    ClusterError
        If a part cannot be scored, or the cluster is gone: run it again, and it goes on.
    """
    parts = range(run.partition.manifest.parts)
    run.unranked.mkdir(parents=True, exist_ok=True)
    counts = ScoreCounts()
    for done, (_, of_part) in enumerate(workers.map(part_scored, parts, run), start=1):
        counts += of_part
        progress("scoring", done, len(parts))
    workers.run(rank_all, run)
    for done, _ in enumerate(workers.map(part_ranked, parts, run), start=1):
        progress("ranking", done, len(parts))
    return counts


def begin(run: ScoringRun, as_of_given: bool) -> ScoringRun:
    """Return the run that a folder was begun with, to go on with, or begin this one.

    Raises
    ------
    ClusterError
        If the folder holds scores of another run.
    """
    file = run.target / RUN
    asked = run.to_json()
    if not file.exists():
        run.target.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asked), encoding="utf-8")
        return run
    begun = json.loads(file.read_text(encoding="utf-8"))
    differing = [name for name in asked if begun.get(name) != asked[name] and (name != "as_of" or as_of_given)]
    if differing:
        told = ", ".join(f"{name} {begun.get(name)!r}" for name in differing)
        raise ClusterError(
            f"{run.target} must hold the scores of one run, got one with {told}: name another with --out."
        )
    as_of = datetime.fromisoformat(begun["as_of"])
    return ScoringRun(run.partition, run.settings, run.version, as_of, run.asks, run.target)


def part_scored(part: int, run: ScoringRun) -> ScoreCounts:
    """Score a part, if it is not scored yet, and return its counts."""
    file = _file(run.unranked, part)
    if not file.exists():
        _score(part, run, file)
    return ScoreCounts(**json.loads(pq.read_schema(file).metadata[COUNTS]))


def rank_all(run: ScoringRun) -> None:
    """Write for each part the ranks of its leads among all: by what they are worth, then as they came in."""
    worths = [_worth(_file(run.unranked, part)) for part in range(run.partition.manifest.parts)]
    worth, probability, row = (np.concatenate([one[at] for one in worths]) for at in range(3))
    rank = np.empty(len(row), np.int64)
    rank[np.lexsort((row, -probability, -worth))] = np.arange(1, len(row) + 1)
    starts = np.cumsum([len(one[0]) for one in worths])[:-1]
    for part, of_part in enumerate(np.split(rank, starts)):
        np.save(run.unranked / f"rank-{part:05}.npy", of_part)


def part_ranked(part: int, run: ScoringRun) -> None:
    """Write the scores of a part with their ranks, and with the rows of the export that they are of."""
    scores = pq.read_table(_file(run.unranked, part))
    rank = np.load(run.unranked / f"rank-{part:05}.npy")
    is_scored = np.asarray(scores.column("probability").is_valid())
    leads = run.partition.manifest.tables["leads"]
    rows = [leads.place_of(row)[1] for row in scores.column("row").to_pylist()]
    columns = {"rank": pa.array(rank, mask=~is_scored), "row": pa.array(rows, pa.int64())}
    for name, column in columns.items():
        scores = scores.set_column(OUTPUT.get_field_index(name), name, column)
    with open_scores(_file(run.target, part)) as write:
        for batch in scores.to_batches(BATCH):
            write(batch.to_pylist())


def _score(part: int, run: ScoringRun, file: Path) -> None:
    raws, source = run.partition.raws(part), run.partition.source
    model, deciding = _loaded(run.settings, run.version, run.asks)
    leads, counts = LeadFile(len(raws["leads"])), ScoreCounts()
    batches = _batches(raws["leads"], _known(raws["leads"], source, model.schema), CellReader.of(model.schema, source))
    if len(source.events) > 1:
        raise ClusterError(
            f"history.events must be one table to be scored in parts, got {len(source.events)}: unite them."
        )
    if source.events:
        raw = raws["events"]
        raw = raw if "kind" in raw.columns else _of_one_kind(raw, source.events[0].all_kind or "")
        events = events_of(raw, source.events[0], model.schema, source)
        leads.lost = events.lost
        batches = with_events(batches, events, leads, raws["leads"].place)
    written = []
    for batch in batches:
        rows = score_batch(model, batch, run.as_of, deciding)
        counts += ScoreCounts(len(rows), sum(row["problem"] is not None for row in rows))
        written.append(pa.Table.from_pylist(rows, OUTPUT))
    table = pa.concat_tables([OUTPUT.empty_table(), *written])
    counts += ScoreCounts(lost=leads.lost)
    told = {COUNTS: json.dumps(vars(counts)).encode()}
    unfinished = file.with_name(f".{file.name}.part")
    pq.write_table(table.replace_schema_metadata(told), unfinished)
    unfinished.replace(file)


def _batches(raw: RawTable, names: Sequence[str], reader: CellReader) -> Iterator[list[FileLead]]:
    """Yield the leads of a part as those of a file; what could not be made out in a row is its problem."""
    columns = {ours: reader.column(ours, raw.cells.column(ours), raw.place) for ours in names}
    leads = {lead.row: lead for lead in to_leads(raw.row.tolist(), columns)}
    for flaw in raw.flaws:
        lead = leads.setdefault(flaw.row, FileLead(flaw.row))
        lead.problems += (LeadProblem(flaw.column or "row", flaw.rule, flaw.value, flaw.remedy),)
    in_order = sorted(leads.values(), key=lambda lead: lead.row)
    yield from (in_order[first : first + BATCH] for first in range(0, len(in_order), BATCH))


def _known(raw: RawTable, source: HistorySource, schema: LeadSchema) -> list[str]:
    """Return the columns of a part's leads that a model knows.

    Raises
    ------
    ClusterError
        If it knows one that the parts do not have.
    """
    wanted = WantedColumns.of(source, schema, "leads")
    missing = [ours for ours in wanted.required if ours not in raw.columns]
    if missing:
        raise ClusterError(
            f"The parts must have the columns of the model, got none for {', '.join(missing)}: make the partition by the "
            f"settings that the model was trained with."
        )
    return [ours for ours in raw.columns if ours in wanted.columns]


def _of_one_kind(raw: RawTable, kind: str) -> RawTable:
    """Return a table of events of one kind with a column that says so."""
    cells = raw.cells.append_column("kind", pa.array([kind] * len(raw), pa.string()))
    return replace(raw, cells=cells, columns={**raw.columns, "kind": "kind"})


@lru_cache(maxsize=1)
def _loaded(settings: Path, version: str, asks: bool) -> tuple[CloseModel, Deciding]:
    """Return a version of the model and by what it decides; a worker loads it once."""
    loaded = load_settings(settings)
    model = Registry(loaded.registry, loaded.var).load(version)
    return model.model, Deciding(model.beside.decider, EXPLORATION.find(os.environ, loaded.var), asks)


def _file(folder: Path, part: int) -> Path:
    return folder / f"part-{part:05}.parquet"


def _worth(file: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return what each lead of a part is worth, its probability and its row; NaN of one without a score."""
    scores = pq.read_table(file, columns=["expected_value", "probability", "row"])
    probability = _floats(scores.column("probability"))
    value = _floats(scores.column("expected_value"))
    return np.where(np.isnan(value), probability, value), probability, scores.column("row").to_numpy()


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    values: NDArray[np.float64] = pc.fill_null(column, np.nan).to_numpy()
    return values

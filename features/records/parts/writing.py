"""Making a partition: an export is read once, piece by piece, and every row goes to the part of its lead.

Memory holds a piece of a table and the rows that wait for their parts, however long the history is; then one part after the other.
"""

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.records.checks import named_tables
from features.records.notes import summed
from features.records.parts.manifest import FILE, Manifest, PartitionError, PartSource, TableManifest, settings_digest
from features.records.parts.splitting import NOBODY, Numbers, numbers_of
from features.records.parts.spool import MAX_BYTES, Spool
from features.records.reading import RawTable, TableName
from features.records.reading.files import TableFile
from features.records.reading.locating import locate_all
from features.records.reading.pieces import table_pieces
from features.settings.mapping import check_mapping
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource, TableSource

LEADS_A_PART = 30_000
"""Leads that a part is to hold, about: a worker then needs a few hundred megabytes."""
ROW, THERE, FLAWS = "__row", "__there", "__flaws"
"""Columns of a part's file beside ours: the number of the row, whether it has cells, and what could not be made out in it as JSON."""

Progress = Callable[[str, int], object]
"""Told the name of a table, or "parts", and how many of its rows, or parts, are done."""


def partition(
    source: HistorySource,
    schema: LeadSchema,
    folder: Path,
    target: Path,
    parts: int | None = None,
    progress: Progress = lambda _name, _done: None,
    max_bytes: int = MAX_BYTES,
    read_at: int = 0,
) -> Manifest:
    """Read an export into parts by a hash of `lead_id`, or append it to those that are there.

    Parameters
    ----------
    folder
        Where a relative source is looked for.
    target
        The folder of the parts; where it is a partition already, the rows are appended to its parts.
    parts
        How many; by default one for every `LEADS_A_PART` leads. An existing partition keeps its number.
    read_at
        When this is, microseconds UTC: what is recorded later is not in it.

    Raises
    ------
    PartitionError
        If leads cannot be told apart by their id alone, or the parts were made by other settings.
    ReadingError
        If a table cannot be read.
    """
    check_mapping(source, schema)
    _refuse_persons(source)
    before = Manifest.read(target) if (target / FILE).exists() else None
    if before is not None:
        before.check(target, source, schema)
        if parts not in (None, before.parts):
            raise PartitionError(f"{target} has {before.parts} parts, got {parts}: appending keeps their number.")
    number = before.parts if before else parts or math.ceil(_leads_in(source, folder) / LEADS_A_PART) or 1
    manifest = before or Manifest(number, settings_digest(source, schema), 0, {})
    spooled = target / ".spool"
    shutil.rmtree(spooled, ignore_errors=True)  # of a run that was interrupted
    spooled.mkdir(parents=True)
    spool = Spool(spooled, max_bytes)
    for key, name, at in _tables(source):
        pieces = table_pieces(source, schema, name, folder, at)
        table = _spooled(spool, key, pieces, manifest.tables.get(key), number, progress)
        manifest = manifest.with_table(key, table)
    for part in range(number):
        for key in manifest.tables:
            spool.finish(key, part, manifest.part(target, part) / f"{key}.{manifest.appended}.parquet")
        progress("parts", part + 1)
    shutil.rmtree(spooled)
    manifest = replace(manifest, appended=manifest.appended + 1, read_at=read_at)
    manifest.write(target)
    return manifest


def _spooled(
    spool: Spool, key: str, pieces: Iterator[RawTable], before: TableManifest | None, parts: int, progress: Progress
) -> TableManifest:
    """Put the rows of a table to their parts, and return what is said of it as a whole."""
    first = next(pieces)
    table = before or TableManifest(first.columns)
    if dict(table.columns) != dict(first.columns):
        got, had = sorted(first.columns.values()), sorted(table.columns.values())
        raise PartitionError(f"{first.place} must have the columns {had} of the parts, got {got}: export them too.")
    offset, passed, notes, blank, done, last = table.last, Counter(table.passed), [*table.notes], 0, 0, table.last
    places = [*table.places, PartSource(first.place, offset)]
    for piece in chain([first], pieces):
        if piece.place != places[-1].name:  # the next file of the table
            offset = last
            places.append(PartSource(piece.place, offset))
        cells, number = _with_rows(piece, offset, parts)
        spool.add(key, cells, number)
        for one in piece.passed:
            passed[one.why] += one.rows
        notes += piece.notes
        blank += piece.blank
        last = max(last, int(cells.column(ROW).to_numpy().max(initial=0)))
        done += len(piece)
        progress(key, done)
    return replace(
        table, places=tuple(places), last=last, blank=table.blank + blank, passed=dict(passed), notes=summed(notes)
    )


def _with_rows(piece: RawTable, offset: int, parts: int) -> tuple[pa.Table, Numbers]:
    """Return the cells of a piece with the numbers of their rows and their flaws, and the part of each.

    Rows of which there are no cells, but flaws, come last.
    """
    flaws: dict[int, list[dict[str, object]]] = {}
    for flaw in piece.flaws:
        flaws.setdefault(flaw.row, []).append(asdict(flaw))
    lost = sorted(flaws.keys() - set(piece.row.tolist()))
    rows = [*piece.row.tolist(), *lost]
    nothing = {name: pa.nulls(len(lost), piece.cells.schema.field(name).type) for name in piece.cells.column_names}
    cells = pa.concat_tables([piece.cells, pa.table(nothing)]) if lost else piece.cells
    beside = {
        ROW: pa.array(np.array(rows, np.int64) + offset),
        THERE: pa.array(np.arange(len(rows)) < len(piece)),
        FLAWS: pa.array([json.dumps(flaws[row]) if row in flaws else None for row in rows], pa.string()),
    }
    for name, column in beside.items():
        cells = cells.append_column(name, column)
    return cells, np.concatenate((numbers_of(piece, parts), np.full(len(lost), NOBODY)))


def _tables(source: HistorySource) -> Iterator[tuple[str, TableName, int]]:
    """Yield what each table is called, and how the settings name it."""
    tables: dict[TableName, Sequence[TableSource]]
    tables = {"leads": (source.leads,), "events": source.events, "outcomes": source.outcomes}
    for name, several in tables.items():
        for at, (key, _) in enumerate(named_tables(name, several)):
            yield key, name, at


def _refuse_persons(source: HistorySource) -> None:
    for setting in ("merged_into", "same_person"):
        if getattr(source.leads, setting):
            raise PartitionError(
                f"history.leads.{setting} must not be set for a partition, as it makes one lead of several that lie in "
                f"different parts: put those leads together in the export, or stay on one machine."
            )


def _leads_in(source: HistorySource, folder: Path) -> int:
    """Return about how many rows the leads table has, without reading all of it."""
    if source.is_database:
        from features.records.reading.sql import count_rows

        return count_rows(source.source, source.leads.table, folder)
    return sum(_rows_in(file) for file in locate_all(folder / source.source, source.leads.table))


def _rows_in(file: TableFile) -> int:
    if file.suffix == ".parquet" and not file.is_archive:
        with pq.ParquetFile(file.path) as parquet:
            return int(parquet.metadata.num_rows)
    with file.open() as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))

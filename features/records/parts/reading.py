"""Reading a part of a partition: its tables as they stood in the export, for the checks of any history."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.records.checks import named_tables
from features.records.checks.broken import BrokenRow
from features.records.parts.manifest import Manifest, TableManifest
from features.records.parts.splitting import NOBODY
from features.records.parts.writing import FLAWS, ROW, THERE
from features.records.reading import Flaw, Passed, RawTable, ReadingError, TableName
from features.records.reading.assembly import folded
from features.records.reading.table import joined_cells
from features.settings.source import HistorySource, TableSource


def read_part(folder: Path, number: int, manifest: Manifest, source: HistorySource) -> dict[str, RawTable]:
    """Return the tables of a part by name; what is said of whole tables is said with the first part.

    Raises
    ------
    ReadingError
        If a file of it is damaged.
    """
    part = manifest.part(folder, number)
    return {
        key: _read(part, key, table, manifest, is_first=number == NOBODY)
        for key, table in _sources(source)
        if key in manifest.tables
    }


def placed(row: BrokenRow, tables: Mapping[str, TableManifest]) -> BrokenRow:
    """Return a broken row of a part with the file and the number that it has in its export."""
    table = next((table for table in tables.values() if table.place == row.file), None)
    if table is None:
        return row
    file, number = table.place_of(row.row)
    return replace(row, file=file, row=number)


def _read(part: Path, key: str, source: TableSource, manifest: Manifest, *, is_first: bool) -> RawTable:
    table = manifest.tables[key]
    files = [part / f"{key}.{number}.parquet" for number in range(manifest.appended)]
    cells = joined_cells([_none(table), *(_cells(file) for file in files if file.exists())])
    is_there = cells.column(THERE).to_numpy().astype(np.bool_)
    row = cells.column(ROW).to_numpy()
    ours = _as_texts(cells.select(list(table.columns)).take(pa.array(np.flatnonzero(is_there))))
    raw = RawTable(table.place, ours, table.columns, row[is_there], tuple(_flaws(cells, row)))
    if source.line_items:
        raw = folded(raw, source)
    if is_first:
        passed = (*(Passed(rows, why) for why, rows in table.passed.items()), *raw.passed)
        raw = replace(raw, blank=table.blank, passed=passed, notes=table.notes)
    return raw


def _sources(source: HistorySource) -> Iterator[tuple[str, TableSource]]:
    several: dict[TableName, Sequence[TableSource]]
    several = {"leads": (source.leads,), "events": source.events, "outcomes": source.outcomes}
    return chain.from_iterable(named_tables(name, tables) for name, tables in several.items())


def _flaws(cells: pa.Table, row: NDArray[np.int64]) -> Iterator[Flaw]:
    for number, cell in zip(row.tolist(), cells.column(FLAWS).to_pylist(), strict=True):
        for flaw in json.loads(cell or "[]"):
            yield Flaw(**flaw | {"row": number})


def _none(table: TableManifest) -> pa.Table:
    """Return no rows, for a part that has none of a table."""
    kinds = dict.fromkeys(table.columns, pa.null()) | {ROW: pa.int64(), THERE: pa.bool_(), FLAWS: pa.string()}
    return pa.schema(kinds).empty_table()


def _as_texts(cells: pa.Table) -> pa.Table:
    """Return columns of which nothing is known as texts, which the checks know."""
    kinds = [pa.string() if pa.types.is_null(field.type) else field.type for field in cells.schema]
    return cells.cast(pa.schema(list(zip(cells.column_names, kinds, strict=True))))


def _cells(file: Path) -> pa.Table:
    try:
        return pq.read_table(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise ReadingError(f"{file} cannot be read: {error}. Make the partition anew.") from error

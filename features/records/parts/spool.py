"""Rows on their way to their parts: kept together in memory up to a bound, then written behind those of the same part."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.records.reading.table import joined_cells

MAX_BYTES = 64 << 20
"""Bytes of rows that wait in memory; more are written."""
ROW_GROUP = 50_000
"""Rows of a row group: what a reader of a part holds at once is small."""


class Spool:
    """Rows by table and part; a folder of files in which each part's rows stand in the order in which they came."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._max_bytes, self._bytes = folder, max_bytes, 0
        self._waiting: dict[Path, list[pa.Table]] = defaultdict(list)

    def add(self, table: str, cells: pa.Table, number: NDArray[np.int64]) -> None:
        """Put rows (n,) to the parts of these numbers (n,)."""
        if not len(number):
            return
        order = np.argsort(number, kind="stable")
        sorted_cells = cells.take(order)
        parts, starts = np.unique(number[order], return_index=True)
        for part, first, end in zip(parts.tolist(), starts, [*starts[1:], len(order)], strict=True):
            self._waiting[self._file(table, part)].append(sorted_cells.slice(first, end - first))
        self._bytes += sorted_cells.nbytes
        if self._bytes > self._max_bytes:
            self._write()

    def finish(self, table: str, part: int, target: Path) -> None:
        """Write the rows of a part as a Parquet file; none where there are none."""
        self._write()
        file = self._file(table, part)
        if not file.exists():
            return
        cells = joined_cells(list(_streams(file)))
        empty = [at for at, field in enumerate(cells.schema) if pa.types.is_null(field.type)]
        for at in empty:
            cells = cells.set_column(at, cells.schema.names[at], cells.column(at).cast(pa.string()))
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(cells, target, row_group_size=ROW_GROUP, compression="zstd")
        file.unlink()

    def _file(self, table: str, part: int) -> Path:
        return self._folder / f"{table}.{part}.arrows"

    def _write(self) -> None:
        """Append what waits, each part's rows as an Arrow stream of its own."""
        for file, tables in self._waiting.items():
            cells = joined_cells(tables).combine_chunks()
            with file.open("ab") as sink, pa.ipc.new_stream(sink, cells.schema) as stream:
                stream.write_table(cells)
        self._waiting.clear()
        self._bytes = 0


def _streams(file: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(file)) as source:
        while source.tell() < source.size():
            yield pa.ipc.open_stream(source).read_all()

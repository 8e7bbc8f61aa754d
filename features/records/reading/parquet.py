"""A table of a Parquet file."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.records.reading.bounded import most_unpacked, too_large
from features.records.reading.files import TableFile, in_memory
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import ROWS_AT_ONCE, RawTable, ReadingError, numbered, plain

CELL_BYTES = 8
"""Of a cell in memory, at least: a number, or where a text lies."""


def refuse_parquet_bomb(parquet: pq.ParquetFile, name: str, packed: int) -> None:
    """Refuse a file that says of itself that more comes out of it than any table holds: a value that is the same in all rows takes no room.

    Raises
    ------
    ReadingError
        If its cells would take more than a packed file of so many bytes may unpack to.
    """
    if parquet.metadata.num_rows * parquet.metadata.num_columns * CELL_BYTES > most_unpacked(packed):
        raise too_large(name, packed)


@contextmanager
def _opened(file: TableFile) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file, of an archive too."""
    source = in_memory(file) if file.is_archive else file.path
    packed = source.getbuffer().nbytes if isinstance(source, io.BytesIO) else source.stat().st_size
    with pq.ParquetFile(source) as parquet:
        refuse_parquet_bomb(parquet, file.name, packed)
        yield parquet


def read_parquet(file: TableFile, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a Parquet file.

    Raises
    ------
    ReadingError
        If it is damaged, or lacks a column.
    """
    try:
        with _opened(file) as parquet:
            columns = wanted.find(parquet.schema_arrow.names, file.name)
            cells = parquet.read(columns=list(dict.fromkeys(columns.values())))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise ReadingError(f"{file.name} cannot be read as Parquet: {error}. Export it again.") from error
    return RawTable.of(file.name, plain(cells, file.name), columns, numbered(cells))


def parquet_pieces(file: TableFile, wanted: WantedColumns) -> Iterator[RawTable]:
    """Yield the wanted columns of a Parquet file piece by piece, however long it is.

    Raises
    ------
    ReadingError
        If it is damaged, or lacks a column.
    """
    number = 2  # as a spreadsheet counts: the names are row 1
    try:
        with _opened(file) as parquet:
            columns = wanted.find(parquet.schema_arrow.names, file.name)
            for batch in parquet.iter_batches(ROWS_AT_ONCE, columns=list(dict.fromkeys(columns.values()))):
                cells = plain(pa.Table.from_batches([batch]), file.name)
                yield RawTable.of(file.name, cells, columns, np.arange(number, number + len(batch)))
                number += len(batch)
            if number == 2:
                none = plain(
                    parquet.schema_arrow.empty_table().select(list(dict.fromkeys(columns.values()))), file.name
                )
                yield RawTable.of(file.name, none, columns, numbered(none))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise ReadingError(f"{file.name} cannot be read as Parquet: {error}. Export it again.") from error

"""A table of a Parquet file."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.records.reading.files import TableFile, in_memory
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import ROWS_AT_ONCE, RawTable, ReadingError, numbered, plain


def read_parquet(file: TableFile, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a Parquet file.

    Raises
    ------
    ReadingError
        If it is damaged, or lacks a column.
    """
    try:
        with pq.ParquetFile(in_memory(file) if file.is_archive else file.path) as parquet:
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
        with pq.ParquetFile(in_memory(file) if file.is_archive else file.path) as parquet:
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

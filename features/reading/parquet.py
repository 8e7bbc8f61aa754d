"""A table of a Parquet file."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.reading.mapping import Wanted
from features.reading.table import RawTable, ReadingError, numbered, plain


def read_parquet(path: Path, wanted: Wanted) -> RawTable:
    """Read the wanted columns of a Parquet file.

    Raises
    ------
    ReadingError
        If it is damaged, or lacks a column.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = wanted.find(file.schema_arrow.names, path.name)
            cells = file.read(columns=list(dict.fromkeys(columns.values())))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise ReadingError(f"{path.name} cannot be read as Parquet: {error}. Export it again.") from error
    return RawTable.of(path.name, plain(cells, path.name), columns, numbered(cells))

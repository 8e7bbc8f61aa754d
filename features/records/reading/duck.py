"""A table of a DuckDB file, by DuckDB itself where it is installed."""

from pathlib import Path
from typing import Any

from features.records.reading.files import TableFile
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import RawTable, ReadingError, numbered, plain


def tables_of(path: Path) -> list[str]:
    """Return the tables and views of a DuckDB file.

    Raises
    ------
    ReadingError
        If it cannot be opened, or DuckDB is not installed.
    """
    with _connect(path) as connection:
        return sorted(str(row[0]) for row in connection.execute("SHOW TABLES").fetchall())


def read_duckdb(file: TableFile, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a table of a DuckDB file.

    Raises
    ------
    ReadingError
        If it lacks a column.
    """
    with _connect(file.path) as connection:
        relation = connection.table(file.part)
        columns = wanted.find(list(relation.columns), file.name)
        names = list(dict.fromkeys(columns.values()))
        cells = relation.select(*(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names)).to_arrow_table()
    return RawTable.of(file.name, plain(cells, file.name), columns, numbered(cells))


def _connect(path: Path) -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise ReadingError(
            f"{path.name} needs DuckDB: install it with `pip install duckdb`, or export its tables to Parquet."
        ) from error
    try:
        return duckdb.connect(str(path), read_only=True)
    except (duckdb.Error, OSError) as error:
        raise ReadingError(f"{path.name} cannot be read as a DuckDB file: {error}. Copy it again.") from error

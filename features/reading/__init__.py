"""One table of an export, as it stands there: from a CSV or Parquet file, or a SQL database, under our column names.

Cells stay what the export says. What does not even come out as a cell (a row with a cell too many, bytes of another
encoding) is handed on as a flaw, with its row.
"""

from pathlib import Path

from features.reading.csv_file import read_csv
from features.reading.files import locate
from features.reading.mapping import TableName, Wanted
from features.reading.parquet import read_parquet
from features.reading.sql import read_sql
from features.reading.table import Flaw, RawTable, ReadingError
from features.settings import HistorySource, LeadSchema

__all__ = ["Flaw", "RawTable", "ReadingError", "TableName", "Wanted", "read_table", "read_wanted"]


def read_table(source: HistorySource, schema: LeadSchema, name: TableName, folder: Path) -> RawTable:
    """Read one table of a history; a relative source is looked for in `folder`.

    Raises
    ------
    ReadingError
        If the table is not there, is empty, or lacks a column that the settings name or that no history goes without.
    """
    return read_wanted(source, Wanted.of(source, schema, name), folder)


def read_wanted(source: HistorySource, wanted: Wanted, folder: Path) -> RawTable:
    """Read the wanted columns of a table that lies where a source says.

    Raises
    ------
    ReadingError
        If the table is not there, is empty, or lacks a column.
    """
    if source.is_database:
        return read_sql(source.source, wanted, folder)
    path = locate(folder / source.source, wanted.source.table)
    return read_parquet(path, wanted) if path.suffix == ".parquet" else read_csv(path, source, wanted)

"""One table of an export, as it stands there, under our column names: from a file of any kind, or a SQL database.

Cells stay what the export says. What does not even come out as a cell (a row with a cell too many, bytes of another
encoding) is handed on as a flaw, with its row.
"""

from functools import partial
from pathlib import Path

from features.records.reading.assembly import assemble, formed, needs_assembly
from features.records.reading.csv_file import read_csv
from features.records.reading.duck import read_duckdb
from features.records.reading.files import DATABASES, WORKBOOKS, TableFile
from features.records.reading.locating import locate_all, tables_in
from features.records.reading.mapping import TableName, WantedColumns
from features.records.reading.parquet import read_parquet
from features.records.reading.sql import read_sql
from features.records.reading.table import Flaw, Passed, RawTable, ReadingError
from features.records.reading.united import read_united
from features.records.reading.workbook import read_workbook
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

__all__ = [
    "Flaw",
    "Passed",
    "RawTable",
    "ReadingError",
    "TableFile",
    "TableName",
    "WantedColumns",
    "read_file",
    "read_table",
    "read_wanted",
    "tables_in",
]


def read_table(source: HistorySource, schema: LeadSchema, name: TableName, folder: Path, at: int = 0) -> RawTable:
    """Read one table of a history; a relative source is looked for in `folder`, and `at` tells several of one name apart.

    Raises
    ------
    ReadingError
        If the table is not there, is empty, or lacks a column that the settings name or that no history goes without.
    """
    return read_wanted(source, WantedColumns.of(source, schema, name, at), folder)


def read_wanted(source: HistorySource, wanted: WantedColumns, folder: Path) -> RawTable:
    """Read the wanted columns of a table that lies where a source says, put together as the settings of the table say.

    Raises
    ------
    ReadingError
        If the table is not there, is empty, or lacks a column.
    """
    read = partial(read_plain, source, folder=folder)
    if needs_assembly(wanted.source):
        return assemble(wanted, read, source.id_form)
    return formed(read(wanted), source.id_form)


def read_plain(source: HistorySource, wanted: WantedColumns, folder: Path) -> RawTable:
    """Read the wanted columns of a table that lies where a source says, as they stand there."""
    if source.is_database:
        return read_sql(source.source, wanted, folder)
    files = locate_all(folder / source.source, wanted.source.table)
    if len(files) == 1:
        return read_file(files[0], source, wanted)
    return read_united(files, wanted, lambda file, asked: read_file(file, source, asked))


def read_file(file: TableFile, source: HistorySource, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a table's file.

    Raises
    ------
    ReadingError
        If it cannot be read, or lacks a column.
    """
    if file.suffix == ".parquet":
        return read_parquet(file, wanted)
    if file.suffix in DATABASES:
        return read_duckdb(file, wanted)
    return read_workbook(file, wanted) if file.suffix in WORKBOOKS else read_csv(file, source, wanted)

"""A table of an export piece by piece, so that its length does not matter; together the pieces are what `read_table` gives."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from features.records.reading import read_file, read_plain
from features.records.reading.assembly import assemble, everything_of, formed, needs_assembly
from features.records.reading.csv_file import csv_pieces
from features.records.reading.files import DATABASES, WORKBOOKS
from features.records.reading.footers import without_footers
from features.records.reading.locating import locate_all
from features.records.reading.mapping import TableName, WantedColumns
from features.records.reading.parquet import parquet_pieces
from features.records.reading.sql import sql_pieces
from features.records.reading.table import RawTable
from features.records.reading.united import united_pieces
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource


def table_pieces(
    source: HistorySource, schema: LeadSchema, name: TableName, folder: Path, at: int = 0
) -> Iterator[RawTable]:
    """Yield the rows of a table of a history; rows of one id that are one record are still several.

    A workbook and a table of DuckDB come in one piece; of a table in several files, each file does.

    Raises
    ------
    ReadingError
        As `read_table` does.
    """
    wanted = WantedColumns.of(source, schema, name, at)
    if not needs_assembly(wanted.source):
        for piece, ends in _with_ends(_plain(source, wanted, folder)):
            with_footers = ends and _is_text(source, wanted, folder)
            yield formed(without_footers(piece, wanted) if with_footers else piece, source.id_form)
        return
    others: dict[str, RawTable] = {}
    everything = everything_of(wanted)
    for piece, ends in _with_ends(_plain(source, everything, folder)):

        def read(asked: WantedColumns, piece: RawTable = piece) -> RawTable:
            if asked == everything:
                return piece
            if asked.section not in others:
                others[asked.section] = read_plain(source, asked, folder)
            return others[asked.section]

        yield assemble(wanted, read, source.id_form, ends=ends, folds=False)


def _plain(source: HistorySource, wanted: WantedColumns, folder: Path) -> Iterable[RawTable]:
    if source.is_database:
        return sql_pieces(source.source, wanted, folder)
    files = locate_all(folder / source.source, wanted.source.table)
    if len(files) > 1:
        return united_pieces(files, wanted, lambda file, asked: read_file(file, source, asked))
    (file,) = files
    if file.suffix == ".parquet":
        return parquet_pieces(file, wanted)
    if file.suffix in (*DATABASES, *WORKBOOKS):
        return [read_plain(source, wanted, folder)]
    return csv_pieces(file, source, wanted)


def _is_text(source: HistorySource, wanted: WantedColumns, folder: Path) -> bool:
    if source.is_database:
        return False
    files = locate_all(folder / source.source, wanted.source.table)
    return len(files) == 1 and files[0].suffix not in (".parquet", *DATABASES, *WORKBOOKS)


def _with_ends(pieces: Iterable[RawTable]) -> Iterator[tuple[RawTable, bool]]:
    """Yield each piece, and whether it is the last."""
    before = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    if before is not None:
        yield before, True

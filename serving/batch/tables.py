"""Rows of a CSV or Parquet file or a workbook of leads in batches; a row that is none becomes a lead with its problem."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.records.leads.checking import LeadProblem
from features.records.reading import ReadingError
from features.records.reading.csv_file import LONGEST_ROW
from features.records.reading.dialect import Dialect
from features.records.reading.files import PART, TableFile
from features.records.reading.parquet import refuse_parquet_bomb
from features.records.reading.workbook import as_column, read_sheet, sheets_of
from serving.batch.cells import CellReader
from serving.batch.leads import FileLead, LeadFile, to_leads

BATCH = 2000


def csv_batches(
    source: Path, there: list[str], names: Mapping[str, str], dialect: Dialect, reader: CellReader, leads: LeadFile
) -> Iterator[list[FileLead]]:
    """Yield the rows of a CSV file by our names.

    Not by Arrow's reader, which histories are read with: it gives up at a row that has both a cell too many and a byte of another
    encoding, and reads so far ahead that nobody could say how much is done.
    """
    at = {ours: there.index(theirs) for ours, theirs in names.items()}
    with source.open("rb") as file, dialect.text(file, "surrogateescape") as text:
        numbered = enumerate(_csv_rows(text, dialect), start=dialect.skipped + 1)
        next(numbered, None)
        while some := list(islice(numbered, BATCH)):
            leads.done = file.tell()
            rows: dict[int, list[str]] = {}
            broken: list[FileLead] = []
            for number, row in some:
                if problem := _problem(row, len(there), dialect.delimiter):
                    broken.append(FileLead(number, problems=(problem,)))
                elif not isinstance(row, csv.Error) and any(row):  # blank rows are passed over
                    rows[number] = row
            texts = {ours: [row[place] for row in rows.values()] for ours, place in at.items()}
            columns = {ours: reader.texts(ours, cells, dialect.encoding) for ours, cells in texts.items()}
            yield sorted([*to_leads(rows, columns), *broken], key=lambda lead: lead.row)


def _csv_rows(text: io.TextIOWrapper, dialect: Dialect) -> Iterator[list[str] | csv.Error]:
    """Yield rows, and the error of each that cannot be read."""
    csv.field_size_limit(LONGEST_ROW)  # the events of one lead can be long
    rows = csv.reader(text, delimiter=dialect.delimiter, strict=True)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield error
        except UnicodeError as error:
            told = f"is not {dialect.encoding} text: {error}. Set history.encoding to the file's own."
            raise ReadingError(f"The file of leads {told}") from error


def _problem(row: list[str] | csv.Error, cells: int, delimiter: str) -> LeadProblem | None:
    if isinstance(row, csv.Error):
        return LeadProblem("row", "must be CSV", str(row), "close each quote, and double one that belongs to a text")
    if len(row) == cells or not any(row):
        return None
    got = f"{len(row)} in {delimiter.join(row)[:80]!r}"
    return LeadProblem(
        "row", f"must have {cells} cells", got, f"put cells that contain {delimiter!r} in quotes, or fill up the row"
    )


def parquet_layout(source: Path) -> tuple[list[str], int]:
    """Return the names of the columns of a Parquet file, and the number of its rows.

    Raises
    ------
    ReadingError
        If it is damaged.
    """
    with _readable(source), pq.ParquetFile(source) as file:
        refuse_parquet_bomb(file, source.name, source.stat().st_size)
        return list(file.schema_arrow.names), file.metadata.num_rows


def parquet_batches(
    source: Path, names: Mapping[str, str], reader: CellReader, leads: LeadFile
) -> Iterator[list[FileLead]]:
    """Yield the rows of a Parquet file by our names."""
    theirs = list(dict.fromkeys(names.values()))
    with _readable(source), pq.ParquetFile(source) as file:
        refuse_parquet_bomb(file, source.name, source.stat().st_size)
        for batch in file.iter_batches(BATCH, columns=theirs):
            table = pa.Table.from_batches([batch])
            columns = {ours: reader.column(ours, table.column(name), source.name) for ours, name in names.items()}
            first = leads.done + 2  # as a spreadsheet counts: the names are row 1
            leads.done += len(batch)
            yield to_leads(range(first, first + len(batch)), columns)


@dataclass(frozen=True)
class SheetOfLeads:
    """A sheet of a workbook: its rows (n,) under the sheet's own names, and their numbers as the program shows them."""

    place: str
    cells: pa.Table
    numbers: list[int]


def open_sheet(source: Path, table: str) -> SheetOfLeads:
    """Read the sheet that the settings name for the history's leads if the workbook has it, otherwise its first.

    Raises
    ------
    ReadingError
        If it cannot be read, or is empty.
    """
    sheets = sheets_of(source)
    named = [name for name in sheets if name in (table, table.partition(PART)[2])]
    file = TableFile(source, (named or sheets)[0])
    names, rows, header = read_sheet(file)
    filled = [
        (number, row) for number, row in enumerate(rows, start=header + 1) if any(str(cell).strip() for cell in row)
    ]
    columns = {name: as_column([row[at] for _, row in filled]) for at, name in enumerate(names)}
    return SheetOfLeads(file.name, pa.table(columns), [number for number, _ in filled])


def sheet_batches(
    sheet: SheetOfLeads, names: Mapping[str, str], reader: CellReader, leads: LeadFile
) -> Iterator[list[FileLead]]:
    """Yield the rows of a sheet by our names."""
    for first in range(0, len(sheet.cells), BATCH):
        some = sheet.cells.slice(first, BATCH)
        columns = {ours: reader.column(ours, some.column(name), sheet.place) for ours, name in names.items()}
        leads.done += len(some)
        yield to_leads(sheet.numbers[first : first + BATCH], columns)


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ReadingError(f"{source.name} cannot be read as Parquet: {error}. Export it again.") from error

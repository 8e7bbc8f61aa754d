"""A table of a text file: cells stay texts; a row with a cell too many, or bytes of another encoding, is a flaw."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from features.records.reading.dialect import Dialect, Unescaped, find_dialect, is_utf8
from features.records.reading.files import TableFile
from features.records.reading.footers import without_footers
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import Flaw, RawTable, ReadingError, distinct, repeated_names
from features.settings.source import HistorySource

LONGEST_ROW = 1 << 24
"""Bytes that a row may have; the reader parses in blocks of so many."""
NULL = b"\\N"
"""How MySQL and PostgreSQL write an empty cell."""


def read_csv(file: TableFile, source: HistorySource, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a text file.

    Raises
    ------
    ReadingError
        If it is not of the encoding, lacks a column, or a quote is never closed in it.
    """
    dialect, names, columns = _layout(file, source, wanted)
    theirs = list(dict.fromkeys(columns.values()))
    cells, ragged = _parse(file, dialect, names, theirs, fast=True)
    if ragged:  # a second time on one thread, which alone knows the row numbers
        cells, ragged = _parse(file, dialect, names, theirs, fast=False)
    first = dialect.skipped + 2
    row = np.arange(first, len(cells) + len(ragged) + first)
    row = np.setdiff1d(row, [invalid.number for invalid in ragged], assume_unique=True)
    flaws = [_ragged(invalid, dialect.delimiter) for invalid in ragged]
    raw = _decoded_rows(file, cells, columns, row, flaws, dialect)
    return without_footers(raw, wanted).noting(*_notes(dialect), *repeated_names(columns.values(), distinct(names)))


def csv_pieces(file: TableFile, source: HistorySource, wanted: WantedColumns) -> Iterator[RawTable]:
    """Yield the wanted columns of a text file piece by piece, however long it is; footers are rows like others.

    Raises
    ------
    ReadingError
        As `read_csv` does.
    """
    dialect, names, columns = _layout(file, source, wanted)
    notes = (*_notes(dialect), *repeated_names(columns.values(), distinct(names)))
    ragged: list[pa.csv.InvalidRow] = []
    number, flawed = dialect.skipped + 2, 0
    with _reading(file, dialect):
        for batch in _batches(file, dialect, names, list(dict.fromkeys(columns.values())), ragged):
            between = np.array([invalid.number for invalid in ragged[flawed:]], np.int64)
            row = np.arange(number, number + len(batch) + len(between))
            row = row[~np.isin(row, between)][: len(batch)]
            number = int(row[-1]) + 1 if len(row) else number
            met = sum(invalid.number < number for invalid in ragged[flawed:])
            flaws = [_ragged(invalid, dialect.delimiter) for invalid in ragged[flawed : flawed + met]]
            flawed += met
            yield _decoded_rows(file, batch, columns, row, flaws, dialect).noting(*notes)
            notes = ()
    if (
        notes or number == dialect.skipped + 2 or flawed < len(ragged)
    ):  # what is left: flaws at the end, or no rows at all
        flaws = [_ragged(invalid, dialect.delimiter) for invalid in ragged[flawed:]]
        none = pa.schema(dict.fromkeys(columns.values(), pa.binary())).empty_table()
        yield _decoded_rows(file, none, columns, np.empty(0, np.int64), flaws, dialect).noting(*notes)


def _layout(file: TableFile, source: HistorySource, wanted: WantedColumns) -> tuple[Dialect, list[str], dict[str, str]]:
    """Return how a file is written, the names of its columns, and those that are wanted."""
    dialect = find_dialect(file, source, wanted.source)
    names = read_names(file, dialect)
    columns = wanted.find(distinct(names), file.name)
    _refuse_open_quote(file, dialect)
    return dialect, names, columns


def _decoded_rows(
    file: TableFile,
    cells: pa.Table,
    columns: dict[str, str],
    row: NDArray[np.int64],
    flaws: list[Flaw],
    dialect: Dialect,
) -> RawTable:
    """Return rows of bytes as texts, each that is none with its flaw."""
    texts = {}
    for name in dict.fromkeys(columns.values()):
        texts[name], undecoded = _decode(cells.column(name))
        flaws += [_undecoded(int(row[at]), name, value, dialect.encoding) for at, value in undecoded.items()]
    return RawTable.of(file.name, pa.table(texts), columns, row, flaws)


def _notes(dialect: Dialect) -> Iterator[str]:
    """Say what was found of how a file is written, where that is not what most are."""
    if not is_utf8(dialect.encoding):
        yield f"read as {dialect.encoding} text"
    if dialect.skipped:
        yield f"the column names stand in line {dialect.skipped + 1}; what stands above is passed over"


def read_header(file: TableFile, dialect: Dialect) -> list[str]:
    """Return the column names of a text file, the second of two alike as `name (2)`."""
    return distinct(read_names(file, dialect))


def read_names(file: TableFile, dialect: Dialect) -> list[str]:
    """Return the column names of a text file as they stand there.

    Raises
    ------
    ReadingError
        If there are none, or the file is not of this encoding.
    """
    try:
        with file.open() as stream:
            # A row below that cannot be decoded is not the header's concern.
            text = dialect.text(stream, "surrogateescape")  # kept by name, as it would close the file when it goes
            names = next(csv.reader(text, delimiter=dialect.delimiter), [])
        "".join(names).encode()
    except (UnicodeError, csv.Error) as error:
        raise ReadingError(
            f"The header of {file.name} is not {dialect.encoding} text: {error}. Set history.encoding to the file's own, "
            f"often 'cp1252' or 'utf-16'."
        ) from error
    if not names:
        raise ReadingError(f"{file.name} must begin with the column names, got an empty line: export it again.")
    return names


class _AsUtf8(io.RawIOBase):
    """A file in another encoding as UTF-8; what cannot be decoded stays as bytes that are not UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._text.read(size).encode("utf-8", "surrogateescape")


def _refuse_open_quote(file: TableFile, dialect: Dialect) -> None:
    """Refuse a file that ends inside quotes: everything after the lost quote would be one cell."""
    with file.open() as stream:
        raw = cast("IO[bytes]", Unescaped(stream)) if dialect.escaped else stream
        quotes = sum(block.count(b'"') for block in iter(lambda: raw.read(1 << 20), b""))
    if quotes % 2 == 0:
        return
    with file.open() as stream:
        row = dialect.skipped
        try:
            text = dialect.text(stream, "replace")
            rows = csv.reader(text, delimiter=dialect.delimiter, strict=True)
            for row, _ in enumerate(rows, start=dialect.skipped + 1):  # noqa: B007
                pass
        except csv.Error as error:
            if "unexpected end" in str(error) or "field limit" in str(error):
                raise ReadingError(
                    f'Row {row + 1} of {file.name} opens a quote (") that is never closed, so the rest of the file would be '
                    f"one cell: close it or double it there."
                ) from error


def _parse(
    file: TableFile, dialect: Dialect, names: list[str], columns: list[str], *, fast: bool
) -> tuple[pa.Table, list[pa.csv.InvalidRow]]:
    """Return the cells as bytes, and the rows that have another number of them."""
    ragged: list[pa.csv.InvalidRow] = []
    options = _options(dialect, names, columns, ragged, fast=fast)
    with _reading(file, dialect), file.open() as stream:
        text = _decoded(stream, dialect)  # kept by name, as it would close the file when it goes
        try:
            return pa.csv.read_csv(text, *options), ragged
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise
    return pa.schema(dict.fromkeys(columns, pa.binary())).empty_table(), ragged  # a header without a line end


def _batches(
    file: TableFile, dialect: Dialect, names: list[str], columns: list[str], ragged: list[pa.csv.InvalidRow]
) -> Iterator[pa.Table]:
    """Yield the cells as bytes; rows that have another number of them are added to `ragged` before those that follow."""
    options = _options(dialect, names, columns, ragged, fast=False)
    with file.open() as stream:
        text = _decoded(stream, dialect)
        try:
            with pa.csv.open_csv(text, *options) as reader:
                for batch in reader:
                    yield pa.Table.from_batches([batch])
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise
            yield pa.schema(dict.fromkeys(columns, pa.binary())).empty_table()


def _options(
    dialect: Dialect, names: list[str], columns: list[str], ragged: list[pa.csv.InvalidRow], *, fast: bool
) -> tuple[pa.csv.ReadOptions, pa.csv.ParseOptions, pa.csv.ConvertOptions]:
    def skip(row: pa.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    reading = pa.csv.ReadOptions(use_threads=fast, block_size=LONGEST_ROW, skip_rows=dialect.skipped)
    if (there := distinct(names)) != names:  # of two alike, Arrow would not tell which it reads
        reading.column_names, reading.skip_rows_after_names = there, 1
    parsing = pa.csv.ParseOptions(
        delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
    )
    kinds = dict.fromkeys(columns, pa.binary())
    return (
        reading,
        parsing,
        pa.csv.ConvertOptions(include_columns=columns, column_types=kinds, strings_can_be_null=False),
    )


@contextmanager
def _reading(file: TableFile, dialect: Dialect) -> Iterator[None]:
    """Turn what Arrow says of a file that cannot be read into our words."""
    try:
        yield
    except UnicodeError as error:
        raise ReadingError(
            f"{file.name} is not {dialect.encoding} text: {error}. Set history.encoding to the file's own."
        ) from error
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            raise ReadingError(
                f"{file.name} has a row of more than {LONGEST_ROW >> 20} MB: most likely a quote is not closed there."
            ) from error
        raise ReadingError(f"{file.name} cannot be read as CSV: {error}.") from error


def _decoded(stream: IO[bytes], dialect: Dialect) -> IO[bytes]:
    """Return a file as UTF-8 with quotes doubled, as Arrow reads it."""
    raw = cast("IO[bytes]", Unescaped(stream)) if dialect.escaped else stream
    return raw if is_utf8(dialect.encoding) else cast("IO[bytes]", _AsUtf8(raw, dialect.encoding))


def _ragged(row: pa.csv.InvalidRow, delimiter: str) -> Flaw:
    got, rule = f"{row.actual_columns} in {row.text!r}", f"must have {row.expected_columns} cells"
    short = row.text if row.actual_columns < row.expected_columns else ""
    remedy = f"put cells that contain {delimiter!r} in quotes, or fill up the row"
    return Flaw(int(row.number), "", got, rule, remedy, short)


def _undecoded(row: int, column: str, value: bytes, encoding: str) -> Flaw:
    remedy = "set history.encoding to the export's own, often 'cp1252'"
    return Flaw(row, column, repr(value), f"must be {encoding} text", remedy)


def _decode(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, dict[int, bytes]]:
    """Return a column as text, and the cells by position that are none."""
    column = pc.if_else(pc.equal(column, pa.scalar(NULL)), pa.scalar(b""), column)
    try:
        return column.cast(pa.string()), {}
    except pa.ArrowInvalid:
        values = column.to_pylist()
    texts = [value.decode(errors="replace") for value in values]
    undecoded = {
        at: value for at, (value, text) in enumerate(zip(values, texts, strict=True)) if text.encode() != value
    }
    return pa.chunked_array([pa.array(texts, pa.string())]), undecoded

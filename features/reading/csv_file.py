"""A table of a CSV file: cells stay texts; a row with a cell too many, or bytes of another encoding, is a flaw."""

import codecs
import csv
import io
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from features.reading.files import open_bytes
from features.reading.mapping import Wanted
from features.reading.table import Flaw, RawTable, ReadingError
from features.settings import HistorySource

LONGEST_ROW = 1 << 24
"""Bytes that a row may have; the reader parses in blocks of so many."""


def read_csv(path: Path, source: HistorySource, wanted: Wanted) -> RawTable:
    """Read the wanted columns of a CSV file.

    Raises
    ------
    ReadingError
        If it is not of the encoding, lacks a column, or a quote is never closed in it.
    """
    columns = wanted.find(read_header(path, source.encoding, source.delimiter), path.name)
    _refuse_open_quote(path, source)
    theirs = list(dict.fromkeys(columns.values()))
    cells, ragged = _parse(path, source, theirs, fast=True)
    if ragged:  # a second time on one thread, which alone knows the row numbers
        cells, ragged = _parse(path, source, theirs, fast=False)
    row = np.arange(2, len(cells) + len(ragged) + 2)
    row = np.setdiff1d(row, [invalid.number for invalid in ragged], assume_unique=True)
    flaws = [_ragged(invalid, source.delimiter) for invalid in ragged]
    texts = {}
    for name in theirs:
        texts[name], undecoded = _decode(cells.column(name))
        flaws += [_undecoded(int(row[at]), name, value, source.encoding) for at, value in undecoded.items()]
    return RawTable.of(path.name, pa.table(texts), columns, row, flaws)


def read_header(path: Path, encoding: str, delimiter: str) -> list[str]:
    """Return the column names of a CSV file.

    Raises
    ------
    ReadingError
        If there are none, or the file is not of this encoding.
    """
    decoding = "utf-8-sig" if _is_utf8(encoding, path) else encoding
    try:
        with open_bytes(path) as file:
            # A row below that cannot be decoded is not the header's concern.
            text = io.TextIOWrapper(file, decoding, errors="surrogateescape", newline="")
            names = next(csv.reader(text, delimiter=delimiter), [])
        "".join(names).encode()
    except (UnicodeError, csv.Error) as error:
        raise ReadingError(
            f"The header of {path.name} is not {encoding} text: {error}. Set history.encoding to the file's own, "
            f"often 'cp1252' or 'utf-16'."
        ) from error
    if not names:
        raise ReadingError(f"{path.name} must begin with the column names, got an empty line: export it again.")
    return names


def _is_utf8(encoding: str, path: Path) -> bool:
    """Return whether an encoding is UTF-8, with or without a byte-order mark."""
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    except LookupError as error:
        raise ReadingError(
            f"history.encoding must be a known encoding such as 'utf-8' or 'cp1252', got {encoding!r} ({path.name})."
        ) from error


class _AsUtf8(io.RawIOBase):
    """A file in another encoding as UTF-8; what cannot be decoded stays as bytes that are not UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._text.read(size).encode("utf-8", "surrogateescape")


def _refuse_open_quote(path: Path, source: HistorySource) -> None:
    """Refuse a file that ends inside quotes: everything after the lost quote would be one cell."""
    with open_bytes(path) as file:
        quotes = sum(block.count(b'"') for block in iter(lambda: file.read(1 << 20), b""))
    if quotes % 2 == 0:
        return
    with open_bytes(path) as file:
        text = io.TextIOWrapper(file, source.encoding, errors="replace", newline="")
        row = 0
        try:
            for row, _ in enumerate(csv.reader(text, delimiter=source.delimiter, strict=True), start=1):  # noqa: B007
                pass
        except csv.Error as error:
            if "unexpected end" in str(error) or "field limit" in str(error):
                raise ReadingError(
                    f'Row {row + 1} of {path.name} opens a quote (") that is never closed, so the rest of the file would be '
                    f"one cell: close it or double it there."
                ) from error


def _parse(
    path: Path, source: HistorySource, columns: list[str], *, fast: bool
) -> tuple[pa.Table, list[pa.csv.InvalidRow]]:
    """Return the cells as bytes, and the rows that have another number of them."""
    ragged: list[pa.csv.InvalidRow] = []

    def skip(row: pa.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    reading = pa.csv.ReadOptions(use_threads=fast, block_size=LONGEST_ROW)
    parsing = pa.csv.ParseOptions(
        delimiter=source.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
    )
    kinds = dict.fromkeys(columns, pa.binary())
    converting = pa.csv.ConvertOptions(include_columns=columns, column_types=kinds, strings_can_be_null=False)
    try:
        with open_bytes(path) as file:
            stream = file if _is_utf8(source.encoding, path) else _AsUtf8(file, source.encoding)
            return pa.csv.read_csv(stream, reading, parsing, converting), ragged
    except UnicodeError as error:
        raise ReadingError(
            f"{path.name} is not {source.encoding} text: {error}. Set history.encoding to the file's own."
        ) from error
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):  # a header without a line end
            return pa.schema(kinds).empty_table(), ragged
        if "straddling" in str(error):
            raise ReadingError(
                f"{path.name} has a row of more than {LONGEST_ROW >> 20} MB: most likely a quote is not closed there."
            ) from error
        raise ReadingError(f"{path.name} cannot be read as CSV: {error}.") from error


def _ragged(row: pa.csv.InvalidRow, delimiter: str) -> Flaw:
    got, rule = f"{row.actual_columns} in {row.text!r}", f"must have {row.expected_columns} cells"
    return Flaw(int(row.number), "", got, rule, f"put cells that contain {delimiter!r} in quotes, or fill up the row")


def _undecoded(row: int, column: str, value: bytes, encoding: str) -> Flaw:
    remedy = "set history.encoding to the export's own, often 'cp1252'"
    return Flaw(row, column, repr(value), f"must be {encoding} text", remedy)


def _decode(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, dict[int, bytes]]:
    """Return a column as text, and the cells by position that are none."""
    try:
        return column.cast(pa.string()), {}
    except pa.ArrowInvalid:
        values = column.to_pylist()
    texts = [value.decode(errors="replace") for value in values]
    undecoded = {
        at: value for at, (value, text) in enumerate(zip(values, texts, strict=True)) if text.encode() != value
    }
    return pa.chunked_array([pa.array(texts, pa.string())]), undecoded

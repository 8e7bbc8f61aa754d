"""Cells far from all others: a workbook is read as one block up to its last row and column, which a stray cell makes too large for any memory."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, is_zipfile

from features.records.reading.bounded import most_unpacked, too_large
from features.records.reading.table import ReadingError

CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
LONGEST_TAG = 400
CHUNK = 1 << 20
MAX_EMPTY_CELLS = 200_000_000
"""Of a block: each takes 24 bytes while it is read, so these take 5 GB. A full sheet has none, however large it is."""


def refuse_far_cells(path: Path) -> None:
    """Refuse a workbook that unpacks to more than any does, or of Excel with a sheet of nearly nothing but empty cells, before it is read.

    Raises
    ------
    ReadingError
        Naming how far the sheet reaches, or how much may come out.
    """
    if not is_zipfile(path):
        return
    try:
        with ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > most_unpacked(path.stat().st_size):
                raise too_large(path.name, path.stat().st_size)
            sheets = [
                name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")
            ]
            for name in sheets:
                with archive.open(name) as sheet:
                    _refuse(path, sheet)
    except (BadZipFile, NotImplementedError, RuntimeError):  # damaged or locked: reading says so
        return


def _refuse(path: Path, sheet: IO[bytes]) -> None:
    rows = columns = cells = 0
    for letters, digits in _cells(sheet):
        cells += 1
        rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
    if rows * columns - cells > MAX_EMPTY_CELLS:
        raise ReadingError(
            f"{path.name} must have its cells together, got {cells:,} cells in a sheet that reaches to row {rows:,} and column "
            f"{columns:,}: delete the empty rows and columns below and beside the table, and save it again."
        )


def _cells(sheet: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    rest = b""
    while chunk := sheet.read(CHUNK):
        text, end = rest + chunk, 0
        for cell in CELL.finditer(text):
            end = cell.end()
            yield cell.group(1), cell.group(2)
        rest = text[max(end, len(text) - LONGEST_TAG) :]


def column_number(letters: bytes) -> int:
    """Return which column letters name.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number

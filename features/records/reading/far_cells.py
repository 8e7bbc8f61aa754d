"""Cells far from all others: a workbook is read as one block up to its last row and column, which a stray cell makes too large for any memory."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, is_zipfile

from features.records.reading.bounded import most_unpacked, too_large
from features.records.reading.table import ReadingError

_ATTRIBUTES = rb"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>"""
TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES)
"""A row or a cell with its attributes, in any way that XML may write them: programs differ in prefixes, quotes and blanks."""
PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
ANY_TAG = re.compile(b"<" + _ATTRIBUTES)
CHUNK = LONGEST_TAG = 1 << 20
"""Bytes that are looked at together, and those of the longest tag."""
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
            for name in archive.namelist():  # which of them are sheets is for the workbook to say, under any name
                with archive.open(name) as part:
                    _refuse(path, part)
    except (BadZipFile, NotImplementedError, RuntimeError):  # damaged or locked: reading says so
        return


def _refuse(path: Path, sheet: IO[bytes]) -> None:
    """Refuse a sheet whose block is nearly all empty; a row or cell that does not say where it is follows the one before."""
    rows = columns = cells = row = column = 0
    for kind, letters, digits in _places(path, sheet):
        if kind == b"row":
            row, column = int(digits) if digits else row + 1, 0
        else:
            cells += 1
            row = int(digits) if digits else row
            column = column_number(letters) if letters else column + 1
        rows, columns = max(rows, row), max(columns, column)
    if rows * columns - cells > MAX_EMPTY_CELLS:
        raise ReadingError(
            f"{path.name} must have its cells together, got {cells:,} cells in a sheet that reaches to row {rows:,} and column "
            f"{columns:,}: delete the empty rows and columns below and beside the table, and save it again."
        )


def _places(path: Path, sheet: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield of each row and cell what it is, and the letters and digits of its place, empty where it does not say."""
    rest = b""
    while chunk := sheet.read(CHUNK):
        text, end = rest + chunk, 0
        for tag in TAG.finditer(text):
            end = tag.end()
            place = PLACE.search(tag[2])
            yield tag[1], *((place[1], place[2]) if place else (b"", b""))
        begun = text.rfind(b"<", end)
        rest = b"" if begun < 0 or ANY_TAG.match(text, begun) else text[begun:]
        if len(rest) > LONGEST_TAG:
            raise ReadingError(
                f"{path.name} must have tags of at most {LONGEST_TAG:,} bytes, got a longer one: export it again."
            )


def column_number(letters: bytes) -> int:
    """Return which column letters name.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number

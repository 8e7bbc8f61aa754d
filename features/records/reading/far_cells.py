"""Cells far from all others: a workbook is read as one block up to its last row and column, which a stray cell makes too large for any memory."""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

from features.records.reading.bounded import most_unpacked, too_large
from features.records.reading.table import ReadingError

_ATTRIBUTES = rb"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>"""
TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES)
"""A row or a cell with its attributes, in any way that XML may write them: programs differ in prefixes, quotes and blanks."""
PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
CELLS = b"sheetData"
"""The tag that a sheet has its cells in, and no other part."""
ANY_TAG = re.compile(b"<" + _ATTRIBUTES)
BEGIN_RECORD, ROW_RECORD, CELL_RECORDS = 145, 0, frozenset([*range(1, 12), 62])
"""Kinds of records of a binary sheet: its cells begin; a row and a cell, whose first number is that of the row or column, from 0 on."""
MORE = 0x80
"""The bit of a byte that says that the next one belongs to the same number."""
CHUNK = LONGEST_TAG = 1 << 20
"""Bytes that are looked at together, and those of the longest tag."""
MAX_EMPTY_CELLS = 200_000_000
"""Of a block: each takes 24 bytes while it is read, so these take 5 GB. A full sheet has none, however large it is."""


class Place(NamedTuple):
    """Where a row or a cell says that it is, from 1 on; 0 where it does not say."""

    is_row: bool
    row: int
    column: int


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
                    is_binary = path.suffix.lower() == ".xlsb"
                    _refuse(path, _binary_places(part) if is_binary else _places(path, part))
    except (BadZipFile, NotImplementedError, RuntimeError):  # damaged or locked: reading says so
        return


def _refuse(path: Path, places: Iterable[Place]) -> None:
    """Refuse a sheet whose block is nearly all empty; a row or cell that does not say where it is follows the one before."""
    rows = columns = cells = row = column = 0
    for place in places:
        if place.is_row:
            row, column = place.row or row + 1, 0
        else:
            cells += 1
            row, column = place.row or row, place.column or column + 1
        rows, columns = max(rows, row), max(columns, column)
    if rows * columns - cells > MAX_EMPTY_CELLS:
        raise ReadingError(
            f"{path.name} must have its cells together, got {cells:,} cells in a sheet that reaches to row {rows:,} and column "
            f"{columns:,}: delete the empty rows and columns below and beside the table, and save it again."
        )


def _places(path: Path, sheet: IO[bytes]) -> Iterator[Place]:
    """Yield the place of each row and cell of a sheet in XML."""
    rest, is_sheet = b"", False
    while chunk := sheet.read(CHUNK):
        text, end = rest + chunk, 0
        is_sheet = is_sheet or CELLS in text
        for tag in TAG.finditer(text):
            end = tag.end()
            place = PLACE.search(tag[2])
            letters, digits = (place[1], place[2]) if place else (b"", b"")
            yield Place(tag[1] == b"row", int(digits or 0), column_number(letters))
        begun = text.rfind(b"<", end)
        rest = b"" if begun < 0 or ANY_TAG.match(text, begun) else text[begun:]
        if len(rest) <= LONGEST_TAG:
            continue
        if is_sheet:
            raise ReadingError(
                f"{path.name} must have tags of at most {LONGEST_TAG:,} bytes, got a longer one: export it again."
            )
        rest = b""  # a picture, in which that byte begins no tag


def _binary_places(part: IO[bytes]) -> Iterator[Place]:
    """Yield the place of each row and cell of a part in records, as MS-XLSB has them: each begins with its kind and its length.

    Pictures and settings of printers are no records, and have none that says that a sheet's cells begin.
    """
    is_sheet = False
    stream = io.BufferedReader(part)  # type: ignore[type-var]  # a member of an archive is one that can be read
    while kind := stream.read(1):
        number = kind[0] if kind[0] < MORE else (kind[0] & MORE - 1) | (stream.read(1) or b"\0")[0] << 7
        content = stream.read(_length(stream))
        is_sheet = is_sheet or number == BEGIN_RECORD
        if is_sheet and (number == ROW_RECORD or number in CELL_RECORDS):
            at = int.from_bytes(content[:4], "little") + 1
            yield Place(True, at, 0) if number == ROW_RECORD else Place(False, 0, at)


def _length(stream: IO[bytes]) -> int:
    """Return the length of a record: seven bits a byte, as long as the eighth says that there are more, and four bytes at most."""
    length = 0
    for shift in range(0, 28, 7):
        (byte,) = stream.read(1) or b"\0"
        length |= (byte & MORE - 1) << shift
        if byte < MORE:
            break
    return length


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

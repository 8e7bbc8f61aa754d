"""How a text file is written: its encoding and delimiter, where its header stands, and whether it escapes quotes."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import IO

from features.records.reading.files import TableFile
from features.records.reading.table import ReadingError
from features.settings.source import HistorySource, TableSource

DELIMITERS = ",;\t|"
SAMPLE_BYTES = 1 << 20
"""Bytes that are looked at for the delimiter and the header."""
HEADER_ROWS = 40
"""Rows among which the header is looked for."""
HEADER_FILLED = 0.6
"""A header fills at least this share of the cells that the fullest row does."""
NAMES = 0.5
"""A header holds more than this share of cells that are neither numbers nor days."""
SEPARATOR = re.compile(r"\ufeff?sep=(.)\r?\n", re.I)
"""The first line by which Excel is told the delimiter."""
VALUE = re.compile(r"[\d\s.,:/+\-%€$£()]*\d[\d\s.,:/+\-%€$£()]*")
"""Cells that no column is called: numbers, days and times."""


@dataclass(frozen=True)
class Dialect:
    r"""How a text file is written.

    Attributes
    ----------
    encoding
        A name that Python knows.
    skipped
        Lines above the header.
    escaped
        Whether a quote in quotes is written \" rather than "".
    """

    encoding: str
    delimiter: str
    skipped: int = 0
    escaped: bool = False

    def text(self, stream: IO[bytes], errors: str) -> io.TextIOWrapper:
        """Return the file from its header on, as text."""
        raw: IO[bytes] = Unescaped(stream) if self.escaped else stream  # type: ignore[assignment]
        text = io.TextIOWrapper(raw, decoding(self.encoding), errors=errors, newline="")
        for _ in range(self.skipped):
            text.readline()
        return text


class Unescaped(io.RawIOBase):
    r"""A file in which quotes are escaped as \" with each of them doubled, as readers of CSV expect."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._rest = file, b""

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill a buffer; each escaped character takes as many bytes as before."""
        block = self._rest + self._file.read(len(buffer) - len(self._rest))
        self._rest = b""
        ends_open = len(block) - len(block.rstrip(b"\\"))
        if ends_open % 2 and len(block) > 1:
            block, self._rest = block[:-1], block[-1:]
        told = re.sub(rb'\\(["\\])', lambda found: b'""' if found[1] == b'"' else b"\\", block)
        buffer[: len(told)] = told
        return len(told)

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes, b"" at the end alone."""
        if size < 0:
            return self.readall()
        buffer = bytearray(max(size, 2))
        return bytes(buffer[: self.readinto(buffer)])


def decoding(encoding: str) -> str:
    """Return the codec that reads an encoding without its byte-order mark."""
    return "utf-8-sig" if is_utf8(encoding) else encoding


def is_utf8(encoding: str) -> bool:
    """Return whether an encoding is UTF-8, with or without a byte-order mark."""
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    except LookupError as error:
        raise ReadingError(
            f"history.encoding must be a known encoding such as 'utf-8' or 'cp1252', got {encoding!r}."
        ) from error


def find_dialect(file: TableFile, source: HistorySource, table: TableSource) -> Dialect:
    """Find how a file is written, as far as the settings do not say it."""
    with file.open() as stream:
        sample = stream.read(SAMPLE_BYTES)
    encoding = table.encoding or source.encoding or find_encoding(file)
    delimiter = table.delimiter or source.delimiter
    return dialect_of(sample, encoding, delimiter, table.header_row)


def dialect_of(
    sample: bytes, encoding: str, delimiter: str | None = None, header_row: int | None = None, *, whole: bool = False
) -> Dialect:
    """Return how the beginning of a file is written."""
    text = io.TextIOWrapper(io.BytesIO(sample), decoding(encoding), errors="replace", newline="").read()
    if len(sample) == SAMPLE_BYTES and not whole:
        text = text[: text.rfind("\n") + 1] or text
    told = SEPARATOR.match(text)
    lines = 1 if told else 0
    text = text[told.end() :] if told else text
    delimiter = delimiter or (told[1] if told else None)
    choices = [
        (mark, escaped)
        for mark in ([delimiter] if delimiter else DELIMITERS)
        for escaped in ((False, True) if '\\"' in text else (False,))
    ]
    mark, escaped = max(choices, key=lambda choice: (_evenness(_rows(text, *choice)), not choice[1]))
    if header_row is not None:
        return Dialect(encoding, mark, header_row - 1, escaped)
    rows = _rows(text, mark, escaped, HEADER_ROWS)
    above = header_of(rows)
    skipped = sum(1 + sum(cell.count("\n") for cell in row) for row in rows[:above])
    return Dialect(encoding, mark, lines + skipped, escaped)


def header_of(rows: Sequence[Sequence[object]]) -> int:
    """Return the position of the header: the first row as full as the table below it that holds names alone."""
    filled = [sum(bool(str(cell).strip()) for cell in row if cell is not None) for row in rows]
    enough = HEADER_FILLED * max(filled, default=0)
    width = Counter(len(row) for row, cells in zip(rows, filled, strict=True) if cells >= enough).most_common(1)
    for at, row in enumerate(rows):
        fits = filled[at] >= enough and (at == 0 or not width or len(row) == width[0][0])
        if fits and (filled[at] > 1 or enough <= 1) and _names(row):
            return at
    return 0


def find_encoding(file: TableFile) -> str:
    """Return a file's encoding: by its mark, UTF-8 where that is what its bytes are, otherwise Windows' for its alphabet.

    A file that is mostly UTF-8 is taken as such, so that a single broken byte is told rather than hidden.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = sound = 0
    with file.open() as stream:
        begin = stream.read(4096)
        if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if begin.count(0) > len(begin) // 4:
            return "utf-16-le" if begin[1:2] == b"\0" else "utf-16-be"
        for block in chain([begin], iter(partial(stream.read, 1 << 20), b"")):
            text = decoder.decode(block)
            if not text.isascii():
                bad = len(re.findall("[\udc80-\udcff]", text))
                broken += bad
                sound += len(re.findall(r"[^\x00-\x7f]", text)) - bad
    if broken == 0 or sound > broken:
        return "utf-8"
    with file.open() as stream:
        return _windows(stream.read(SAMPLE_BYTES))


def _windows(sample: bytes) -> str:
    r"""Return which of Windows' encodings a text is in: of the Latin, the Cyrillic or the Central European alphabet.

    Examples
    --------
    >>> (
    ...     _windows("Größe".encode("cp1252")),
    ...     _windows("Стадия сделки".encode("cp1251")),
    ...     _windows("Źródło".encode("cp1250")),
    ... )
    ('cp1252', 'cp1251', 'cp1250')
    """
    words = re.findall(rb"[A-Za-z\x80-\xff]+", sample)
    foreign = [word for word in words if re.search(rb"[\x80-\xff]", word)]
    whole = sum(len(word) > 2 and re.fullmatch(rb"[\xa8\xb8\xc0-\xff]+", word) is not None for word in foreign)
    if whole > 0.5 * len(foreign):
        return "cp1251"
    within = sum(re.search(rb"[A-Za-z][\xb3\xb9\xbf][A-Za-z]", word) is not None for word in foreign)
    latin = sum(re.search(rb"[\xe0-\xe2\xe7\xea\xee\xf5\xfb]", word) is not None for word in foreign)
    return "cp1250" if within > 0.2 * len(foreign) and within > latin else "cp1252"


def _names(row: Sequence[object]) -> bool:
    """Return whether a row may be a header: most of its cells are neither numbers nor days."""
    texts = [str(cell).strip() for cell in row if cell is not None and str(cell).strip()]
    return sum(VALUE.fullmatch(text) is None for text in texts) > NAMES * len(texts)


def _rows(text: str, delimiter: str, escaped: bool, most: int = 200) -> list[list[str]]:
    if escaped:
        text = re.sub(r'\\(["\\])', lambda found: '""' if found[1] == '"' else "\\", text)
    rows: list[list[str]] = []
    try:
        for row, _ in zip(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), range(most), strict=False):
            rows.append(row)
    except csv.Error:
        return rows
    return rows


def _evenness(rows: list[list[str]]) -> float:
    """Return how many columns a delimiter makes, times the share of rows that have so many."""
    widths = Counter(len(row) for row in rows if row)
    if not widths:
        return 0.0
    return max((width - 1) * count for width, count in widths.items()) / sum(widths.values())

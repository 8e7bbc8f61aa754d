"""One table as it was read: cells under our column names, with their rows, and what could not be made out."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.notes import Note

ROWS_AT_ONCE = 50_000
"""Rows that are read at a time where a table is read piece by piece."""


class ReadingError(ValueError):
    """A table that cannot be read at all: the message says which, what is there and what to do."""


SPAN = 1 << 40
"""What lies between the numbers of the rows of two files of one table: no file has so many rows."""


@dataclass(frozen=True)
class Flaw:
    """What could not be made out in one row; `column` is the export's name, empty if the whole row is meant.

    `short` is the text of a row that has too few cells: below a table, that is no record.
    """

    row: int
    column: str
    value: str
    rule: str
    remedy: str
    short: str = ""


@dataclass(frozen=True)
class Passed:
    """Rows that are no records of a table: how many, and why, as it follows "passed over:"."""

    rows: int
    why: str


@dataclass(frozen=True)
class RawTable:
    """Rows of one table under our column names, not yet checked.

    Attributes
    ----------
    place
        File or SQL table, for people.
    cells
        Columns of texts, whole or other numbers, truth values or times in microseconds, whichever the export holds.
    columns
        The export's name of each of our columns.
    row
        Number of each row as a spreadsheet shows it: the header is row 1.
    flaws
        What is wrong in rows that are not, or not rightly, in `cells`.
    blank
        Number of rows without anything in these columns, which are left out.
    passed
        Other rows that are left out as they are no records, or parts of others.
    notes
        How the table was read, in sentences without a full stop.
    files
        The files that its rows come from where they are several; those of the second have numbers from `SPAN` on, and so forth.
    """

    place: str
    cells: pa.Table
    columns: Mapping[str, str]
    row: NDArray[np.int64]
    flaws: tuple[Flaw, ...] = ()
    blank: int = 0
    passed: tuple[Passed, ...] = ()
    notes: tuple[Note, ...] = ()
    files: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, place: str, cells: pa.Table, columns: Mapping[str, str], row: NDArray[np.int64], flaws: Iterable[Flaw] = ()
    ) -> "RawTable":
        """Name columns as we do, and leave out the rows in which they are all blank."""
        repeats = _headers_again(cells)
        if repeats.any():
            kept = np.flatnonzero(~repeats)
            raw = cls.of(place, cells.take(kept), columns, row[kept], flaws)
            return replace(raw, passed=(Passed(int(repeats.sum()), HEADER_AGAIN), *raw.passed))
        ours = pa.table({ours: cells.column(theirs) for ours, theirs in columns.items()})
        filled = np.flatnonzero(~np.all([blank_cells(column) for column in ours.columns], axis=0))
        blank = len(row) - len(filled)
        return cls(place, ours.take(filled) if blank else ours, columns, row[filled], tuple(flaws), blank)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def flawed(self) -> NDArray[np.int64]:
        """Numbers of the rows that have a flaw, each once."""
        return np.unique([flaw.row for flaw in self.flaws]).astype(np.int64)

    @property
    def read(self) -> int:
        """How many rows were read, with those that are not in `cells`."""
        return len(self) + int((~np.isin(self.flawed, self.row)).sum())

    def place_of(self, row: int) -> tuple[str, int]:
        """Return the file of a row, by its number, and its number there."""
        return (self.files[row // SPAN], row % SPAN) if self.files else (self.place, row)

    def noting(self, *notes: str) -> "RawTable":
        """Add sentences on how the table was read."""
        return replace(self, notes=(*self.notes, *(Note((note,)) for note in notes)))

    def passing_over(self, rows: NDArray[np.bool_], why: str) -> "RawTable":
        """Leave out rows, given as a mask, and count them."""
        if not rows.any():
            return self
        passed = (*self.passed, Passed(int(rows.sum()), why))
        return replace(self.take(np.flatnonzero(~rows)), passed=passed)

    def take(self, rows: NDArray[np.integer]) -> "RawTable":
        """Return the rows at these positions, with all flaws."""
        return replace(self, cells=self.cells.take(rows), row=self.row[rows])

    def without(self, row: NDArray[np.int64]) -> "RawTable":
        """Leave out rows, by number, of which another table of the same file has told."""
        told = set(row.tolist())
        flaws = tuple(flaw for flaw in self.flaws if flaw.row not in told)
        return replace(self.take(np.flatnonzero(~np.isin(self.row, row))), flaws=flaws, blank=0)


HEADER_AGAIN = "the column names once more"
"""Why rows are passed over that repeat the header, as groups of a board and pages of a report do."""


def _headers_again(cells: pa.Table) -> NDArray[np.bool_]:
    """Return which rows hold the names of their columns, two at least, and nothing else."""
    same, filled = np.zeros(cells.num_rows, np.int64), np.zeros(cells.num_rows, np.int64)
    for name in cells.column_names:
        column = cells.column(name)
        filled += ~blank_cells(column)
        if pa.types.is_string(column.type):
            trimmed = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), name), False)
            same += trimmed.to_numpy()
    repeats: NDArray[np.bool_] = (same == filled) & (filled > 1)
    return repeats


def numbered(cells: pa.Table, header: int = 1) -> NDArray[np.int64]:
    """Return the numbers of records that stand below a header."""
    return np.arange(header + 1, cells.num_rows + header + 1)


def distinct(names: Sequence[str]) -> list[str]:
    """Return column names of which the second of two alike is called `name (2)`.

    Examples
    --------
    >>> distinct(["Id", "Date", "Date"])
    ['Id', 'Date', 'Date (2)']
    """
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        new = name if seen[name] == 1 else f"{name} ({seen[name]})"
        while seen[name] > 1 and new in names:
            seen[name] += 1
            new = f"{name} ({seen[name]})"
        told.append(new)
    return told


def repeated_names(used: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    """Say which of the used columns stand in a table twice."""
    names = set(there)
    for name in dict.fromkeys(used):
        if (second := f"{name} (2)") in names:
            yield f"{name!r} stands there twice: the first is read, the second is called {second!r}"


def plain(cells: pa.Table, place: str) -> pa.Table:
    """Return columns in the few types that the checks know.

    Raises
    ------
    ReadingError
        If a column is of a type that none of them stands for.
    """
    return pa.table([_plain(cells.column(name), place, name) for name in cells.column_names], cells.column_names)


def nearest(name: str, there: Iterable[str]) -> str:
    """Return a question after the likeliest of the names that are there; empty if none is like it."""
    folded = {other.strip().casefold(): other for other in there}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"did you mean {folded[near[0]]!r}? " if near else ""


def listed(names: list[str], most: int = 40) -> str:
    """Return names as a message shows them, "none" if there are none.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = ", ".join(repr(name) for name in names[:most]) or "none"
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def blank_cells(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which cells are empty."""
    empty = pc.fill_null(pc.equal(column, ""), True) if pa.types.is_string(column.type) else pc.is_null(column)
    blank: NDArray[np.bool_] = empty.to_numpy()
    return blank


def _plain(column: pa.ChunkedArray, place: str, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = _plain_type(column.type)
    if kind is None:
        raise ReadingError(
            f"Column {name!r} of {place} must hold texts, numbers, truth values or times, got {column.type}: "
            f"export it as one of these."
        )
    try:
        return column.cast(kind, safe=not pa.types.is_timestamp(kind))  # nanoseconds are cut to microseconds
    except pa.ArrowInvalid as error:
        raise ReadingError(f"Column {name!r} of {place} cannot be read as {kind}: {error}.") from error


def _plain_type(kind: pa.DataType) -> pa.DataType | None:
    is_a = pa.types
    if is_a.is_boolean(kind):
        return kind
    if is_a.is_timestamp(kind) or is_a.is_date(kind):
        return pa.timestamp("us", getattr(kind, "tz", None))
    if is_a.is_integer(kind):
        return pa.string() if is_a.is_uint64(kind) else pa.int64()
    if is_a.is_floating(kind) or is_a.is_decimal(kind):
        return pa.float64()
    text_like = (is_a.is_string, is_a.is_large_string, is_a.is_string_view, is_a.is_binary, is_a.is_large_binary)
    return pa.string() if is_a.is_null(kind) or any(belongs(kind) for belongs in text_like) else None


def joined_cells(chunks: list[pa.Table]) -> pa.Table:
    """Return chunks of one table as one; a column of which they differ in type is text."""
    try:
        return pa.concat_tables(chunks, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = pa.schema([(name, pa.string()) for name in chunks[0].column_names])
        return pa.concat_tables([chunk.cast(texts) for chunk in chunks])

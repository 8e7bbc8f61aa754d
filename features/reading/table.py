"""One table as it was read: cells under our column names, with their rows, and what could not be made out."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


class ReadingError(ValueError):
    """A table that cannot be read at all: the message says which, what is there and what to do."""


@dataclass(frozen=True)
class Flaw:
    """What could not be made out in one row; `column` is the export's name, empty if the whole row is meant."""

    row: int
    column: str
    value: str
    rule: str
    remedy: str


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
    """

    place: str
    cells: pa.Table
    columns: Mapping[str, str]
    row: NDArray[np.int64]
    flaws: tuple[Flaw, ...] = ()
    blank: int = 0

    @classmethod
    def of(
        cls, place: str, cells: pa.Table, columns: Mapping[str, str], row: NDArray[np.int64], flaws: Iterable[Flaw] = ()
    ) -> "RawTable":
        """Name columns as we do, and leave out the rows in which they are all blank."""
        ours = pa.table({ours: cells.column(theirs) for ours, theirs in columns.items()})
        filled = np.flatnonzero(~np.all([_blank(column) for column in ours.columns], axis=0))
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

    def take(self, rows: NDArray[np.integer]) -> "RawTable":
        """Return the rows at these positions, with all flaws."""
        return replace(self, cells=self.cells.take(rows), row=self.row[rows])

    def without(self, row: NDArray[np.int64]) -> "RawTable":
        """Leave out rows, by number, of which another table of the same file has told."""
        told = set(row.tolist())
        flaws = tuple(flaw for flaw in self.flaws if flaw.row not in told)
        return replace(self.take(np.flatnonzero(~np.isin(self.row, row))), flaws=flaws, blank=0)


def numbered(cells: pa.Table) -> NDArray[np.int64]:
    """Return the numbers of records that stand below a header."""
    return np.arange(2, cells.num_rows + 2)


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


def _blank(column: pa.ChunkedArray) -> NDArray[np.bool_]:
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

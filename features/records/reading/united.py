"""A table that lies in several files of the same columns, such as a file a year: their rows one below the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from features.records.notes import Note
from features.records.reading.assembly import deciding_columns
from features.records.reading.files import TableFile
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import SPAN, RawTable, ReadingError, joined_cells, listed, nearest

Read = Callable[[TableFile, WantedColumns], RawTable]
"""Reads the wanted columns of one file."""


def read_united(files: Sequence[TableFile], wanted: WantedColumns, read: Read) -> RawTable:
    """Read the wanted columns of several files as one table; a column that one of them lacks is empty in its rows, which is said.

    Raises
    ------
    ReadingError
        If a file cannot be read, none of them has a column that must be there, or one lacks what decides how its rows are read.
    """
    pieces = list(_each(files, wanted, read))
    columns = _columns_of(pieces)
    pieces = [_with_all(piece, columns) for piece in pieces]
    flaws = (replace(flaw, row=flaw.row + at * SPAN) for at, piece in enumerate(pieces) for flaw in piece.flaws)
    notes = (note.after(f"{piece.place}: ") for piece in pieces for note in piece.notes)
    return RawTable(
        wanted.source.table,
        joined_cells([piece.cells for piece in pieces]),
        columns,
        np.concatenate([piece.row + at * SPAN for at, piece in enumerate(pieces)]),
        tuple(flaws),
        sum(piece.blank for piece in pieces),
        tuple(one for piece in pieces for one in piece.passed),
        (Note((f"read from {len(files)} files: {listed([file.name for file in files])}",)), *notes),
        tuple(piece.place for piece in pieces),
    )


def united_pieces(files: Sequence[TableFile], wanted: WantedColumns, read: Read) -> Iterator[RawTable]:
    """Yield the table of each file, with the numbers that its rows have there; each is read twice, first for its columns.

    Raises
    ------
    ReadingError
        As `read_united` does.
    """
    columns = _columns_of(replace(piece, cells=piece.cells.slice(0, 0)) for piece in _each(files, wanted, read))
    for piece in _each(files, wanted, read):
        yield _with_all(piece, columns)


def _each(files: Sequence[TableFile], wanted: WantedColumns, read: Read) -> Iterator[RawTable]:
    lenient = _Lenient.of(wanted)
    for file in files:
        yield read(file, lenient)
    wanted.find(list(dict.fromkeys(name for there in lenient.names.values() for name in there)), wanted.source.table)
    _refuse_lacking(lenient.names, wanted)


def _refuse_lacking(names: Mapping[str, list[str]], wanted: WantedColumns) -> None:
    """Refuse files, each with its columns, that lack one that decides: empty, it would make of each row what nobody has said."""
    lacking = [
        f"{place} has no column {name!r}: {nearest(name, there)}its columns are {listed(there)}."
        for place, there in names.items()
        for name in deciding_columns(wanted)
        if name not in there
    ]
    if lacking:
        raise ReadingError(
            f"Each file of {wanted.source.table} must have the columns by which [{wanted.section}] tells which lead a row is of, "
            f"when it came in and how it ended, got: {' '.join(lacking)} Give the column the name that it has in the other "
            f"files, or add it without values if no row of the file has one."
        )


def _columns_of(pieces: Iterable[RawTable]) -> dict[str, str]:
    return {ours: theirs for piece in pieces for ours, theirs in piece.columns.items()}


def _with_all(piece: RawTable, columns: Mapping[str, str]) -> RawTable:
    """Return a table with these columns in this order, empty where they are not there, of which its notes tell."""
    there = {name: piece.cells.column(name) for name in piece.cells.column_names}
    cells = {name: there.get(name, pa.nulls(piece.cells.num_rows)) for name in columns}
    lacking = dict.fromkeys(theirs for ours, theirs in columns.items() if ours not in there)
    told = replace(piece, cells=pa.table(cells), columns=columns)
    return told.noting(*(f"has no column {name!r}, which is empty in its rows" for name in lacking))


class _Any(list[str]):
    """Names of columns, among which any other counts as being there."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True)
class _Lenient(WantedColumns):
    """Wants what another does, as far as it is there, and keeps the names of each file's columns."""

    inner: WantedColumns | None = None
    names: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: WantedColumns) -> "_Lenient":  # type: ignore[override]
        parts = (wanted.section, wanted.source, wanted.columns, wanted.required, wanted.fields, wanted.whole)
        return cls(*parts, inner=wanted)

    def find(self, there: list[str], place: str) -> dict[str, str]:
        """Return the columns that are there."""
        assert self.inner is not None  # noqa: S101 - `of` gives it
        self.names[place] = there
        found = self.inner.find(_Any(there), place)
        columns = {ours: theirs for ours, theirs in found.items() if theirs in there}
        return columns or self.inner.find(there, place)

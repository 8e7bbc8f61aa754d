"""A table that lies in several files of the same columns, such as a file a year: their rows one below the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from features.records.notes import Note
from features.records.reading.files import TableFile
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import SPAN, RawTable, joined_cells, listed

Read = Callable[[TableFile, WantedColumns], RawTable]
"""Reads the wanted columns of one file."""


def read_united(files: Sequence[TableFile], wanted: WantedColumns, read: Read) -> RawTable:
    """Read the wanted columns of several files as one table; a column that one of them lacks is empty in its rows.

    Raises
    ------
    ReadingError
        If a file cannot be read, or none of them has a column that must be there.
    """
    pieces = list(_each(files, wanted, read))
    columns = _columns_of(pieces)
    flaws = (replace(flaw, row=flaw.row + at * SPAN) for at, piece in enumerate(pieces) for flaw in piece.flaws)
    notes = (note.after(f"{piece.place}: ") for piece in pieces for note in piece.notes)
    return RawTable(
        wanted.source.table,
        joined_cells([_with_all(piece, columns).cells for piece in pieces]),
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
    wanted.find(list(dict.fromkeys(lenient.names)), wanted.source.table)


def _columns_of(pieces: Iterable[RawTable]) -> dict[str, str]:
    return {ours: theirs for piece in pieces for ours, theirs in piece.columns.items()}


def _with_all(piece: RawTable, columns: Mapping[str, str]) -> RawTable:
    """Return a table with these columns in this order, empty where they are not there."""
    there = {name: piece.cells.column(name) for name in piece.cells.column_names}
    cells = {name: there.get(name, pa.nulls(piece.cells.num_rows)) for name in columns}
    return replace(piece, cells=pa.table(cells), columns=columns)


class _Any(list[str]):
    """Names of columns, among which any other counts as being there."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True)
class _Lenient(WantedColumns):
    """Wants what another does, as far as it is there; ids have to be."""

    inner: WantedColumns | None = None
    names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, wanted: WantedColumns) -> "_Lenient":  # type: ignore[override]
        parts = (wanted.section, wanted.source, wanted.columns, wanted.required, wanted.fields, wanted.whole)
        return cls(*parts, inner=wanted)

    def find(self, there: list[str], place: str) -> dict[str, str]:
        """Return the columns that are there."""
        assert self.inner is not None  # noqa: S101 - `of` gives it
        self.names.extend(there)
        found = self.inner.find(_Any(there), place)
        columns = {ours: theirs for ours, theirs in found.items() if theirs in there}
        ids = self.source.mapped.get(self.id_column, self.id_column)
        missing = ids in found.values() and ids not in there
        return self.inner.find(there, place) if missing or not columns else columns

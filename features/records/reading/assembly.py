"""A table put together as the settings say: joined with others, its columns of several, its rows of parts.

Works on what the readers give, under the export's own names; only what comes out has ours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.notes import Note
from features.records.parsing.cells import as_text
from features.records.parsing.ids import form_id
from features.records.parsing.numbers import read_number
from features.records.parsing.times import as_iso
from features.records.reading.conditions import columns_of, holds
from features.records.reading.footers import without_footers
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import Passed, RawTable, ReadingError, blank_cells, listed, nearest
from features.settings.source import LeadsSource, OutcomesSource, TableSource

Read = Callable[[WantedColumns], RawTable]
"""Reads the columns that are wanted of a table."""

WON, LOST, OPEN, BOTH = "won", "lost", "open", "won and lost"
"""What conditions make of a row, as the column `won` then holds it."""
MERGED_INTO = "merged_into"
PERSON = "person."
"""Before the parts of who a lead is."""
DECIDING = ("lead_id", "created_at", "kind", "occurred_at", "closed_at", "won")
"""Our columns that tell which lead a row is of, when it came in, and what happened to it when."""


def needs_assembly(source: TableSource) -> bool:
    """Return whether a table is more than its columns under other names."""
    by_conditions = isinstance(source, OutcomesSource) and source.by_conditions
    persons = isinstance(source, LeadsSource) and (source.merged_into or source.same_person)
    parts = source.first_of or source.joins or source.leave_out_when or source.line_items or source.continuation_rows
    return bool(by_conditions or persons or parts)


def assemble(
    wanted: WantedColumns, read: Read, id_form: tuple[str, ...], *, ends: bool = True, folds: bool = True
) -> RawTable:
    """Read a table and put it together.

    Parameters
    ----------
    ends
        Whether it is the end of the table, below which footers may stand.
    folds
        Whether rows of one id that are one record are made one: not before all rows of an id are there.

    Raises
    ------
    ReadingError
        If a column or a table is not there.
    """
    source = wanted.source
    raw = read(everything_of(wanted))
    raw = _joined(raw, wanted, read, id_form)
    cells = _with_first_of(raw.cells, source, raw.place, wanted.section)
    columns = wanted.find(cells.column_names, raw.place)
    ours = {ours: cells.column(theirs) for ours, theirs in columns.items()}
    names = dict(columns)
    for extra, theirs in _extras(source).items():
        ours[extra], names[extra] = _need(cells, theirs, raw.place, wanted.section), theirs
    if isinstance(source, OutcomesSource) and source.by_conditions:
        ours["won"], names["won"] = _won(source, cells), ", ".join(dict.fromkeys(source.asked))
    leaving = holds(source.leave_out_when, cells, len(raw))
    whole = replace(raw, cells=pa.table(ours), columns=names)
    whole = _without_blank(whole, columns.keys())
    leaving = leaving[np.isin(raw.row, whole.row)]
    whole = whole.passing_over(leaving, "left out by leave_out_when")
    whole = without_footers(whole, wanted) if ends else whole
    if source.continuation_rows:
        going_on = blank_cells(whole.cells.column(_id_name(whole, wanted)))
        whole = whole.passing_over(going_on, "without an id, as they go on with the row above")
    whole = formed(whole, id_form)
    return folded(whole, source, _id_name(whole, wanted)) if source.line_items and folds else whole


def _id_name(raw: RawTable, wanted: WantedColumns) -> str:
    """Return under which name the ids stand: ours, or the export's where columns keep theirs."""
    ours = wanted.id_column
    return ours if ours in raw.columns else wanted.source.mapped.get(ours, ours)


def everything_of(wanted: WantedColumns) -> WantedColumns:
    """Return what has to be read of a table for it to be put together."""
    return _Everything.of(wanted)


def formed(raw: RawTable, id_form: tuple[str, ...]) -> RawTable:
    """Write ids as the settings say."""
    for ours in ("lead_id", MERGED_INTO):
        if id_form and ours in raw.columns:
            at = raw.cells.column_names.index(ours)
            raw = replace(raw, cells=raw.cells.set_column(at, ours, formed_ids(raw.cells.column(ours), id_form)))
    return raw


@dataclass(frozen=True)
class _Everything(WantedColumns):
    """Wants columns under the export's own names: all that the settings speak of."""

    names: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()

    @classmethod
    def of(cls, wanted: WantedColumns) -> "_Everything":  # type: ignore[override]
        """Return what has to be read of a table for it to be put together."""
        source = wanted.source
        needed = tuple(name for name in dict.fromkeys(_named(source)) if _join_of(name, source) is None)
        others = {source.columns.get(ours, ours) for ours in (*wanted.columns, *source.columns)}  # late ones too
        parts = (wanted.section, source, wanted.columns, wanted.required, wanted.fields, wanted.whole)
        return cls(*parts, frozenset({*needed, *others}), needed)

    def find(self, there: list[str], place: str) -> dict[str, str]:
        """Return the wanted names that are there, each as itself."""
        for name in self.needed:
            if name not in there:
                raise ReadingError(_missing(name, there, place, self.section))
        return {name: name for name in there if self.whole or name in self.names}


@dataclass(frozen=True)
class _Columns(WantedColumns):
    """Wants columns of a joined table."""

    def find(self, there: list[str], place: str) -> dict[str, str]:
        for name in self.columns:
            if name not in there:
                raise ReadingError(_missing(name, there, place, self.section))
        return {name: name for name in self.columns}


def _named(source: TableSource) -> list[str]:
    """Return the export's names that the settings speak of, beside `columns`."""
    names = [name for several in source.first_of.values() for name in several]
    names += [join.on for join in source.joins.values()]
    names += columns_of(source.leave_out_when)
    names += _extras(source).values()
    return names + (source.asked if isinstance(source, OutcomesSource) else [])


def deciding_columns(wanted: WantedColumns) -> list[str]:
    """Return the export's names of the columns of a table that tell which lead a row is of, when it came in, and how it ended.

    Empty, they would not be missing but say something else: that a lead is open, lost or no record.
    """
    return list(dict.fromkeys(_own(name, wanted.source) for name in _deciding(wanted)))


def _deciding(wanted: WantedColumns) -> list[str]:
    source, required = wanted.source, [ours for ours in wanted.required if ours not in wanted.fields]
    names = [source.columns.get(ours, ours) for ours in required if ours not in source.first_of]
    for ours in DECIDING:
        names += source.first_of.get(ours, [source.columns[ours]] if ours in source.columns else [])
    names += columns_of(source.leave_out_when) + (source.asked if isinstance(source, OutcomesSource) else [])
    return names + ([source.merged_into] if isinstance(source, LeadsSource) and source.merged_into else [])


def _own(name: str, source: TableSource) -> str:
    """Return a name, or of one in a joined table the table's own column by which it is found."""
    while (join := _join_of(name, source)) is not None:
        name = source.joins[join].on
    return name


def _extras(source: TableSource) -> dict[str, str]:
    """Return columns of the leads table that are no part of a history: merged ids, and who is who."""
    if not isinstance(source, LeadsSource):
        return {}
    extras = {MERGED_INTO: source.merged_into} if source.merged_into else {}
    persons = {} if source.same_person is None else source.same_person.model_dump(exclude_none=True)
    return {**extras, **{PERSON + part: theirs for part, theirs in persons.items()}}


def _join_of(name: str, source: TableSource) -> str | None:
    """Return the join that a name such as `account.Industry` speaks of."""
    join, dot, _ = name.partition(".")
    return join if dot and join in source.joins else None


def _joined(raw: RawTable, wanted: WantedColumns, read: Read, id_form: tuple[str, ...]) -> RawTable:
    """Return a table with those of joined tables beside them; a join may go on from an earlier one."""
    cells, source, notes = raw.cells, wanted.source, list(raw.notes)
    named = [*source.columns.values(), *_named(source)]
    for name, join in source.joins.items():
        columns = list(dict.fromkeys(one.partition(".")[2] for one in named if _join_of(one, source) == name))
        on = formed_ids(_need(cells, join.on, raw.place, wanted.section), id_form)
        names = tuple(dict.fromkeys([join.key, *columns]))
        deciding = (one.partition(".")[2] for one in _deciding(wanted) if _join_of(one, source) == name)
        required = tuple(dict.fromkeys([join.key, *deciding]))
        other = read(_Columns(f"{wanted.section}.joins.{name}", TableSource(table=join.table), names, required, ()))
        at = pc.index_in(on, value_set=formed_ids(other.cells.column(join.key), id_form).combine_chunks())
        at = pc.if_else(pc.is_null(on), None, at)
        notes += _told(name, other, int(pc.count(on).as_py()), int(pc.count(at).as_py()))
        for column in columns:
            cells = cells.append_column(f"{name}.{column}", other.cells.column(column).take(at))
    return replace(raw, cells=cells, notes=tuple(notes))


def _told(name: str, other: RawTable, pointing: int, there: int) -> list[Note]:
    """Say what a join has found."""
    words = ("", " of ", f" rows that point to {other.place} find their row there (join {name!r})")
    told = [Note(words, ((there, ""), (pointing, "")))]
    if len(other.flawed):
        told.append(Note((f"{len(other.flawed):,} rows of {other.place} cannot be read, so that nothing finds them",)))
    return told


def formed_ids(column: pa.ChunkedArray, id_form: tuple[str, ...]) -> pa.ChunkedArray:
    """Return ids as text, written as the settings say; null where empty."""
    encoded = pa.chunked_array([as_text(column).combine_chunks()]).combine_chunks().dictionary_encode()
    texts = [form_id(text, id_form) or None for text in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string()).take(encoded.indices)])


def _with_first_of(cells: pa.Table, source: TableSource, place: str, section: str) -> pa.Table:
    for ours, several in source.first_of.items():
        columns = [_need(cells, name, place, section) for name in several]
        if forms := source.time_formats.keys() & set(several):  # of times that are written in ways of their own
            columns = [
                as_iso(column, source.time_formats[name]) if name in forms else column
                for name, column in zip(several, columns, strict=True)
            ]
        alike = len({column.type for column in columns}) == 1
        columns = columns if alike else [as_text(column) for column in columns]
        filled = [pc.if_else(pa.array(blank_cells(column)), None, column) for column in columns]
        cells = cells.append_column(source.mapped[ours], pc.coalesce(*filled))
    return cells


def _won(source: OutcomesSource, cells: pa.Table) -> pa.ChunkedArray:
    """Return what conditions make of each row; null where none holds and `open_when` says which are open."""
    won, lost, still = (
        holds(conditions, cells, len(cells)) for conditions in (source.won_when, source.lost_when, source.open_when)
    )
    if not source.lost_when:
        lost = np.zeros(len(cells), np.bool_)
    words = np.full(len(cells), None if source.open_when else OPEN, np.object_)
    words[still] = OPEN
    words[lost], words[won], words[won & lost] = LOST, WON, BOTH
    return pa.chunked_array([pa.array(words, pa.string())])


def _without_blank(raw: RawTable, names: Iterable[str]) -> RawTable:
    """Leave out rows that are blank in our columns, though not in those that were read beside them."""
    blank = np.all([blank_cells(raw.cells.column(ours)) for ours in names], axis=0)
    if not blank.any():
        return raw
    return replace(raw.take(np.flatnonzero(~blank)), blank=raw.blank + int(blank.sum()))


def folded(raw: RawTable, source: TableSource, id_name: str = "lead_id") -> RawTable:
    """Make one row of all with the same id: the first filled cell of each column, or the sum."""
    ids = raw.cells.column(id_name)
    summed = {*source.summed, *(source.mapped.get(ours, ours) for ours in source.summed)}
    known = ~blank_cells(ids)
    encoded = pa.chunked_array([ids.combine_chunks()]).combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    codes = np.where(known, codes, len(encoded.dictionary) + np.arange(len(codes)))  # each of nobody by itself
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    columns = {}
    for ours in raw.cells.column_names:
        column = raw.cells.column(ours)
        folded = _sums(column, group) if ours in summed else column.take(pa.array(_first_filled(column, group)))
        columns[ours] = folded.take(pa.array(order))
    passed = len(raw) - len(first)
    told = replace(raw, cells=pa.table(columns), row=raw.row[first[order]])
    why = "folded into the first row of the same id, as line_items says"
    return replace(told, passed=(*raw.passed, *_passed(passed, why)))


def _passed(rows: int, why: str) -> tuple[Passed, ...]:
    return (Passed(rows, why),) if rows else ()


def _first_filled(column: pa.ChunkedArray, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the position of the first filled cell of each group; of its first cell if none is."""
    order = np.lexsort((np.arange(len(group)), blank_cells(column), group))
    at: NDArray[np.int64] = order[np.unique(group[order], return_index=True)[1]]
    return at


def _sums(column: pa.ChunkedArray, group: NDArray[np.int64]) -> pa.ChunkedArray:
    """Return the sums of groups, as text where a cell cannot be read: it is told later, by the rules of its column."""
    numbers = [read_number(text) if text else 0.0 for text in as_text(column).to_pylist()]
    if any(number is None for number in numbers):
        return column.take(pa.array(_first_filled(column, group)))
    filled = np.bincount(group, ~blank_cells(column)) > 0
    totals = np.bincount(group, np.array(numbers, np.float64))
    return pa.chunked_array([pa.array(totals, mask=~filled)])


def _need(cells: pa.Table, name: str, place: str, section: str) -> pa.ChunkedArray:
    if name not in cells.column_names:
        raise ReadingError(_missing(name, cells.column_names, place, section))
    return cells.column(name)


def _missing(name: str, there: list[str], place: str, section: str) -> str:
    return (
        f"{place} has no column {name!r}, of which [{section}] speaks: {nearest(name, there)}"
        f"its columns are {listed(there)}. Correct the name there."
    )

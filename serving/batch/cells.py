"""Cells of tables as Python holds them: texts that are of the file's encoding, times by the export's way of writing them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from features.records.checks.columns import nulls, with_nulls
from features.records.clock import NEVER, to_datetime
from features.records.leads.checking import LeadProblem
from features.records.leads.rows import AS_OF, CREATED_AT, LEAD_ID
from features.records.parsing.ids import form_id
from features.records.parsing.numbers import Mark, read_number
from features.records.parsing.times import read_times
from features.records.parsing.values import text_of
from features.records.reading.table import plain
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource


@dataclass
class CellColumn:
    """The cells of a column, and by position what is wrong with some."""

    cells: list[Any]
    problems: dict[int, LeadProblem] = field(default_factory=dict)


@dataclass(frozen=True)
class CellReader:
    """Reads columns of a table as those of a history are read; `time_format` is the table's, `formats` those of single columns."""

    schema: LeadSchema
    time_format: str | None
    formats: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, Mark] = field(default_factory=dict)
    id_form: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: LeadSchema, export: HistorySource) -> "CellReader":
        """Return what reads leads as the history's are read."""
        leads = export.leads
        form = leads.time_format or export.time_format
        return cls(schema, form, leads.time_formats, leads.decimals, export.id_form)

    def texts(self, ours: str, cells: list[Any], encoding: str) -> CellColumn:
        """Read texts in which surrogates stand for bytes that are not of the encoding."""
        problems = {}
        for at, cell in enumerate(cells):
            if cell is not None and not _is_whole(cell):
                shown = repr(cell[:80].encode("utf-8", "surrogateescape"))
                remedy = "set history.encoding to the file's own, often 'cp1252'"
                problems[at] = LeadProblem(ours, f"must be {encoding} text", shown, remedy)
        sound = [None if at in problems else self._plain(ours, cell) for at, cell in enumerate(cells)]
        read = self._formatted(ours, sound)
        return CellColumn(read.cells, {**read.problems, **problems})

    def column(self, ours: str, column: pa.ChunkedArray, place: str) -> CellColumn:
        """Read a column of any type that Arrow may hold."""
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_nested(column.type):
            return CellColumn(column.to_pylist())
        if _is_text(column.type):  # by way of bytes: a file may hold texts that are none
            cells = column.cast(pa.large_binary()).to_pylist()
            texts = [None if cell is None else cell.decode("utf-8", "surrogateescape") for cell in cells]
            return self.texts(ours, texts, "utf-8")
        column = plain(pa.table({ours: column}), place).column(ours)
        if pa.types.is_timestamp(column.type):
            return self.times(ours, column)
        return CellColumn([self._plain(ours, cell) for cell in column.to_pylist()])

    def _plain(self, ours: str, cell: Any) -> Any:
        """Return an id as it is kept, and a number that is written with the mark that the settings name as a number."""
        if ours == LEAD_ID and self.id_form and isinstance(cell, str | int | float):
            return form_id(text_of(cell), self.id_form)
        if ours not in self.decimals or not isinstance(cell, str):
            return cell
        number = read_number(cell, self.decimals[ours])
        return cell if number is None else number

    def times(self, ours: str, column: pa.ChunkedArray) -> CellColumn:
        """Read times, each that cannot be read with its problem."""
        known = with_nulls(
            column, self.schema.fields[ours].missing if ours in self.schema.fields else self.schema.missing
        )
        times = read_times(known, self.schema.zone, self.format_of(ours))
        cells: list[Any] = [None if utc == NEVER else to_datetime(int(utc)) for utc in times.utc]
        problems = {}
        for at in np.flatnonzero((times.utc == NEVER) & ~nulls(known)).tolist():
            rule, remedy = self._rule(ours, bool(times.skipped[at]))
            problems[at] = LeadProblem(ours, rule, _shown(column[at]), remedy)
        return CellColumn(cells, problems)

    def _formatted(self, ours: str, texts: list[str | None]) -> CellColumn:
        """Read texts that are times in the export's own form; an ISO 8601 text says itself what it is."""
        of_field = self.schema.fields.get(ours)
        is_date = of_field is not None and of_field.type == "date"
        if self.format_of(ours) is None or not (is_date or ours in (CREATED_AT, AS_OF)):
            return CellColumn(texts)
        times = self.times(ours, pa.chunked_array([pa.array(texts, pa.string())]))
        if not is_date:
            return times
        # As in a history, a date that is not of this form may be in the other.
        return CellColumn([texts[at] if at in times.problems else cell for at, cell in enumerate(times.cells)])

    def format_of(self, ours: str) -> str | None:
        """Return how the times of a column are written."""
        return self.formats.get(ours) or self.time_format

    def _rule(self, ours: str, skipped: bool) -> tuple[str, str]:
        if skipped:
            zone = self.schema.time_zone
            return f"must be a time that clocks in {zone} showed", "correct it: clocks were put forward past it"
        form = self.format_of(ours)
        rule = f"must be a time of the form {form!r}" if form else "must be an ISO 8601 time"
        return rule, "correct it, or set history.time_format to how times are written"


def _is_text(kind: pa.DataType) -> bool:
    is_a = pa.types
    texts = (is_a.is_string, is_a.is_large_string, is_a.is_string_view, is_a.is_binary, is_a.is_large_binary)
    return any(belongs(kind) for belongs in texts)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(cell: pa.Scalar) -> str:
    try:
        return repr(cell.as_py())[:80]
    except (ValueError, OverflowError):  # a time that Python's datetime cannot hold
        return f"{cell.value} ({cell.type})"

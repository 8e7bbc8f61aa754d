"""The events of a file of leads, from a file of their own: the history's events table, grouped by lead."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.records.checks.columns import Rows, nulls, with_nulls
from features.records.leads.checking import LeadProblem
from features.records.leads.rows import LEAD_ID
from features.records.parsing.cells import as_text
from features.records.reading import RawTable, read_file, tables_in
from features.records.reading.assembly import assemble, formed_ids, needs_assembly
from features.records.reading.files import ARCHIVES, TEXTS, WORKBOOKS
from features.records.reading.mapping import WantedColumns
from features.settings.schema import LeadSchema
from features.settings.source import AGENT_COLUMNS, EventsSource, HistorySource
from serving.batch.assembled import read_joined
from serving.batch.cells import CellReader
from serving.batch.writing import UnknownFormatError

TIMES = ("occurred_at", "recorded_at")
WORDED = ("number", "flag")
"""Types of answers that may stand in the column `value`."""
MAX_SHOWN = 20
"""Rows without a lead that are named; the others are counted."""


@dataclass
class EventFile:
    """Events by the id of their lead.

    Attributes
    ----------
    notes, lost
        What is wrong with rows that are no event of anybody, and how many they are.
    """

    place: str
    cells: pa.Table
    rows: dict[str, Rows]
    problems: dict[int, list[LeadProblem]]
    schema: LeadSchema
    kinds: dict[str, str]
    notes: list[str] = field(default_factory=list)
    lost: int = 0
    asked: set[str] = field(default_factory=set)

    def of(self, ids: Iterable[str]) -> dict[str, tuple[list[dict[str, Any]], tuple[LeadProblem, ...]]]:
        """Return the events of leads as `features.records.leads.checking.read_lead` takes them, and what is wrong with their rows."""
        known = [lead_id for lead_id in ids if lead_id in self.rows]
        self.asked.update(known)
        positions = np.concatenate([np.empty(0, np.int64), *(self.rows[lead_id] for lead_id in known)])
        happened = iter([self._event(cells) for cells in self.cells.take(positions).to_pylist()])
        found = {}
        for lead_id in known:
            at = self.rows[lead_id].tolist()
            problems = tuple(problem for row in at for problem in self.problems.get(row, ()))
            found[lead_id] = ([next(happened) for _ in at], problems)
        return found

    def unasked(self) -> int:
        """Return how many events are of leads that nobody has asked for."""
        return sum(len(rows) for lead_id, rows in self.rows.items() if lead_id not in self.asked)

    def _event(self, cells: dict[str, Any]) -> dict[str, Any]:
        event = {name: cell for name, cell in cells.items() if cell is not None}
        kind = event["kind"] = self.kinds.get(event.get("kind", ""), event.get("kind", ""))
        answer = self.schema.answers.get(kind)
        if answer is not None and answer.type not in WORDED:
            event.pop("value", None)
        return event


def read_events(path: Path, schema: LeadSchema, export: HistorySource, folder: Path = Path()) -> EventFile:
    """Read a file of events with the columns, kinds and times of the history's events table.

    Raises
    ------
    UnknownFormatError
        If it is no table of a kind that is read.
    ReadingError
        If it cannot be read at all, or lacks a column.
    """
    source = _source(path, export)
    return events_of(
        _raw(path, schema, export.model_copy(update={"events": (source,)}), folder), source, schema, export
    )


def events_of(raw: RawTable, source: EventsSource, schema: LeadSchema, export: HistorySource) -> EventFile:
    """Return the events of a table, as a file of events is read."""
    reader = CellReader(schema, source.time_format or export.time_format, source.time_formats)
    cells = {ours: with_nulls(raw.cells.column(ours), schema.missing) for ours in raw.columns}
    cells["kind"] = as_text(cells["kind"])
    ids = formed_ids(cells.pop(LEAD_ID), export.id_form)
    for ours in ("rep_id", *AGENT_COLUMNS):
        cells.pop(ours, None)  # the history has it; no score depends on it
    problems, strays = _flaws(raw)
    for ours in (ours for ours in TIMES if ours in cells):
        times = reader.times(ours, cells[ours])
        cells[ours] = pa.chunked_array([pa.array(times.cells, pa.timestamp("us", "UTC"))])
        for at, problem in times.problems.items():
            problems.setdefault(at, []).append(_placed(problem, raw.place, int(raw.row[at])))
    is_event = ~pc.is_in(cells["kind"], value_set=pa.array(source.ignore, pa.string())).to_numpy()
    nobody = np.flatnonzero(nulls(ids) & is_event).tolist()
    strays |= {int(raw.row[at]): LeadProblem(LEAD_ID, "must not be empty", "nothing", "fill it in") for at in nobody}
    return EventFile(
        raw.place,
        pa.table(cells),
        _by_id(ids, np.flatnonzero(is_event & ~nulls(ids))),
        problems,
        schema,
        source.kinds,
        [f"{_placed(problem, raw.place, row)} It is left out." for row, problem in sorted(strays.items())[:MAX_SHOWN]],
        len(strays),
    )


def _source(path: Path, export: HistorySource) -> EventsSource:
    """Return the events table that a file is: the one of its name, or the first."""
    named = [events for events in export.events if path.name.startswith(events.table)]
    return next(iter((*named, *export.events)), EventsSource(table="events"))


def _raw(path: Path, schema: LeadSchema, export: HistorySource, folder: Path) -> RawTable:
    wanted = WantedColumns.of(export, schema, "events")
    if not path.name.lower().endswith((*TEXTS, ".parquet", *WORKBOOKS, *ARCHIVES)):
        raise UnknownFormatError(
            f"A file of events must end in .csv, .csv.gz, .zip, .parquet, .xlsx, .xls or .ods, got {path.name!r}."
        )
    table = tables_in(path)[0]
    if not needs_assembly(wanted.source):
        return read_file(table, export, wanted)

    def read(asked: WantedColumns) -> RawTable:
        if asked.section == wanted.section:
            return read_file(table, export, asked)
        return read_joined(asked, path, export, folder)

    return assemble(wanted, read, export.id_form)


def _flaws(raw: RawTable) -> tuple[dict[int, list[LeadProblem]], dict[int, LeadProblem]]:
    """Return what is wrong with rows, by position; and by number with those of which the lead is not known."""
    position = {int(raw.row[at]): at for at in np.flatnonzero(np.isin(raw.row, raw.flawed)).tolist()}
    problems: dict[int, list[LeadProblem]] = {}
    strays = {}
    for flaw in raw.flaws:
        problem = LeadProblem(flaw.column or "row", flaw.rule, flaw.value, flaw.remedy)
        if flaw.row in position and flaw.column != raw.columns[LEAD_ID]:
            problems.setdefault(position[flaw.row], []).append(_placed(problem, raw.place, flaw.row))
        else:
            strays[flaw.row] = problem
    return problems, strays


def _placed(problem: LeadProblem, place: str, row: int) -> LeadProblem:
    return replace(problem, field=f"{place}, row {row}, {problem.field}")


def _by_id(ids: pa.ChunkedArray, rows: Rows) -> dict[str, Rows]:
    """Return the positions of each id among these rows, in their order."""
    encoded = ids.take(rows).combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(1, len(encoded.dictionary)))
    return dict(zip(encoded.dictionary.to_pylist(), np.split(rows[order], starts), strict=False))

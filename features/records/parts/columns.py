"""A checked part as files of columns, and any parts put together again, the leads in the order of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import feather

from features.records.history import Events, History, Leads, Outcomes, joined
from features.settings.schema import LeadSchema

Numbers = NDArray[np.int64]
Rows = TypeVar("Rows", Leads, Events, Outcomes)

TABLES: Mapping[str, type[Any]] = {"leads": Leads, "events": Events, "outcomes": Outcomes}
ROW = "row of the lead"


@dataclass(frozen=True)
class PartColumns:
    """A checked part.

    Attributes
    ----------
    row
        Number of the row of each lead in its table: the order of all leads, whatever the parts.
    """

    history: History
    row: Numbers

    def take(self, leads: NDArray[np.integer]) -> "PartColumns":
        """Return the part with these leads alone, by position."""
        return PartColumns(self.history.of_leads(leads), self.row[leads])

    def write(self, folder: Path) -> None:
        """Write the columns; a folder that is there is whole."""
        unfinished = folder.with_name(f".{folder.name}.part")
        unfinished.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            columns = dict(_columns(getattr(self.history, name)))
            columns |= {ROW: self.row} if name == "leads" else {}
            table = pa.table({column: pa.array(values) for column, values in columns.items()})
            feather.write_feather(table, str(unfinished / f"{name}.arrow"), compression="lz4")
        for name in TABLES:
            folder.mkdir(exist_ok=True)
            (unfinished / f"{name}.arrow").replace(folder / f"{name}.arrow")
        unfinished.rmdir()

    @classmethod
    def read(cls, folder: Path, schema: LeadSchema, known_until: int) -> "PartColumns":
        """Read what `write` wrote."""
        tables = {name: feather.read_table(str(folder / f"{name}.arrow")) for name in TABLES}
        leads, events, outcomes = (_rows(kind, tables[name]) for name, kind in TABLES.items())
        row: Numbers = tables["leads"].column(ROW).to_numpy()
        return cls(History(schema, leads, events, outcomes, known_until), row)


def united(parts: Sequence[PartColumns]) -> PartColumns:
    """Return parts as one: leads in the order of their rows, events and outcomes in that of their leads."""
    row = np.concatenate([part.row for part in parts])
    order = np.argsort(row, kind="stable")
    position = np.empty(len(row), np.int32)
    position[order] = np.arange(len(row), dtype=np.int32)
    starts = np.cumsum([0, *(len(part.row) for part in parts)])
    histories = [part.history for part in parts]
    leads = _together([history.leads for history in histories]).take(order)
    placed = list(zip(histories, starts, strict=False))
    events = _together([_moved(one.events, start, position) for one, start in placed])
    outcomes = _together([_moved(one.outcomes, start, position) for one, start in placed])
    whole = replace(histories[0], leads=leads, events=_in_order(events), outcomes=_in_order(outcomes))
    return PartColumns(whole, row[order])


def _together(rows: list[Rows]) -> Rows:
    """Return tables one after the other, joined two by two, so that no row is copied more often than it has to."""
    while len(rows) > 1:
        last = rows[len(rows) // 2 * 2 :]
        rows = [joined(one, other) for one, other in zip(rows[::2], rows[1::2], strict=False)] + last
    return rows[0]


def _moved(rows: Any, start: int, position: NDArray[np.int32]) -> Any:
    return replace(rows, lead=position[rows.lead + np.int32(start)])


def _in_order(rows: Any) -> Any:
    return rows.take(np.argsort(rows.lead, kind="stable"))


def _columns(rows: Leads | Events | Outcomes) -> list[tuple[str, NDArray[Any]]]:
    """Return the columns that there are; those of a mapping as "name of the mapping: key"."""
    columns = []
    for each in fields(rows):
        value = getattr(rows, each.name)
        if isinstance(value, Mapping):
            columns += [(f"{each.name}: {key}", column) for key, column in value.items()]
        elif value is not None:
            columns.append((each.name, value))
    return columns


def _rows(kind: type[Any], table: pa.Table) -> Any:
    given: dict[str, Any] = {}
    for name in table.column_names:
        if name == ROW:
            continue
        values = _values(table.column(name))
        mapping, colon, key = name.partition(": ")
        if colon:
            given.setdefault(mapping, {})[key] = values
        else:
            given[name] = values
    if kind is Leads:
        given = {"fields": {}, "channels": {}, **given}
    return kind(**given)


def _values(column: pa.ChunkedArray) -> NDArray[Any]:
    if pa.types.is_string(column.type) or pa.types.is_null(column.type):
        texts: NDArray[np.object_] = np.empty(len(column), np.object_)
        texts[:] = column.to_pylist()
        return texts
    values: NDArray[Any] = np.array(column.to_numpy())
    return values

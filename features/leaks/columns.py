"""The columns that could be used as fields: every one of the export's, or those that a history was read from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.leaks.coding import Coded, code_numbers, code_texts, code_times
from features.records.checks.columns import with_nulls
from features.records.clock import NEVER, Microseconds
from features.records.history import Floats, History
from features.records.parsing.cells import as_text
from features.records.parsing.times import read_times
from features.records.parsing.values import decode
from features.records.reading import RawTable, TableName, read_file, read_wanted
from features.records.reading.assembly import formed_ids, needs_assembly
from features.records.reading.locating import locate_all
from features.records.reading.mapping import WantedColumns
from features.settings.fields import LeadField, Role
from features.settings.schema import LeadSchema
from features.settings.source import LEAD_COLUMNS, OUTCOME_COLUMNS, HistorySource, TableSource

LOOKED_AT = 50
"""Distinct texts that tell whether a column holds times."""
TIMES = 0.9
"""Share of them that must be times."""


@dataclass(frozen=True, eq=False)
class AuditedColumn:
    """One column, in the order of the history's leads.

    Attributes
    ----------
    name
        As the export calls it.
    field
        What the settings read it as; empty if nothing.
    role
        Of that field; "outcome" for a column of the outcomes, None for one that is not read.
    dated
        Whether the history says when its cells were known: those of a file that holds leads and outcomes in one row do not.
    """

    name: str
    field: str
    role: Role | str | None
    coded: Coded
    dated: bool = True

    @property
    def in_use(self) -> bool:
        """Whether a model may be shown it."""
        return self.role not in (None, "late", "outcome")


def columns_of(history: History) -> tuple[AuditedColumn, ...]:
    """Return the fields that a history was read with: those that a training is about to use."""
    leads, schema = history.leads, history.schema
    encoded = {name: _of_field(field, leads.fields[name], leads.created_at) for name, field in schema.encoded.items()}
    channels = {name: code_texts(pa.array(texts, pa.string())) for name, texts in leads.channels.items()}
    coded = {**encoded, **channels}
    return tuple(AuditedColumn(name, name, schema.fields[name].role, coded[name]) for name in coded)


def _of_field(field: LeadField, numbers: Floats, created_at: Microseconds) -> Coded:
    if field.type == "date":
        return code_times(np.where(np.isnan(numbers), NEVER, np.nan_to_num(numbers)).astype(np.int64), created_at)
    coded = code_numbers(numbers, " words" if field.type == "text" else "")
    if field.type not in ("category", "flag"):
        return coded
    values = [decode(field, code) for code in np.unique(numbers[~np.isnan(numbers)])]
    return replace(coded, labels=[str(value) for value in values]) if len(values) == len(coded.labels) else coded


def read_columns(
    source: HistorySource, schema: LeadSchema, folder: Path, history: History
) -> tuple[AuditedColumn, ...]:
    """Read every column of the leads and outcomes tables of an export, for the leads of the history read from it.

    Raises
    ------
    ReadingError
        If a table cannot be read.
    """
    flat = source.in_one_row
    tables: list[tuple[TableName, int]] = [("leads", 0)]
    tables += [
        ("outcomes", at) for at, one in enumerate(source.outcomes) if not flat or one.table != source.leads.table
    ]
    return tuple(column for name, at in tables for column in _of_table(source, schema, folder, history, name, at))


def _of_table(
    source: HistorySource, schema: LeadSchema, folder: Path, history: History, name: TableName, at: int
) -> Iterator[AuditedColumn]:
    flat = source.in_one_row and name == "leads"
    raw = _read_whole(source, schema, folder, name, at)
    used = _uses(source, name, flat, at)
    id_name = next(theirs for theirs, ours in used.items() if ours == "lead_id")
    cells = _of_leads(raw, history, id_name, name, source.id_form)
    for theirs in cells.column_names:
        ours = used.get(theirs, theirs)
        if ours in ("lead_id", "created_at", "won") or theirs in _own_names(name, flat):
            continue
        field = schema.fields.get(ours)
        role = field.role if field else "outcome" if theirs in used else None
        missing = field.missing if field else schema.missing
        coded = _code(with_nulls(cells.column(theirs), missing), source, schema.zone, history.leads.created_at)
        yield AuditedColumn(theirs, ours if role else "", role, coded, dated=not flat)


def _own_names(name: TableName, flat: bool) -> tuple[str, ...]:
    """Return names that no field may have: a column so called is part of the history itself."""
    return (*LEAD_COLUMNS, *OUTCOME_COLUMNS) if flat else LEAD_COLUMNS if name == "leads" else OUTCOME_COLUMNS


def _uses(source: HistorySource, name: TableName, flat: bool, at: int) -> Mapping[str, str]:
    """Return what the settings read each of the export's columns as."""
    outcomes = [one for one in source.outcomes if one.table == source.leads.table] if flat else [source.outcomes[at]]
    tables: list[TableSource] = (
        [source.leads, *outcomes] if flat else [*outcomes] if name == "outcomes" else [source.leads]
    )
    asked = [column for one in outcomes for column in one.asked] if name == "outcomes" or flat else []
    uses = {theirs: ours for table in tables for ours, theirs in ({"lead_id": "lead_id"} | table.mapped).items()}
    return {**dict.fromkeys(asked, "won"), **uses}


@dataclass(frozen=True)
class _Whole(WantedColumns):
    """Wants every column but some, under the export's own name."""

    without: frozenset[str] = frozenset()

    def find(self, there: list[str], place: str) -> dict[str, str]:
        super().find(there, place)
        return {theirs: theirs for theirs in there if there.count(theirs) == 1 and theirs not in self.without}


def _read_whole(source: HistorySource, schema: LeadSchema, folder: Path, name: TableName, at: int) -> RawTable:
    part = WantedColumns.of(source, schema, name, at)
    whole = _Whole(part.section, part.source, part.columns, part.required, part.fields, whole=True)
    if source.is_database or needs_assembly(part.source):
        return read_wanted(source, whole, folder)
    files = locate_all(folder / source.source, whole.source.table)
    if len(files) > 1:
        return read_wanted(source, whole, folder)
    (file,) = files
    if file.suffix == ".parquet":
        nested = frozenset(field.name for field in pq.read_schema(file.path) if pa.types.is_nested(field.type))
        whole = replace(whole, without=nested)
    return read_file(file, source, whole)


def _of_leads(raw: RawTable, history: History, id_name: str, name: TableName, id_form: tuple[str, ...]) -> pa.Table:
    """Return the row of each lead, null where it has none: its first in the table of leads, its last outcome."""
    rows = np.arange(len(raw)) if name == "leads" else np.arange(len(raw))[::-1]
    ids = formed_ids(raw.cells.column(id_name), id_form).combine_chunks().take(pa.array(rows))
    found = pc.index_in(pa.array(history.leads.lead_id, pa.string()), value_set=ids)
    return raw.cells.take(pa.array(rows).take(found))


def _code(cells: pa.ChunkedArray, source: HistorySource, zone: ZoneInfo, created_at: Microseconds) -> Coded:
    """Code cells by what they look like: times, numbers or texts."""
    if pa.types.is_timestamp(cells.type):
        return code_times(read_times(cells, zone).utc, created_at)
    if (numbers := _numbers(cells)) is not None:
        return code_numbers(numbers)
    texts = as_text(cells)
    some = pa.chunked_array([texts.unique().drop_null().slice(0, LOOKED_AT)])
    if len(some) and (read_times(some, zone, source.time_format).utc != NEVER).mean() >= TIMES:
        return code_times(read_times(texts, zone, source.time_format).utc, created_at)
    return code_texts(texts.combine_chunks())


def _numbers(cells: pa.ChunkedArray) -> Floats | None:
    """Return cells as numbers, NaN where empty; None if they are something else."""
    if pa.types.is_boolean(cells.type):
        return None
    try:
        numbers: Floats = np.array(cells.cast(pa.float64()).to_numpy())
    except pa.ArrowInvalid:
        return None
    filled = numbers[~np.asarray(pc.is_null(cells))]
    return numbers if len(filled) and np.isfinite(filled).all() else None

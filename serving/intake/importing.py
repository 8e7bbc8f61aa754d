"""Bringing an existing history into the store: in bulk, once however often it is run, and on from where it was stopped."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import sqlalchemy as sa

from features.records.checks import CheckedTables
from features.records.checks.sheet import CheckedSheet
from features.records.clock import to_datetime
from features.records.history import Events, Strings
from features.records.parsing.values import LAST, text_of
from features.settings.fields import ACTORS, LeadField
from features.settings.schema import LeadSchema
from features.settings.source import AGENT_COLUMNS
from serving.store.accounts import account_key
from serving.store.lead_status import keep_status
from serving.store.records import Lead, NewEvent, NewLead, NewOutcome, row_of
from serving.store.store import Store
from serving.store.tables import EVENTS, IMPORTS, LEADS, OUTCOMES
from serving.store.tombstones import ErasedPeople
from serving.store.transaction import Transaction, as_event, as_outcome

AT_ONCE = 2_000
"""Records that share a transaction: what a stop loses of the time, never of the records."""

Tell = Callable[[str, int], None]


def import_tables(
    store: Store, tables: CheckedTables, schema: LeadSchema, now: int, tell: Tell, erased: set[str] | None = None
) -> dict[str, int]:
    """Put the sound records of a history into the store, and return how many of each table are there.

    A record that is there already stays as it is; one of somebody who was erased stays out. Nothing is scored.

    Parameters
    ----------
    tell
        Is told the table and how many of its records are done.
    erased
        Takes up the ids whose records stay out.

    Raises
    ------
    StoreError
        If the store cannot be reached; run again, it goes on from there.
    """
    sources: dict[str, tuple[sa.Table, Iterator[Any]]] = {
        "leads": (LEADS, read_leads(tables, schema)),
        "events": (EVENTS, read_events(tables, schema)),
        "outcomes": (OUTCOMES, read_outcomes(tables)),
    }
    fingerprint = tables.checked.fingerprint
    gone = erased if erased is not None else set()

    def keep(transaction: Transaction, chunk: list[Any]) -> list[Any]:
        return _without_erased(ErasedPeople(transaction, schema, many=True), chunk, gone)

    return {
        name: _import(store, fingerprint, name, table, records, now, tell, keep)
        for name, (table, records) in sources.items()
    }


def _import(
    store: Store,
    fingerprint: str,
    name: str,
    table: sa.Table,
    records: Iterator[Any],
    now: int,
    tell: Tell,
    keep: Callable[[Transaction, list[Any]], list[Any]],
) -> int:
    place = sa.and_(IMPORTS.c.fingerprint == fingerprint, IMPORTS.c.table_name == name)
    with store.reading() as connection:
        done = connection.execute(sa.select(IMPORTS.c.rows).where(place)).scalar() or 0
    rest = islice(records, done, None)
    tell(name, done)
    left_out = 0
    while read := list(islice(rest, AT_ONCE)):
        done += len(read)
        with store.writing(now) as transaction:
            chunk = keep(transaction, read)
            left_out += len(read) - len(chunk)
            transaction.add_many(table, [_row(record, transaction) for record in chunk])
            if table is not EVENTS:
                keep_status(transaction.connection, (record.lead_id for record in chunk))
            transaction.add_many(IMPORTS, [{"fingerprint": fingerprint, "table_name": name, "rows": 0}])
            transaction.connection.execute(sa.update(IMPORTS).where(place).values(rows=done))
        tell(name, done)
    return done - left_out


def _without_erased(people: ErasedPeople, records: list[Any], erased: set[str]) -> list[Any]:
    """Return the records of a chunk that are of nobody who was erased: it may have happened since the export was read."""
    gone = {record.lead_id for record in records if people.has(record.lead_id, getattr(record, "fields", None))}
    erased |= gone
    return [record for record in records if record.lead_id not in gone] if gone else records


def _row(record: NewLead | NewEvent | NewOutcome, transaction: Transaction) -> Mapping[str, Any]:
    at = transaction.tick()
    if isinstance(record, NewLead):
        created_at = at if record.created_at is None else record.created_at
        return row_of(Lead(record.lead_id, created_at, record.fields, record.digest, at, account=record.account))
    return row_of(as_event(record, at) if isinstance(record, NewEvent) else as_outcome(record, at))


def read_leads(tables: CheckedTables, schema: LeadSchema) -> Iterator[NewLead]:
    """Yield the leads of a history, their fields as they were read, so that the store says the same as the export.

    What stands in the export in a way of its own, such as a day or a number in another country's writing, is stored plainly.
    """
    sheet, known = tables.sheets["leads"], set(tables.checked.history.leads.lead_id)
    good = np.flatnonzero(sheet.good)
    cells = {name: sheet.raw.cells.column(name).take(good).to_pylist() for name in schema.fields if name in sheet}
    for name in cells.keys() & tables.leads.fields.keys():
        codes = tables.leads.fields[name].tolist()
        cells[name] = [_stored(schema.fields[name], *both) for both in zip(cells[name], codes, strict=False)]
    cells |= {name: column.tolist() for name, column in tables.leads.channels.items() if name in cells}
    for at, lead_id in enumerate(tables.leads.lead_id):
        if lead_id in known:
            said = {name: _plain(column[at]) for name, column in cells.items()}
            fields = {name: value for name, value in said.items() if value is not None}
            yield NewLead(lead_id, fields, int(tables.leads.created_at[at]), account=account_key(schema, fields))


def read_events(tables: CheckedTables, schema: LeadSchema) -> Iterator[NewEvent]:
    """Yield the events of a history; those that are alike in lead, kind and time are numbered."""
    alike: Counter[tuple[str, str, int]] = Counter()
    for sheet, events in tables.event_sheets:
        yield from _events_of(sheet, events, tables, schema, alike)


def _events_of(
    sheet: CheckedSheet, events: Events, tables: CheckedTables, schema: LeadSchema, alike: Counter[tuple[str, str, int]]
) -> Iterator[NewEvent]:
    kinds, known = list(schema.event_codes), set(tables.checked.history.leads.lead_id)
    good = np.flatnonzero(sheet.good)
    texts, values = (
        _cells(sheet.raw.cells.column(name).take(good).to_pylist() if name in sheet else [None] * len(good))
        for name in ("text", "value")
    )
    agents = {name: sheet.texts(name) for name in AGENT_COLUMNS}
    for at, lead_id in enumerate(tables.leads.lead_id[events.lead]):
        kind, number, actor = kinds[events.kind[at]], float(events.value[at]), int(events.actor[at])
        key = (lead_id, kind, int(events.occurred_at[at]))
        alike[key] += 1
        if lead_id in known:
            said = texts[at] if texts[at] is not None or kind in schema.kinds else values[at]
            said = _plain(_stored(schema.answers[kind], said, number)) if kind in schema.answers else said
            yield NewEvent(
                *key,
                event_id="" if alike[key] == 1 else f"#{alike[key]}",
                value=None if kind in schema.answers or math.isnan(number) else number,
                text=None if said is None else text_of(said),
                actor=None if actor < 0 else ACTORS[actor],
                rep_id=None if events.rep_id is None else events.rep_id[at],
                agent_name=_agent_of(agents["agent_name"], good[at], actor),
                agent_version=_agent_of(agents["agent_version"], good[at], actor),
                recorded_at=int(events.recorded_at[at]),
            )


def _agent_of(column: Strings | None, row: int, actor: int) -> str | None:
    """Return what a column says of the agent of an event, if it is one's."""
    return None if column is None or actor < 0 or ACTORS[actor] != "agent" else column[row]


def read_outcomes(tables: CheckedTables) -> Iterator[NewOutcome]:
    """Yield the outcomes of a history."""
    outcomes, known = tables.outcomes, set(tables.checked.history.leads.lead_id)
    for at, lead_id in enumerate(tables.leads.lead_id[outcomes.lead]):
        if lead_id in known:
            amount = float(outcomes.amount[at])
            yield NewOutcome(
                lead_id,
                int(outcomes.closed_at[at]),
                bool(outcomes.won[at]),
                amount=None if math.isnan(amount) else amount,
                reason=None if outcomes.reason is None else outcomes.reason[at],
                rep_id=None if outcomes.rep_id is None else outcomes.rep_id[at],
                recorded_at=int(outcomes.recorded_at[at]),
            )


def _stored(field: LeadField, cell: Any, code: float) -> Any:
    """Return a value of a field as the store keeps it; None for one that could not be read."""
    if math.isnan(code):
        return None
    match field.type:
        case "number":
            return code
        case "flag":
            return bool(code)
        case "date":
            return to_datetime(min(int(code), LAST)).isoformat()
        case "category" if code < len(field.values):
            return field.values[int(code)]
        case _:
            return cell


def _cells(column: Sequence[Any]) -> list[Any]:
    return [_plain(cell) for cell in column]


def _plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it, None for an empty one."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    empty = (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and not math.isfinite(cell))
    return None if empty else cell

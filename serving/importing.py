"""Bringing an existing history into the store: in bulk, once however often it is run, and on from where it was stopped."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import sqlalchemy as sa

from features.checks import CheckedTables
from features.fields import text_of
from features.settings import ACTORS, LeadSchema
from serving.store.records import Lead, NewEvent, NewLead, NewOutcome
from serving.store.standing import keep_status
from serving.store.store import Store
from serving.store.tables import EVENTS, IMPORTS, LEADS, OUTCOMES
from serving.store.transaction import Transaction, as_event, as_outcome

AT_ONCE = 2_000
"""Records that share a transaction: what a stop loses of the time, never of the records."""

Tell = Callable[[str, int], None]


def import_tables(store: Store, tables: CheckedTables, schema: LeadSchema, now: int, tell: Tell) -> dict[str, int]:
    """Put the sound records of a history into the store, and return how many of each table were gone through.

    A record that is there already stays as it is. Nothing is scored.

    Parameters
    ----------
    tell
        Is told the table and how many of its records are done.

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
    return {
        name: _import(store, fingerprint, name, table, records, now, tell) for name, (table, records) in sources.items()
    }


def _import(
    store: Store, fingerprint: str, name: str, table: sa.Table, records: Iterator[Any], now: int, tell: Tell
) -> int:
    place = sa.and_(IMPORTS.c.fingerprint == fingerprint, IMPORTS.c.table_name == name)
    with store.reading() as connection:
        done = connection.execute(sa.select(IMPORTS.c.rows).where(place)).scalar() or 0
    rest = islice(records, done, None)
    tell(name, done)
    while chunk := list(islice(rest, AT_ONCE)):
        done += len(chunk)
        with store.writing(now) as transaction:
            transaction.add_many(table, [_row(record, transaction) for record in chunk])
            if table is not EVENTS:
                keep_status(transaction.connection, (record.lead_id for record in chunk))
            transaction.add_many(IMPORTS, [{"fingerprint": fingerprint, "table_name": name, "rows": 0}])
            transaction.connection.execute(sa.update(IMPORTS).where(place).values(rows=done))
        tell(name, done)
    return done


def _row(record: NewLead | NewEvent | NewOutcome, transaction: Transaction) -> Mapping[str, Any]:
    at = transaction.tick()
    if isinstance(record, NewLead):
        created_at = at if record.created_at is None else record.created_at
        return asdict(Lead(record.lead_id, created_at, record.fields, record.digest, at))
    return asdict(as_event(record, at) if isinstance(record, NewEvent) else as_outcome(record, at))


def read_leads(tables: CheckedTables, schema: LeadSchema) -> Iterator[NewLead]:
    """Yield the leads of a history, their fields as the export has them."""
    sheet, known = tables.sheets["leads"], set(tables.checked.history.leads.lead_id)
    good = np.flatnonzero(sheet.good)
    cells = {name: sheet.raw.cells.column(name).take(good).to_pylist() for name in schema.fields if name in sheet}
    for at, lead_id in enumerate(tables.leads.lead_id):
        if lead_id in known:
            said = {name: _plain(column[at]) for name, column in cells.items()}
            fields = {name: value for name, value in said.items() if value is not None}
            yield NewLead(lead_id, fields, int(tables.leads.created_at[at]))


def read_events(tables: CheckedTables, schema: LeadSchema) -> Iterator[NewEvent]:
    """Yield the events of a history; those that are alike in lead, kind and time are numbered."""
    if "events" not in tables.sheets:
        return
    sheet, events, kinds = tables.sheets["events"], tables.events, list(schema.event_codes)
    known = set(tables.checked.history.leads.lead_id)
    good = np.flatnonzero(sheet.good)
    texts, values = (
        _cells(sheet.raw.cells.column(name).take(good).to_pylist() if name in sheet else [None] * len(good))
        for name in ("text", "value")
    )
    alike: Counter[tuple[str, str, int]] = Counter()
    for at, lead_id in enumerate(tables.leads.lead_id[events.lead]):
        kind, number, actor = kinds[events.kind[at]], float(events.value[at]), int(events.actor[at])
        key = (lead_id, kind, int(events.occurred_at[at]))
        alike[key] += 1
        if lead_id in known:
            said = texts[at] if texts[at] is not None or kind in schema.kinds else values[at]
            yield NewEvent(
                *key,
                event_id="" if alike[key] == 1 else f"#{alike[key]}",
                value=None if kind in schema.answers or math.isnan(number) else number,
                text=None if said is None else text_of(said),
                actor=None if actor < 0 else ACTORS[actor],
                rep_id=None if events.rep_id is None else events.rep_id[at],
                recorded_at=int(events.recorded_at[at]),
            )


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


def _cells(column: Sequence[Any]) -> list[Any]:
    return [_plain(cell) for cell in column]


def _plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it, None for an empty one."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    empty = (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and not math.isfinite(cell))
    return None if empty else cell

"""All that the store keeps of a person, as they may ask for it."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from features.records.clock import to_datetime
from features.settings.schema import LeadSchema
from serving.store.acts import subject_of
from serving.store.erasing import ids_of_person
from serving.store.leftovers import leftovers_of
from serving.store.tables import AUDIT, CALL_LEADS, CALLS, METADATA
from serving.store.types import TimeColumn

Rows = list[dict[str, Any]]


def records_of_person(connection: sa.Connection, schema: LeadSchema, lead_id: str) -> dict[str, Rows]:
    """Return by table every row that is kept of the person behind a lead, all leads that an erasure would take; nothing where there is none.

    Every table with a `lead_id` is looked at, whichever there are.
    """
    ids = ids_of_person(connection, schema, lead_id)
    found = {table.name: _rows(connection, table, table.c.lead_id.in_(ids)) for table in _tables()}
    found[AUDIT.name] = _rows(connection, AUDIT, AUDIT.c.subject.in_([subject_of(one) for one in ids]))
    told = sa.exists().where(
        CALL_LEADS.c.lead_id.in_(ids),
        CALL_LEADS.c.key_id == CALLS.c.key_id,
        CALL_LEADS.c.idempotency_key == CALLS.c.idempotency_key,
    )
    found[CALLS.name] = _rows(connection, CALLS, told)
    messages = [leftover for one in ids for leftover in leftovers_of(connection, one)]
    found["leftovers"] = [{"webhook": one.webhook, "message": one.message, "why": one.why} for one in messages]
    return {name: rows for name, rows in found.items() if rows}


def _tables() -> Iterator[sa.Table]:
    return (table for table in METADATA.sorted_tables if "lead_id" in table.c and table is not CALL_LEADS)


def _rows(connection: sa.Connection, table: sa.Table, condition: Any) -> Rows:
    rows = connection.execute(sa.select(table).where(condition).order_by(*table.primary_key)).mappings()
    return [_plain(table, row) for row in rows]


def _plain(table: sa.Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row with its times as people read them."""
    times = {column.name for column in table.c if isinstance(column.type, TimeColumn)}
    told = {name: value for name, value in row.items() if value is not None}
    return {name: to_datetime(value).isoformat() if name in times else value for name, value in told.items()}

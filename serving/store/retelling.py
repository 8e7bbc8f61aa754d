"""Tellings of a lead in the store, and the corrections that a late one brings; what a score knew before stays as it was."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from serving.store.records import Event, Lead, NewEvent, NewLead, digest, row_of
from serving.store.seals import seal_of
from serving.store.tables import EVENTS, LEADS, SNAPSHOTS
from serving.store.transaction import EVENT_KEY, Transaction, as_event


class StoredTelling(NamedTuple):
    """A lead as it was at a moment."""

    at: int
    created_at: int | None
    fields: Mapping[str, Any]


def tellings_of(connection: sa.Connection, lead_id: str) -> list[StoredTelling]:
    """Return all that was told of a lead by tellings."""
    return [StoredTelling(*row) for row in connection.execute(_TELLINGS, {"lead": lead_id})]


def keep_first(transaction: Transaction, lead: Lead) -> None:
    """Keep a lead that came otherwise as the first telling of it, unless there is one."""
    if not tellings_of(transaction.connection, lead.lead_id):
        keep_telling(transaction, NewLead(lead.lead_id, lead.fields, lead.created_at), lead.created_at)


def keep_telling(transaction: Transaction, lead: NewLead, at: int) -> None:
    """Keep a telling, once."""
    content = {"created_at": lead.created_at, "fields": lead.fields}
    row = {"lead_id": lead.lead_id, "at": at, "digest": digest(content), "stored_at": transaction.latest, **content}
    transaction.add_many(SNAPSHOTS, [row])


def correct_lead(transaction: Transaction, lead: Lead, new: NewLead) -> tuple[Lead, int]:
    """Let a lead have come in as `new` says, and keep how it was known before; return it with the time, 0 if nothing changed."""
    created_at = lead.created_at if new.created_at is None else new.created_at
    if (lead.created_at, lead.fields) == (created_at, new.fields):
        return lead, 0
    at = transaction.tick()
    before = {"until": at, "created_at": lead.created_at, "fields": lead.fields, "account": lead.account}
    told = [*(lead.before or ()), before]
    changed = replace(lead, created_at=created_at, fields=new.fields, account=new.account, before=told, seal=None)
    row = {name: getattr(changed, name) for name in ("created_at", "fields", "account", "before")}
    row["seal"] = seal_of(LEADS.name, row)
    transaction.connection.execute(sa.update(LEADS).where(LEADS.c.lead_id == lead.lead_id).values(row))
    return changed, at


def supersede(transaction: Transaction, event: Event) -> int:
    """Let an event hold no longer, and return when."""
    at = transaction.tick()
    transaction.connection.execute(_of(event.key).values(superseded_at=at))
    return at


def imply(transaction: Transaction, new: NewEvent) -> int:
    """Store an event that follows from tellings, or let it hold again, and return when."""
    at = transaction.tick(new.occurred_at)
    if not transaction.connection.execute(_of(new.key).values(superseded_at=None)).rowcount:
        transaction.insert(EVENTS, [row_of(as_event(new, at))])
    return at


def _of(key: tuple[Any, ...]) -> sa.Update:
    conditions = (EVENTS.c[name] == value for name, value in zip(EVENT_KEY, key, strict=True))
    return sa.update(EVENTS).where(*conditions)


_TELLINGS = (
    sa.select(SNAPSHOTS.c.at, SNAPSHOTS.c.created_at, SNAPSHOTS.c.fields)
    .where(SNAPSHOTS.c.lead_id == sa.bindparam("lead"))
    .order_by(SNAPSHOTS.c.at, SNAPSHOTS.c.digest)
)

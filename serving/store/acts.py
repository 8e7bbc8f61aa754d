"""What people do with leads on their pages: kept with who did it, taken back, and forgotten with the person."""

import json
from dataclasses import asdict

import sqlalchemy as sa

from serving.store import reading
from serving.store.records import Act, DoneAct
from serving.store.retelling import supersede
from serving.store.tables import ACTS, AUDIT, KEYS, LEADS
from serving.store.transaction import Transaction

MAX_DUE = 20
"""Reminders that are listed at a time."""


def acts_of(connection: sa.Connection, lead_id: str) -> list[DoneAct]:
    """Return what was done with a lead and holds, the latest first."""
    query = _acts().where(ACTS.c.lead_id == lead_id, ACTS.c.undone_at.is_(None)).order_by(ACTS.c.stored_at.desc())
    return [DoneAct(**row) for row in connection.execute(query).mappings()]


def due_acts(connection: sa.Connection, key_id: str, now: int) -> list[tuple[DoneAct, str | None]]:
    """Return the reminders of a key on open leads that are due, with what the leads are called, the earliest first."""
    mine = (ACTS.c.kind == "remind", ACTS.c.key_id == key_id, ACTS.c.due_at <= now, ACTS.c.undone_at.is_(None))
    query = _acts().where(*mine).order_by(ACTS.c.due_at)
    acts = [DoneAct(**row) for row in connection.execute(query).mappings()]
    # Joined to their leads, SQLite would go through every open lead for a reminder that there is not.
    names = reading.names_of_open(connection, {act.lead_id for act in acts})
    return [(act, names[act.lead_id]) for act in acts if act.lead_id in names][:MAX_DUE]


def acts_since(connection: sa.Connection, key_id: str, since: int) -> list[DoneAct]:
    """Return what was done by a key since a time and holds."""
    query = _acts().where(ACTS.c.key_id == key_id, ACTS.c.stored_at >= since, ACTS.c.undone_at.is_(None))
    return [DoneAct(**row) for row in connection.execute(query).mappings()]


def find_act(connection: sa.Connection, act_id: str) -> DoneAct | None:
    """Return an act, undone or not; None if there is none."""
    row = connection.execute(_acts().where(ACTS.c.act_id == act_id)).mappings().first()
    return None if row is None else DoneAct(**row)


def add_act(transaction: Transaction, act: Act) -> None:
    """Keep an act at a time of its own, and write who did it into the audit trail."""
    row = asdict(act) | {"stored_at": transaction.tick()}
    transaction.insert(ACTS, [row])
    transaction.add_audit(act.kind, subject_of(act.lead_id), act.about or "", act.key_id)


def undo_act(transaction: Transaction, act: Act, key_id: str) -> int:
    """Let an act hold no longer, with the event that it was stored as, and return when; outcomes are taken back by whoever calls."""
    at = transaction.tick()
    for event in reading.standing_events(transaction.connection, act.lead_id):
        if event.event_id == act.act_id:
            at = supersede(transaction, event)
    if act.kind == "owner":
        give_back(transaction.connection, act.lead_id, act.before)
    undone = sa.update(ACTS).where(ACTS.c.act_id == act.act_id)
    transaction.connection.execute(undone.values(undone_at=at))
    transaction.add_audit(f"{act.kind} undone", subject_of(act.lead_id), act.about or "", key_id)
    return at


def assign(connection: sa.Connection, lead_id: str, owner: str | None) -> str:
    """Give a lead to somebody, and return whose it was before, as `give_back` takes it."""
    mine = LEADS.c.lead_id == lead_id
    row = connection.execute(sa.select(LEADS.c.assigned, LEADS.c.owner).where(mine)).one()
    connection.execute(sa.update(LEADS).where(mine).values(assigned=owner, owner=owner))
    return json.dumps([row.assigned, row.owner])


def give_back(connection: sa.Connection, lead_id: str, before: str | None) -> None:
    """Let a lead be whose it was before it was given to somebody."""
    assigned, owner = json.loads(before or "[null, null]")
    change = sa.update(LEADS).where(LEADS.c.lead_id == lead_id)
    connection.execute(change.values(assigned=assigned, owner=owner))


def subject_of(lead_id: str) -> str:
    """Return what the audit trail calls a lead."""
    return f"lead {lead_id}"


def forget_acts(connection: sa.Connection, lead_id: str, alias: str) -> None:
    """Forget what was written of a lead, and what the audit trail calls it; its acts have followed its id already."""
    said = sa.update(ACTS).where(ACTS.c.lead_id == alias)
    connection.execute(said.values(text=None, before=None))
    renamed = sa.update(AUDIT).where(AUDIT.c.subject == subject_of(lead_id))
    connection.execute(renamed.values(subject=alias))


def _acts() -> sa.Select[tuple[object, ...]]:
    by = sa.func.coalesce(KEYS.c.name, ACTS.c.key_id).label("by")
    return sa.select(ACTS, by).select_from(ACTS.outerjoin(KEYS, KEYS.c.key_id == ACTS.c.key_id))

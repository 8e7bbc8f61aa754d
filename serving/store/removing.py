"""Leads that a CRM has deleted or merged: out of lists and histories, and what was told of a merged one joins the one that stays."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from serving.store import reading
from serving.store.lead_status import keep_status
from serving.store.records import NewRemoval
from serving.store.retelling import keep_first
from serving.store.tables import CRM_RECORDS, EVENTS, OUTCOMES, REMOVALS, SNAPSHOTS
from serving.store.transaction import Transaction, own_time


def remove(transaction: Transaction, new: NewRemoval) -> int:
    """Take a lead out, and return when; a deletion of a lead that was merged, or told before, changes nothing."""
    connection = transaction.connection
    before = _removal(connection, new.lead_id)
    if new.into is None or before is None or transaction.staying(new.into) != _stays(transaction, before):
        new = _of_lead(connection, new, before)
        before = _removal(connection, new.lead_id)
    is_known = new.into is None or (before is not None and transaction.staying(new.into) == _stays(transaction, before))
    if before is not None and is_known:
        return int(before["stored_at"])
    if new.into is None and connection.execute(_LATER, {"lead": new.lead_id, "time": new.at}).first() is not None:
        return transaction.latest  # it was told of since: the CRM has it again
    into = None if new.into is None else transaction.staying(new.into)
    if into == new.lead_id:  # the two were merged the other way round before: that holds
        return transaction.latest
    at = transaction.tick()
    transaction.__dict__.pop("has_mergers", None)
    row = {"lead_id": new.lead_id, "into": into, "at": new.at, "stored_at": at}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    put = insert(REMOVALS).values(row)
    connection.execute(put.on_conflict_do_update(index_elements=["lead_id"], set_=row))
    if into is not None:
        _join(transaction, new.lead_id, into)
    keep_status(connection, [new.lead_id])
    return at


def _removal(connection: sa.Connection, lead_id: str) -> Mapping[Any, Any] | None:
    return connection.execute(sa.select(REMOVALS).where(REMOVALS.c.lead_id == lead_id)).mappings().first()


def _of_lead(connection: sa.Connection, new: NewRemoval, before: Mapping[Any, Any] | None) -> NewRemoval:
    """Return what is told of a CRM's record as told of the lead as which it was found: that lead is deleted or merged, not the other way round."""
    into = None if before is None else before["into"]
    if into is None:
        return new
    found = sa.exists().where(CRM_RECORDS.c.remote_id == new.lead_id, CRM_RECORDS.c.lead_id == into)
    return replace(new, lead_id=str(into)) if connection.execute(sa.select(found)).scalar_one() else new


def _stays(transaction: Transaction, before: Mapping[Any, Any]) -> str | None:
    """Return the lead that stays of one that was taken out, however many were merged since; None of one that was deleted."""
    return None if before["into"] is None else transaction.staying(before["into"])


def bring_back(transaction: Transaction, lead_id: str, at: int) -> None:
    """Let a deleted lead be there again of which a CRM tells that it changed after that."""
    gone = sa.and_(REMOVALS.c.lead_id == lead_id, REMOVALS.c.into.is_(None), REMOVALS.c.at < at)
    if transaction.connection.execute(sa.delete(REMOVALS).where(gone)).rowcount:
        keep_status(transaction.connection, [lead_id])


def _join(transaction: Transaction, lead_id: str, into: str) -> None:
    """Copy what was told of a lead to the one that stays; scores of before keep what they knew."""
    connection, at = transaction.connection, transaction.latest
    for table in (EVENTS, OUTCOMES):
        rows = connection.execute(sa.select(table).where(table.c.lead_id == lead_id)).mappings()
        moved = [_moved(row, into, at) for row in rows if not row.get("from_snapshot")]
        if table is OUTCOMES:
            for row in moved:  # the other lead may have one of the same time
                one = {**row, "recorded_at": own_time(connection, into, row["recorded_at"])}
                transaction.add_many(table, [one])
            continue
        transaction.add_many(table, moved)
    for lead in reading.leads_of(connection, [lead_id, into]).values():
        keep_first(transaction, lead)
    told = connection.execute(sa.select(SNAPSHOTS).where(SNAPSHOTS.c.lead_id == lead_id)).mappings()
    transaction.add_many(SNAPSHOTS, [_moved(row, into, at) for row in told])
    keep_status(connection, [into])


def _moved(row: Mapping[Any, Any], into: str, at: int) -> dict[str, Any]:
    return {**row, "lead_id": into, "stored_at": at}


_LATER = sa.select(SNAPSHOTS.c.at).where(
    SNAPSHOTS.c.lead_id == sa.bindparam("lead"), SNAPSHOTS.c.at > sa.bindparam("time", type_=SNAPSHOTS.c.at.type)
)

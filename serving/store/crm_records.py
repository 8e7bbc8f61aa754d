"""What CRMs were told of leads, as which records they have them, and how far writing back and pulling have come."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from serving.store.listing import leads_named
from serving.store.reading import AT_ONCE
from serving.store.tables import CRM_POSITIONS, CRM_RECORDS, LEADS, SCORES
from serving.store.transaction import Transaction

TURN = "turn"
"""Name of the position that says which process works for a CRM, and until when."""


@dataclass(frozen=True)
class CrmRecord:
    """A lead as a CRM has it; times are microseconds UTC.

    Attributes
    ----------
    kind, remote_id
        The CRM's record; None where it is not known.
    content
        What was written last; None where nothing was.
    trouble
        Why the last one was not taken.
    is_due
        Whether it is to be written again whatever was written.
    """

    crm: str
    lead_id: str
    kind: str | None = None
    remote_id: str | None = None
    content: Mapping[str, Any] | None = None
    written_at: int | None = None
    trouble: str | None = None
    tried_at: int | None = None
    is_due: bool = False


@dataclass(frozen=True)
class CrmPosition:
    """How far something has come: a time (microseconds UTC) and what is more to be said of the place."""

    at: int
    place: str = ""


@dataclass(frozen=True)
class CrmCounts:
    """How many leads a CRM was told of, how many it did not take and why (reason to count), and when it was last told."""

    written: int
    troubles: Mapping[str, int]
    written_at: int | None


def crm_records(connection: sa.Connection, crm: str, lead_ids: Sequence[str]) -> dict[str, CrmRecord]:
    """Return what is known of leads, by their ids."""
    found: dict[str, CrmRecord] = {}
    for at in range(0, len(lead_ids), AT_ONCE):
        wanted = CRM_RECORDS.c.lead_id.in_(lead_ids[at : at + AT_ONCE])
        rows = connection.execute(sa.select(CRM_RECORDS).where(CRM_RECORDS.c.crm == crm, wanted)).mappings()
        found |= {row["lead_id"]: CrmRecord(**row) for row in rows}
    return found


def due_leads(connection: sa.Connection, crm: str, tried_before: int, most: int) -> list[str]:
    """Return leads that are to be written again, and were not tried since a time."""
    waited = sa.or_(CRM_RECORDS.c.tried_at.is_(None), CRM_RECORDS.c.tried_at < tried_before)
    query = sa.select(CRM_RECORDS.c.lead_id).where(CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.is_due, waited)
    return list(connection.execute(query.order_by(CRM_RECORDS.c.lead_id).limit(most)).scalars())


def newly_scored(connection: sa.Connection, after: CrmPosition, most: int) -> list[tuple[int, str]]:
    """Return (as of, lead) of scores after a position, in their order; times of the store rise, so none comes in before it later."""
    place = sa.tuple_(SCORES.c.as_of, SCORES.c.lead_id)
    bound = sa.tuple_(sa.literal(after.at, SCORES.c.as_of.type), sa.literal(after.place))
    # The first condition is what the index by time is for.
    query = sa.select(SCORES.c.as_of, SCORES.c.lead_id).where(SCORES.c.as_of >= after.at, place > bound)
    rows = connection.execute(query.order_by(SCORES.c.as_of, SCORES.c.lead_id).limit(most))
    return [(int(row.as_of), str(row.lead_id)) for row in rows]


def lead_of_record(connection: sa.Connection, crm: str, remote_id: str) -> str | None:
    """Return the lead that a CRM has as a record; None where none is known."""
    query = sa.select(CRM_RECORDS.c.lead_id).where(CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.remote_id == remote_id)
    found = connection.execute(query.order_by(CRM_RECORDS.c.lead_id).limit(1)).scalar()
    return None if found is None else str(found)


def keep_crm_records(transaction: Transaction, records: Iterable[CrmRecord]) -> None:
    """Keep what is known of leads; of those that were erased meanwhile, nothing."""
    rows = [dict(vars(record)) for record in records]
    there = {lead.lead_id for lead in leads_named(transaction.connection, [row["lead_id"] for row in rows])}
    for row in rows:
        if row["lead_id"] in there:
            _put(transaction, CRM_RECORDS, ("crm", "lead_id"), row)


def make_due(transaction: Transaction, crm: str, lead_ids: Sequence[str]) -> None:
    """Have leads written again whatever was written."""
    mine = (CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.lead_id.in_(lead_ids))
    transaction.connection.execute(sa.update(CRM_RECORDS).where(*mine).values(is_due=True, tried_at=None))


def make_troubled_due(transaction: Transaction, crm: str, lead_ids: Sequence[str]) -> None:
    """Have those of these leads written again that the CRM did not take before: it has them, as they were just seen there."""
    mine = (CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.lead_id.in_(lead_ids), CRM_RECORDS.c.trouble.is_not(None))
    transaction.connection.execute(sa.update(CRM_RECORDS).where(*mine).values(is_due=True, tried_at=None))


def end_due(transaction: Transaction, crm: str, lead_ids: Sequence[str]) -> None:
    """Have leads written no more before something else is to be said."""
    mine = (CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.lead_id.in_(lead_ids))
    transaction.connection.execute(sa.update(CRM_RECORDS).where(*mine).values(is_due=False))


def crm_position(connection: sa.Connection, crm: str, name: str) -> CrmPosition | None:
    """Return how far something has come; None where it has not begun."""
    query = sa.select(CRM_POSITIONS.c.at, CRM_POSITIONS.c.place)
    row = connection.execute(query.where(CRM_POSITIONS.c.crm == crm, CRM_POSITIONS.c.name == name)).first()
    return None if row is None else CrmPosition(row.at, row.place)


def crm_positions(connection: sa.Connection, crm: str) -> dict[str, CrmPosition]:
    """Return how far everything of a CRM has come, by name."""
    query = sa.select(CRM_POSITIONS.c.name, CRM_POSITIONS.c.at, CRM_POSITIONS.c.place)
    rows = connection.execute(query.where(CRM_POSITIONS.c.crm == crm).order_by(CRM_POSITIONS.c.name))
    return {row.name: CrmPosition(row.at, row.place) for row in rows}


def keep_crm_position(transaction: Transaction, crm: str, name: str, position: CrmPosition) -> None:
    """Keep how far something has come."""
    row = {"crm": crm, "name": name, "at": position.at, "place": position.place}
    _put(transaction, CRM_POSITIONS, ("crm", "name"), row)


def take_turn(
    transaction: Transaction,
    crm: str,
    holder: str,
    now: int,
    until: int,
    has_ended: Callable[[str], bool] = lambda _: False,
) -> bool:
    """Let a process work for a CRM until a time; return whether it may: one process at a time does, on whichever machine.

    One that is known to have ended need not be waited for.
    """
    turn = crm_position(transaction.connection, crm, TURN)
    if turn is not None and turn.place != holder and turn.at > now and not has_ended(turn.place):
        return False
    keep_crm_position(transaction, crm, TURN, CrmPosition(until, holder))
    return True


def end_turn(transaction: Transaction, crm: str, holder: str) -> None:
    """Let others work for a CRM."""
    mine = (CRM_POSITIONS.c.crm == crm, CRM_POSITIONS.c.name == TURN, CRM_POSITIONS.c.place == holder)
    transaction.connection.execute(sa.delete(CRM_POSITIONS).where(*mine))


def crm_counts(connection: sa.Connection, crm: str) -> CrmCounts:
    """Return how many leads a CRM was told of, and what it did not take."""
    mine = CRM_RECORDS.c.crm == crm
    written, written_at = connection.execute(
        sa.select(sa.func.count(CRM_RECORDS.c.written_at), sa.func.max(CRM_RECORDS.c.written_at)).where(mine)
    ).one()
    query = sa.select(CRM_RECORDS.c.trouble, sa.func.count()).where(mine, CRM_RECORDS.c.trouble.is_not(None))
    troubles = {str(why): int(count) for why, count in connection.execute(query.group_by(CRM_RECORDS.c.trouble))}
    return CrmCounts(int(written), troubles, written_at)


def in_trouble(connection: sa.Connection, crm: str, most: int) -> list[CrmRecord]:
    """Return leads that a CRM did not take, those that were tried last first."""
    query = sa.select(CRM_RECORDS).where(CRM_RECORDS.c.crm == crm, CRM_RECORDS.c.trouble.is_not(None))
    rows = connection.execute(query.order_by(CRM_RECORDS.c.tried_at.desc(), CRM_RECORDS.c.lead_id).limit(most))
    return [CrmRecord(**row) for row in rows.mappings()]


def latest_answers(connection: sa.Connection, lead_ids: Sequence[str]) -> dict[str, str]:
    """Return by lead its latest score as it was sent, of those that are not erased."""
    found: dict[str, str] = {}
    for at in range(0, len(lead_ids), AT_ONCE):
        query = (
            sa.select(SCORES.c.lead_id, SCORES.c.answer)
            .join(LEADS, sa.and_(LEADS.c.lead_id == SCORES.c.lead_id, LEADS.c.scored_as_of == SCORES.c.as_of))
            .where(SCORES.c.lead_id.in_(lead_ids[at : at + AT_ONCE]), SCORES.c.answer.is_not(None))
        )
        found |= {row.lead_id: row.answer for row in connection.execute(query)}
    return found


def _put(transaction: Transaction, table: sa.Table, key: tuple[str, ...], row: Mapping[str, Any]) -> None:
    insert = postgresql.insert if transaction.connection.dialect.name == "postgresql" else sqlite.insert
    others = {name: value for name, value in row.items() if name not in key}
    put = insert(table).values(row)
    transaction.connection.execute(put.on_conflict_do_update(index_elements=list(key), set_=others))

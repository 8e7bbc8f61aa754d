"""Questions to the store. Each takes a connection, so that several see the same state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import sqlalchemy as sa

from serving.store.records import Event, Lead, Outcome, Status, StoredScore
from serving.store.tables import CLOCK, EVENTS, LEADS, OUTCOMES, SCORES

R = TypeVar("R", Lead, Event, Outcome, StoredScore)
AT_ONCE = 500
"""Ids asked for at a time; a statement may not have any number of parameters."""


def columns_of(table: sa.Table, record: type[Any]) -> sa.Select[Any]:
    """Return the question for the columns of a table that a record has."""
    return sa.select(*(table.c[field.name] for field in fields(record) if field.name in table.c))


def _of_leads(table: sa.Table, record: type[Any], *order: Any) -> sa.Select[Any]:
    """Return the question for the records of some leads."""
    return columns_of(table, record).where(table.c.lead_id.in_(sa.bindparam("ids", expanding=True))).order_by(*order)


# Put together once: SQLAlchemy takes longer to build them than a database to answer.
_LEADS = _of_leads(LEADS, Lead)
_EVENTS = _of_leads(EVENTS, Event, EVENTS.c.recorded_at, EVENTS.c.stored_at)
_OUTCOMES = _of_leads(OUTCOMES, Outcome, OUTCOMES.c.recorded_at, OUTCOMES.c.stored_at)
_SCORES = _of_leads(SCORES, StoredScore, SCORES.c.as_of)


def latest(connection: sa.Connection) -> int:
    """Return the latest time that the store has given out."""
    return int(connection.execute(sa.select(CLOCK.c.latest)).scalar_one())


def leads_of(connection: sa.Connection, lead_ids: Iterable[str]) -> dict[str, Lead]:
    """Return the leads of these ids that are there."""
    return {lead.lead_id: lead for lead in _of(connection, _LEADS, Lead, lead_ids)}


def events_of(connection: sa.Connection, lead_ids: Iterable[str]) -> Mapping[str, list[Event]]:
    """Return the events of each lead in the order in which they were recorded; of answers, the last one holds."""
    return _by_lead(_of(connection, _EVENTS, Event, lead_ids))


def outcomes_of(connection: sa.Connection, lead_ids: Iterable[str]) -> Mapping[str, list[Outcome]]:
    """Return the outcomes of each lead in the order in which they were recorded; the last one holds."""
    return _by_lead(_of(connection, _OUTCOMES, Outcome, lead_ids))


def scores_of(connection: sa.Connection, lead_id: str) -> list[StoredScore]:
    """Return the scores of a lead, the earliest first."""
    return list(_of(connection, _SCORES, StoredScore, [lead_id]))


def score_since(connection: sa.Connection, lead_id: str, time: int) -> StoredScore | None:
    """Return the first score of a lead as of a time or later."""
    query = (
        sa.select(SCORES).where(SCORES.c.lead_id == lead_id, SCORES.c.as_of >= time).order_by(SCORES.c.as_of).limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredScore(**row)


def score_until(connection: sa.Connection, lead_id: str, time: int) -> StoredScore | None:
    """Return the last score of a lead as of a time or earlier."""
    mine = sa.select(SCORES).where(SCORES.c.lead_id == lead_id, SCORES.c.as_of <= time)
    row = connection.execute(mine.order_by(SCORES.c.as_of.desc()).limit(1)).mappings().first()
    return None if row is None else StoredScore(**row)


def latest_contributions(
    connection: sa.Connection, model_name: str, model_version: str, most: int
) -> list[list[float]]:
    """Return what the features added in the latest scores by a version of a model."""
    ours = sa.and_(SCORES.c.model_name == model_name, SCORES.c.model_version == model_version)
    query = sa.select(SCORES.c.contributions).where(ours).order_by(SCORES.c.as_of.desc()).limit(most)
    return [list(row[0]) for row in connection.execute(query)]


def scores_since(connection: sa.Connection, time: int, after: tuple[int, str], most: int) -> list[StoredScore]:
    """Return scores as of a time or later, a page after a place (as of, lead) in that order."""
    place = sa.tuple_(SCORES.c.as_of, SCORES.c.lead_id)
    bound = sa.tuple_(sa.literal(after[0], SCORES.c.as_of.type), sa.literal(after[1]))
    query = sa.select(SCORES).where(SCORES.c.as_of >= time, place > bound)
    rows = connection.execute(query.order_by(SCORES.c.as_of, SCORES.c.lead_id).limit(most)).mappings()
    return [StoredScore(**row) for row in rows]


def _of(connection: sa.Connection, question: sa.Select[Any], record: type[R], lead_ids: Iterable[str]) -> Iterable[R]:
    ids = list(dict.fromkeys(lead_ids))
    for at in range(0, len(ids), AT_ONCE):
        for row in connection.execute(question, {"ids": ids[at : at + AT_ONCE]}).mappings():
            yield record(**row)


def _by_lead(records: Iterable[R]) -> Mapping[str, list[R]]:
    found: defaultdict[str, list[R]] = defaultdict(list)
    for record in records:
        found[record.lead_id].append(record)
    return found


def standing(outcomes: Sequence[Outcome]) -> Status:
    """Return how a lead stands by its outcomes in the order of `outcomes_of`."""
    if not outcomes:
        return "open"
    return "won" if outcomes[-1].won else "lost"

"""Questions to the store. Each takes a connection, so that several see the same state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from serving.schemas.vocabulary import Status
from serving.store.records import Event, Lead, Outcome, StoredScore
from serving.store.tables import AUDIT, CLOCK, EVENTS, KEYS, LEADS, OUTCOMES, SCORES

R = TypeVar("R", Lead, Event, Outcome, StoredScore)
AT_ONCE = 500
"""Ids asked for at a time; a statement may not have any number of parameters."""


def columns_of(table: sa.Table, record: type[Any]) -> sa.Select[Any]:
    """Return the question for the columns of a table that a record has."""
    return sa.select(*(table.c[field.name] for field in fields(record) if field.name in table.c))


def is_touch(ours: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return whether an event stands in which a rep acted: as it says itself or, where it says nothing, as its kind does.

    Parameters
    ----------
    ours
        The kinds in which a rep acts.
    """
    by_kind = sa.and_(EVENTS.c.actor.is_(None), EVENTS.c.kind.in_(ours))
    return sa.and_(sa.or_(EVENTS.c.actor == "rep", by_kind), EVENTS.c.superseded_at.is_(None))


def _of_leads(table: sa.Table, record: type[Any], *order: Any) -> sa.Select[Any]:
    """Return the question for the records of some leads."""
    return columns_of(table, record).where(table.c.lead_id.in_(sa.bindparam("ids", expanding=True))).order_by(*order)


ANY_RECORD = tuple(sa.select(sa.exists(sa.select(table.c.lead_id))) for table in (LEADS, EVENTS, OUTCOMES))
"""Whether there is a lead, an event, an outcome."""

# Put together once: SQLAlchemy takes longer to build them than a database to answer.
_LEADS = _of_leads(LEADS, Lead)
_EVENTS = _of_leads(EVENTS, Event, EVENTS.c.recorded_at, EVENTS.c.stored_at)
_OUTCOMES = _of_leads(OUTCOMES, Outcome, OUTCOMES.c.recorded_at, OUTCOMES.c.stored_at)
_SCORES = _of_leads(SCORES, StoredScore, SCORES.c.as_of)


def latest(connection: sa.Connection) -> int:
    """Return the latest time that the store has given out."""
    return int(connection.execute(sa.select(CLOCK.c.latest)).scalar_one())


def outcomes_unknown(connection: sa.Connection, recorded_until: int, told_until: int | None) -> int:
    """Return how many outcomes were recorded after a time, or told after one, with whatever time; None where that is not known."""
    unknown = OUTCOMES.c.recorded_at > recorded_until
    if told_until is not None:
        unknown = sa.or_(unknown, OUTCOMES.c.stored_at > told_until)
    return int(connection.execute(sa.select(sa.func.count()).select_from(OUTCOMES).where(unknown)).scalar_one())


def told_at(connection: sa.Connection) -> list[int]:
    """Return when each outcome was told, by the store's clock."""
    return list(connection.execute(sa.select(OUTCOMES.c.stored_at)).scalars())


@dataclass(frozen=True)
class AuditEntry:
    """An entry of the audit trail: when (microseconds UTC), what, by whose key, of what, and more in words."""

    at: int
    action: str
    key_id: str | None
    key_name: str | None
    subject: str
    detail: str


def audit_trail(connection: sa.Connection, since: int, before: int | None, most: int) -> list[AuditEntry]:
    """Return entries at a time or later, and before another if that is given, the latest first."""
    columns = (
        AUDIT.c.at,
        AUDIT.c.action,
        AUDIT.c.key_id,
        KEYS.c.name.label("key_name"),
        AUDIT.c.subject,
        AUDIT.c.detail,
    )
    query = sa.select(*columns).select_from(AUDIT.outerjoin(KEYS, KEYS.c.key_id == AUDIT.c.key_id))
    query = (
        query.where(AUDIT.c.at >= since) if before is None else query.where(AUDIT.c.at >= since, AUDIT.c.at < before)
    )
    rows = connection.execute(query.order_by(AUDIT.c.at.desc()).limit(most)).mappings()
    return [AuditEntry(**row) for row in rows]


def leads_of(connection: sa.Connection, lead_ids: Iterable[str]) -> dict[str, Lead]:
    """Return the leads of these ids that are there."""
    return {lead.lead_id: lead for lead in _of(connection, _LEADS, Lead, lead_ids)}


def names_of_open(connection: sa.Connection, lead_ids: Iterable[str]) -> dict[str, str | None]:
    """Return what those of some leads are called that are open."""
    ids, names = list(lead_ids), dict[str, str | None]()
    for at in range(0, len(ids), AT_ONCE):
        query = sa.select(LEADS.c.lead_id, LEADS.c.name, LEADS.c.status).where(
            LEADS.c.lead_id.in_(ids[at : at + AT_ONCE])
        )
        names.update((row.lead_id, row.name) for row in connection.execute(query) if row.status == "open")
    return names


class ScorePoint(NamedTuple):
    """A score without its reasons: its moment (microseconds UTC), its probability, and the version of the model that gave it."""

    as_of: int
    probability: float
    model_name: str
    model_version: str


def courses_of(connection: sa.Connection, lead_ids: Sequence[str], since: int) -> dict[str, list[ScorePoint]]:
    """Return by lead its scores since a time (microseconds UTC), the earliest first; what they were made of is not read."""
    columns = [SCORES.c[name] for name in ScorePoint._fields]
    query = sa.select(SCORES.c.lead_id, *columns).where(SCORES.c.lead_id.in_(lead_ids), SCORES.c.as_of >= since)
    courses: dict[str, list[ScorePoint]] = {}
    for lead_id, *point in connection.execute(query):
        courses.setdefault(lead_id, []).append(ScorePoint(*point))
    return {lead_id: sorted(course) for lead_id, course in courses.items()}


def ids_of_marks(connection: sa.Connection, marks: Sequence[str]) -> dict[str, str]:
    """Return by mark the ids of past leads that are there."""
    query = sa.select(LEADS.c.mark, LEADS.c.lead_id).where(LEADS.c.mark.in_(marks), LEADS.c.erased_at.is_(None))
    return {row.mark: row.lead_id for row in connection.execute(query)}


def events_of(connection: sa.Connection, lead_ids: Iterable[str]) -> Mapping[str, list[Event]]:
    """Return the events of each lead in the order in which they were recorded; of answers, the last one holds."""
    return _by_lead(_of(connection, _EVENTS, Event, lead_ids))


def standing_events(connection: sa.Connection, lead_id: str) -> list[Event]:
    """Return the events of a lead in their order, without those that another has replaced."""
    events = events_of(connection, [lead_id]).get(lead_id, [])
    return [event for event in events if event.superseded_at is None]


def outcomes_of(connection: sa.Connection, lead_ids: Iterable[str]) -> Mapping[str, list[Outcome]]:
    """Return the outcomes of each lead in the order in which they were recorded; the last one holds."""
    return _by_lead(_of(connection, _OUTCOMES, Outcome, lead_ids))


def scores_of(connection: sa.Connection, lead_id: str) -> list[StoredScore]:
    """Return the scores of a lead, the earliest first."""
    return list(_of(connection, _SCORES, StoredScore, [lead_id]))


def answers_of(connection: sa.Connection, scores: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return by lead the answers of scores (lead_id, as_of) as they were sent, but of leads that were erased."""
    wanted = dict(scores)
    found = [
        StoredScore(**row)
        for at in range(0, len(wanted), AT_ONCE)
        for row in connection.execute(
            columns_of(SCORES, StoredScore)
            .join(LEADS, sa.and_(LEADS.c.lead_id == SCORES.c.lead_id, LEADS.c.scored_as_of == SCORES.c.as_of))
            .where(SCORES.c.lead_id.in_(list(wanted)[at : at + AT_ONCE]), SCORES.c.answer.is_not(None))
        ).mappings()
    ]
    return {one.lead_id: one.answer for one in found if one.answer is not None and wanted[one.lead_id] == one.as_of}


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


def latest_scores(connection: sa.Connection, most: int) -> list[StoredScore]:
    """Return the latest scores, the latest first."""
    query = columns_of(SCORES, StoredScore).order_by(SCORES.c.as_of.desc(), SCORES.c.lead_id).limit(most)
    return [StoredScore(**row) for row in connection.execute(query).mappings()]


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
    if not outcomes or outcomes[-1].taken_back:
        return "open"
    return "won" if outcomes[-1].won else "lost"

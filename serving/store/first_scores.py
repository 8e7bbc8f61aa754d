"""What became of the leads that were scored: the first score of each whose time to be won has passed, and whether it was kept."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from features.records.clock import NEVER, Microseconds, duration
from features.records.deadlines import end_of_day
from features.records.history import Floats
from features.records.parsing.values import BadValueError, encode
from features.settings.schema import LeadSchema
from serving.store.tables import LEADS, OUTCOMES, SCORES


class Promises(NamedTuple):
    """First scores (n,), how long ago each was given (microseconds), whether the lead was won in time, and when the earliest was given."""

    probability: Floats
    scored_ago: Microseconds
    won: NDArray[np.bool_]
    since: int


def first_promises(connection: sa.Connection, now: int, schema: LeadSchema) -> Promises:
    """Return what was said of leads by their first score, where the time has passed by `now` (microseconds UTC) in which a win counts.

    The first score alone, so that a lead which is told of often weighs no more than another; and of leads that had not closed by then,
    as what is said of one that had is no promise.
    """
    limit = None if schema.decided_by else now - duration(schema.horizon)
    return _promises([row for row in _first_scores(connection, schema, limit) if row.until <= now], now)


def promises_so_far(connection: sa.Connection, now: int, schema: LeadSchema) -> Promises:
    """Return the same of leads that have not matured too, won so far or not.

    Where leads have days of their own, those alone that have matured: how much of a promise is due before depends on the lead.
    """
    if schema.decided_by is not None:
        return first_promises(connection, now, schema)
    return _promises(_first_scores(connection, schema, now), now)


def first_answers(connection: sa.Connection, now: int, schema: LeadSchema, most: int) -> list[tuple[str, bool]]:
    """Return the first score of each lead as it was sent, and whether the lead was won in time: of the latest that have matured by `now`."""
    limit = None if schema.decided_by else now - duration(schema.horizon)
    rows = [
        row for row in _first_scores(connection, schema, limit, with_answer=most) if row.until <= now and row.answer
    ]
    return [(row.answer, row.won) for row in rows]


class _FirstScore(NamedTuple):
    """The first score of a lead, whether it was won in time, and until when a win counts; `answer` is empty where it was not asked for."""

    probability: float
    as_of: int
    won: bool
    until: int
    answer: str = ""


def _promises(rows: Sequence[_FirstScore], now: int) -> Promises:
    return Promises(
        np.array([row.probability for row in rows]),
        np.array([now - row.as_of for row in rows], np.int64),
        np.array([row.won for row in rows], np.bool_),
        min((row.as_of for row in rows), default=now),
    )


def _first_scores(
    connection: sa.Connection, schema: LeadSchema, limit: int | None, with_answer: int = 0
) -> list[_FirstScore]:
    """Return the first score of each lead, as of a time or before if there is a limit; of so many of the latest with the answer, if any are wanted so."""
    first = sa.func.min(SCORES.c.as_of).label("as_of")
    firsts = sa.select(SCORES.c.lead_id, first).group_by(SCORES.c.lead_id).subquery()
    ranked = latest_outcomes()
    same = sa.and_(firsts.c.lead_id == SCORES.c.lead_id, firsts.c.as_of == SCORES.c.as_of)
    ended = sa.and_(ranked.c.lead_id == SCORES.c.lead_id, ranked.c.place == 1, ~ranked.c.taken_back)
    own_day = (
        sa.null() if schema.decided_by is None else LEADS.c.fields
    )  # the fields may be long: read only if asked for
    answer = SCORES.c.answer if with_answer else sa.literal("")
    query = sa.select(
        SCORES.c.probability,
        SCORES.c.as_of,
        ranked.c.won,
        ranked.c.closed_at,
        LEADS.c.created_at,
        own_day.label("own"),
        answer.label("answer"),
    )
    lead = LEADS.c.lead_id == SCORES.c.lead_id
    query = query.select_from(SCORES.join(firsts, same).join(LEADS, lead).outerjoin(ranked, ended))
    query = query.where(sa.or_(ranked.c.closed_at.is_(None), ranked.c.closed_at > SCORES.c.as_of))
    if limit is not None:
        query = query.where(SCORES.c.as_of <= limit)
    if with_answer:
        query = query.order_by(SCORES.c.as_of.desc(), SCORES.c.lead_id).limit(with_answer)
    rows = [(row, won_until(schema, row)) for row in connection.execute(query)]
    return [
        _FirstScore(row.probability, row.as_of, bool(row.won) and row.closed_at <= until, until, row.answer or "")
        for row, until in rows
    ]


def latest_outcomes() -> sa.Subquery:
    """Return the outcomes of each lead with their place, 1 for the one that holds."""
    latest = sa.func.row_number().over(
        partition_by=OUTCOMES.c.lead_id, order_by=(OUTCOMES.c.recorded_at.desc(), OUTCOMES.c.stored_at.desc())
    )
    told = (OUTCOMES.c.lead_id, OUTCOMES.c.won, OUTCOMES.c.closed_at, OUTCOMES.c.taken_back)
    return sa.select(*told, latest.label("place")).subquery()


def won_until(schema: LeadSchema, row: Any) -> int:
    """Return until when a win of a stored lead counts; a value that these settings cannot read is no day of its own."""
    horizon = int(row.as_of) + duration(schema.horizon)
    if schema.decided_by is None:
        return horizon
    try:
        day = encode(schema.fields[schema.decided_by], row.own.get(schema.decided_by), schema.zone)
    except BadValueError:
        return horizon
    own = NEVER if math.isnan(day) else end_of_day(int(day), schema.zone)
    return horizon if own < row.created_at else own

"""The score of a lead over its whole life, and over the days to come if nothing happens: what the model of today says of what was recorded by each moment."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from features.records.clock import DAY, EPOCH
from serving.champion.champion import Champion
from serving.intake.colleagues import AccountRecords
from serving.intake.scoring import Moment, to_record
from serving.schemas.score import Problem
from serving.store.records import Event, Lead

MOMENTS = 32
"""Of a life that are looked at, evenly apart, beside those at which something was recorded."""
MAX_RECORDS = 48
"""Moments of records that are looked at, the latest of more."""
WAITING_DAYS = (1, 3, 7, 14)


class Point(NamedTuple):
    """A probability as of a moment (microseconds UTC)."""

    as_of: int
    probability: float


class Life(NamedTuple):
    """The course of a lead until now or its close, and what it is to be if nothing happens, by days from now; either may be empty."""

    course: tuple[Point, ...]
    waiting: tuple[tuple[int, float], ...]


NO_LIFE = Life((), ())


def life_of(
    connection: sa.Connection, champion: Champion, lead: Lead, events: Sequence[Event], until: int, *, is_open: bool
) -> Life:
    """Return the life of a lead, from its events that hold.

    What an import brought in counts from when it was recorded, not from when it was brought: so the course of a lead that was
    imported is that of the lead, not of the import.
    """
    moments = _moments(lead, events, until)
    ahead = [until + days * DAY for days in WAITING_DAYS] if is_open else []
    account = AccountRecords.read(connection, [lead], until)
    schema = champion.model.schema
    records = [
        to_record(schema, lead, [event for event in events if event.recorded_at <= at], Moment(lead.lead_id, at))
        | account.beside(schema, lead, at)
        for at in (*moments, *ahead)
    ]
    found = champion.levels(records, EPOCH)
    points = [
        Point(at, level.probability)
        for at, level in zip((*moments, *ahead), found, strict=True)
        if not isinstance(level, Problem)
    ]
    if len(points) < len(records):  # today's model cannot read the lead
        return NO_LIFE
    course, later = points[: len(moments)], points[len(moments) :]
    return Life(
        tuple(course), tuple((days, point.probability) for days, point in zip(WAITING_DAYS, later, strict=False))
    )


def _moments(lead: Lead, events: Sequence[Event], until: int) -> list[int]:
    """Return the moments that are looked at, the earliest first."""
    start = min(lead.created_at, until)
    even = {start + (until - start) * place // (MOMENTS - 1) for place in range(MOMENTS)}
    recorded = sorted({event.recorded_at for event in events if start < event.recorded_at < until})
    return sorted({*even, *recorded[-MAX_RECORDS:]})

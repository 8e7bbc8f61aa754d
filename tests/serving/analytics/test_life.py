"""The life of a lead: at each moment what the model says of what was recorded by then, and the days ahead as if nothing happened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from features.records.clock import DAY, to_microseconds
from serving.analytics.life import WAITING_DAYS, life_of
from serving.champion.champion import Champion
from serving.schemas.score import Score
from serving.store.records import Event, Lead
from serving.store.store import Store

CREATED = to_microseconds(datetime(2026, 8, 1, 9, tzinfo=UTC))


def an_event(days: int, recorded: int) -> Event:
    at, late = CREATED + days * DAY, CREATED + recorded * DAY
    return Event("L1", "reply", at, "", late, None, None, None, None, "", CREATED + 300 * DAY)


def scored(champion: Champion, lead: Lead, events: list[Event], at: int) -> float:
    """Return the probability by the way that forms go."""
    sent: dict[str, Any] = {
        "created_at": datetime.fromtimestamp(lead.created_at / 1e6, UTC).isoformat(),
        "as_of": datetime.fromtimestamp(at / 1e6, UTC).isoformat(),
        "fields": dict(lead.fields),
        "events": [
            {
                "kind": one.kind,
                "occurred_at": datetime.fromtimestamp(one.occurred_at / 1e6, UTC).isoformat(),
                "recorded_at": datetime.fromtimestamp(one.recorded_at / 1e6, UTC).isoformat(),
            }
            for one in events
        ],
    }
    (score,) = champion.score([sent], datetime.fromtimestamp(at / 1e6, UTC))
    assert isinstance(score, Score)
    return score.probability


def test_each_point_knows_what_was_recorded_by_then_and_no_more(champion: Champion, store: Store) -> None:
    lead = Lead("L1", CREATED, {"source": "webinar"}, "", CREATED + 300 * DAY)
    events = [an_event(3, 10), an_event(20, 20)]
    until = CREATED + 40 * DAY
    with store.reading() as connection:
        life = life_of(connection, champion, lead, events, until, is_open=True)

    assert [point.as_of for point in life.course] == sorted({point.as_of for point in life.course})
    assert life.course[0].as_of == CREATED
    assert life.course[-1].as_of == until
    assert {CREATED + 10 * DAY, CREATED + 20 * DAY} <= {point.as_of for point in life.course}
    for point in life.course[::7]:
        known = [event for event in events if event.recorded_at <= point.as_of]
        assert point.probability == scored(champion, lead, known, point.as_of)
    assert [days for days, _ in life.waiting] == list(WAITING_DAYS)
    for days, probability in life.waiting:
        assert probability == scored(champion, lead, events, until + days * DAY)


def test_a_closed_lead_waits_for_nothing(champion: Champion, store: Store) -> None:
    lead = Lead("L1", CREATED, {}, "", CREATED)
    with store.reading() as connection:
        life = life_of(connection, champion, lead, [], CREATED, is_open=False)
    assert [point.as_of for point in life.course] == [CREATED]
    assert life.waiting == ()

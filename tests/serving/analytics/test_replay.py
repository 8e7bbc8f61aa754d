"""Every stored score can be had again to the last bit, and what differs is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.records.parsing.values import FIRST
from models.registry import NoModelError
from serving.analytics.replay import Replayed, replay_all
from serving.champion.champion import Champion
from serving.champion.versions import MAX_MODELS, RETRY_SECONDS, VersionCache
from serving.store import reading
from serving.store.records import NewEvent
from serving.store.tables import EVENTS, LEADS, SCORES
from serving.store.types import TimeColumn
from tests.serving.conftest import Service, service

__all__ = ["service"]

EVENT = {"lead_id": "L1", "kind": "call", "occurred_at": "2026-10-02T09:00:00Z", "value": 0.1}


@pytest.fixture
def told(service: Service) -> Service:
    """A service with scores: of leads alone and in one call, of events before and after their lead, and of answers."""
    service.tell("/events", EVENT | {"lead_id": "L2"})
    service.tell(
        "/leads", {"lead_id": "L1", "created_at": "2026-10-01", "fields": {"budget": "none", "needed_by": "2027-01-01"}}
    )
    service.tell(
        "/leads", {"leads": [{"lead_id": f"L{n}", "fields": {"source": "fair"}} for n in range(2, 9)]}, status=200
    )
    events = [
        EVENT,
        EVENT | {"event_id": "2"},
        {"lead_id": "L1", "kind": "budget", "occurred_at": "2026-10-03", "text": "none"},
    ]
    service.tell("/events", {"events": [*events, EVENT | {"lead_id": "L3"}]}, status=200)
    return service


def replayed(
    service: Service, champion: Champion | None, since: int = FIRST, lead_id: str | None = None
) -> list[Replayed]:
    shelf = VersionCache(None if champion is None else lambda: champion, None)
    return list(replay_all(service.store, shelf, since, lead_id))


def test_every_score_comes_out_the_same_to_the_last_bit(
    told: Service, champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.analytics.replay.AT_ONCE", 3)

    replays = replayed(told, champion)

    assert [one.difference for one in replays] == [None] * 10
    last = replays[-1].as_of
    assert [one.as_of for one in replayed(told, champion, since=last)] == [last]
    assert [one.lead_id for one in replayed(told, champion, lead_id="L1")] == ["L1", "L1"]


def test_records_that_came_later_change_no_replay(told: Service, champion: Champion) -> None:
    told.tell("/events", EVENT | {"event_id": "late", "occurred_at": "2026-10-01T12:00:00Z"})
    at = told.store.ask(reading.latest)
    known_long = NewEvent("L1", "reply", at - 10**12, recorded_at=at - 10**12)
    told.store.add_events([known_long], at)

    assert {one.difference for one in replayed(told, champion)} == {None}


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            sa.update(SCORES)
            .where(SCORES.c.lead_id == "L5")
            .values(probability=SCORES.c.probability + 1e-16 * 4, seal=None),
            "probability",
        ),
        (sa.update(LEADS).where(LEADS.c.lead_id == "L5").values(fields={"budget": "over 50,000"}, seal=None), "inputs"),
        (
            sa.update(LEADS)
            .where(LEADS.c.lead_id == "L5")
            .values(created_at=sa.literal(4 * 10**15, TimeColumn), seal=None),
            "cannot be read",
        ),
        (
            sa.update(SCORES)
            .where(SCORES.c.lead_id == "L5")
            .values(answer=sa.func.replace(SCORES.c.answer, '"base_rate":0.', '"base_rate":0.1'), seal=None),
            "not the same: answer",
        ),
    ],
)
def test_what_differs_is_named(told: Service, champion: Champion, change: sa.Update, difference: str) -> None:
    """Of rows of before, which have no seal; others are refused as damaged."""
    with told.store.engine.begin() as connection:
        connection.execute(change)

    (differs,) = [one for one in replayed(told, champion) if one.difference is not None]
    assert differs.lead_id == "L5"
    assert differs.difference is not None
    assert difference in differs.difference


def test_words_that_are_others_today_are_no_difference(told: Service, champion: Champion) -> None:
    reworded = sa.func.replace(SCORES.c.answer, '"sentence":"', '"sentence":"As we used to say: ')
    longer = sa.func.replace(SCORES.c.answer, '{"lead_id":', '{"dropped since":0.5,"lead_id":')
    with told.store.engine.begin() as connection:
        connection.execute(sa.update(SCORES).where(SCORES.c.lead_id == "L5").values(answer=reworded, seal=None))
        connection.execute(sa.update(SCORES).where(SCORES.c.lead_id == "L6").values(answer=longer, seal=None))

    replays = replayed(told, champion)

    assert {one.difference for one in replays} == {None}
    assert {one.lead_id for one in replays if one.reworded} == {"L5", "L6"}


def test_event_taken_away_is_missed(told: Service, champion: Champion) -> None:
    with told.store.engine.begin() as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.lead_id == "L3"))

    assert [one.lead_id for one in replayed(told, champion) if one.difference] == ["L3"]


def test_erased_lead_is_told_apart(told: Service, champion: Champion) -> None:
    told.ask("/leads/L1", status=204, method="DELETE")

    replays = replayed(told, champion)
    assert [one.erased for one in replays].count(True) == 2
    assert {one.difference for one in replays} == {None}


def test_model_that_is_not_to_be_had_is_said(told: Service, champion: Champion) -> None:
    other = replace(champion, deployment=champion.deployment.model_copy(update={"version": "8"}))

    assert {one.difference for one in replayed(told, None)} == {"version 7 of 'close' is not to be had"}
    assert {one.difference for one in replayed(told, other)} == {"version 7 of 'close' is not to be had"}


def test_shelf_loads_a_version_once_and_tells_what_is_not_there(champion: Champion) -> None:
    asked: list[str] = []

    def load(version: str) -> Champion:
        asked.append(version)
        if version != "7":
            raise NoModelError(version)
        return champion

    now = [0.0]
    shelf = VersionCache(None, load, lambda: now[0])
    found = shelf.find("close", "7")
    assert found is not None
    assert found is shelf.find("close", "7")
    assert found.model is champion.model
    for _ in range(2):
        assert shelf.find("another", "7") is None
        assert shelf.find("close", "9") is None
    assert asked == ["7", "7", "9"]
    now[0] += RETRY_SECONDS
    assert shelf.find("close", "9") is None
    assert asked == ["7", "7", "9", "9"]


def test_shelf_keeps_what_was_asked_for_last(champion: Champion) -> None:
    asked: list[str] = []

    def load(version: str) -> Champion:
        asked.append(version)
        return replace(champion, deployment=champion.deployment.model_copy(update={"version": version}))

    shelf = VersionCache(None, load)
    for version in range(MAX_MODELS):
        shelf.find("close", str(version))
    shelf.find("close", "0")
    shelf.find("close", "new")
    assert shelf.find("close", "0") is not None
    assert len(asked) == MAX_MODELS + 1
    shelf.find("close", "1")
    assert asked[-1] == "1"

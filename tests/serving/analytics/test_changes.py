"""A change between two scores is split into what time, new records and a new model did, and adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from features.records.clock import DAY
from models.close.calibration import Affine
from serving.analytics.changes import LeadCourse, by_what_tells, changes_of, read_course
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.store.records import Event, Lead, NewEvent, StoredScore
from serving.store.transaction import as_event
from tests.serving.conftest import Service, service

__all__ = ["service"]

EVENT = {"lead_id": "L1", "kind": "reply", "occurred_at": "2026-10-02T09:00:00Z"}


@pytest.fixture
def newer(champion: Champion) -> Champion:
    """The same model with another calibration, as the next version."""
    old = champion.model.calibration
    model = replace(champion.model, calibration=Affine(shift=old.shift + 0.5, slope=old.slope))
    return replace(champion, model=model, deployment=champion.deployment.model_copy(update={"version": "8"}))


def assert_adds_up(change: Any) -> None:
    for name in ("points", "contribution"):
        steps = [change[part][name] for part in ("time", "records", "model")]
        assert sum(steps) == pytest.approx(change[name], abs=1e-9, rel=0)
    for part in ("time", "records"):
        moved = sum(subject["contribution"] for subject in change[part]["subjects"])
        assert moved == pytest.approx(change[part]["contribution"], abs=1e-9, rel=0)


def test_change_is_what_the_new_records_did(service: Service) -> None:
    service.tell("/leads", {"lead_id": "L1", "created_at": "2026-10-01", "fields": {}})
    service.tell("/events", EVENT)
    service.tell("/events", {"lead_id": "L1", "kind": "budget", "occurred_at": "2026-10-03", "text": "over 50,000"})

    told = service.ask("/leads/L1/scores")
    first, second, third = (score["probability"] for score in told["scores"])
    reply, answer = told["changes"]

    assert (reply["points"], answer["points"]) == (second - first, third - second)
    assert (reply["new_records"], answer["new_records"]) == (["reply"], ["budget"])
    assert answer["records"]["subjects"][0]["subject"] == "budget"
    assert reply["since"] == told["scores"][0]["as_of"]
    for change in (reply, answer):
        assert_adds_up(change)
        assert change["model"] == {"points": 0, "contribution": 0, "subjects": []}


def test_new_model_and_new_records_are_told_apart(service: Service, champion: Champion, newer: Champion) -> None:
    service.tell("/leads", {"lead_id": "L1", "created_at": "2026-10-01", "fields": {}})
    app: Any = service.client.app
    app.state.services.current.champion = newer
    service.tell("/events", {"lead_id": "L1", "kind": "budget", "occurred_at": "2026-10-03", "text": "over 50,000"})
    shelf = VersionCache(lambda: newer, lambda _: champion)

    (change,) = changes_of(service.store.ask(read_course, "L1"), shelf)

    assert change is not None
    said = change.model_dump(mode="json")
    assert_adds_up(said)
    assert said["model"]["contribution"] == pytest.approx(0.5, abs=1e-9)
    assert said["records"]["contribution"] != 0
    assert service.ask("/leads/L1/scores")["changes"] == [None]  # version 7 is not to be had there


def test_lead_with_one_score_has_no_change(service: Service) -> None:
    service.tell("/leads", {"lead_id": "L1", "fields": {}})

    assert service.ask("/leads/L1/scores")["changes"] == []


def test_scores_that_say_nothing_new_are_left_out() -> None:
    lead = Lead("L1", 0, {}, "", 0)
    called = as_event(NewEvent("L1", "call", 3 * DAY), at=3 * DAY)
    nights = [0.2, 0.205, 0.209, 0.209, 0.215, 0.209, 0.204]
    scores = [StoredScore("L1", n * DAY, "close", "7", likely, [], [], "{}") for n, likely in enumerate(nights)]

    def days(*events: Event) -> list[int]:
        return [score.as_of // DAY for score in by_what_tells(LeadCourse(lead, events, scores)).scores]

    assert days() == [0, 4, 6]  # the day on which it had moved by a point, and today
    assert days(called) == [0, 3, 6]
    assert by_what_tells(LeadCourse(lead, [], scores[:1])).scores == scores[:1]

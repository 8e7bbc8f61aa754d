"""The queue by API: what a rep has to work is the rep's own, as the pages show it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bench.harness.keys import bearer
from features.records.clock import to_microseconds
from serving.store.keys import create_key
from tests.serving.conftest import Service


@pytest.fixture
def queued(service: Service) -> Service:
    """Four leads, of which R07 works one, R08 one that is lost, and nobody two."""
    leads = [{"lead_id": f"L{n}", "fields": {"budget": ("none", "over 50,000")[n % 2]}} for n in range(4)]
    service.tell("/leads", {"leads": leads}, status=200)
    for lead_id, rep_id in (("L1", "R07"), ("L2", "R08")):
        event = {"lead_id": lead_id, "kind": "call", "occurred_at": "2026-10-20T10:00:00Z", "rep_id": rep_id}
        service.tell("/events", event)
    service.tell("/outcomes", {"lead_id": "L2", "closed_at": "2026-10-21", "won": False})
    return service


def listed(service: Service, query: str, key: str) -> list[str]:
    answer = service.client.get(f"/queue{query}", headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return [lead["lead_id"] for lead in answer.json()["leads"]]


def test_it_opens_with_a_reps_own_open_leads_and_with_everyones_for_others(queued: Service) -> None:
    rep = create_key(queued.store, "seven", "rep", to_microseconds(datetime.now(UTC)), "R07")
    assert listed(queued, "", rep) == ["L1"]
    assert set(listed(queued, "?whose=everyone", rep)) == {"L0", "L1", "L3"}
    assert set(listed(queued, "?whose=unowned", rep)) == {"L0", "L3"}
    assert listed(queued, "?whose=team&status=lost", rep) == ["L2"]
    assert listed(queued, "?search=l3", rep) == ["L3"]
    admin = listed(queued, "", queued.tokens["admin"])
    assert set(admin) == {"L0", "L1", "L3"}
    assert admin == [lead["lead_id"] for lead in queued.ask("/leads?status=open&order=-expected_value")["leads"]]


def test_only_the_key_of_a_rep_has_leads_that_are_mine(queued: Service) -> None:
    problem = queued.ask("/queue?whose=mine", status=422)
    assert problem["errors"][0]["field"] == "whose"
    assert "mine with the key of a rep alone" in problem["detail"]
    assert queued.ask("/queue?whose=nobody", status=422)["errors"][0]["field"] == "whose"
    assert queued.ask("/queue", status=403, role="form")["status"] == 403

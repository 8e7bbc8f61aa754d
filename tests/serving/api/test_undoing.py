"""What CRMs undo, by calls: outcomes taken back and corrected, leads deleted and merged."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.serving.conftest import Service

LEAD = {"lead_id": "L1", "created_at": "2026-01-01T09:00:00Z", "fields": {"budget": "none"}}
LOST = {"lead_id": "L1", "closed_at": "2026-02-01T09:00:00Z", "won": False, "reason": "price"}
WON = {"lead_id": "L1", "closed_at": "2026-02-03T09:00:00Z", "won": True, "amount": 1200}


def history(service: Service, table: str) -> list[Any]:
    with service.store.reading() as connection:
        return list(connection.execute(sa.text(f"SELECT * FROM history_{table}")).mappings())


def test_lost_then_won_and_back_is_as_it_was_last_told(service: Service) -> None:
    service.tell("/leads", LEAD)
    answers = [service.tell("/outcomes", told) for told in (LOST, WON, LOST)]

    assert [(one["holds"], one["status"]) for one in answers] == [(True, "lost"), (True, "won"), (True, "lost")]
    assert service.ask("/leads/L1")["status"] == "lost"
    assert service.tell("/outcomes", LOST) == answers[2]


def test_outcome_that_says_when_it_was_so_does_not_overrule_a_later_one(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell("/outcomes", WON | {"changed_at": "2026-03-02T09:00:00Z"})
    late = service.tell("/outcomes", LOST | {"changed_at": "2026-03-01T09:00:00Z"})

    assert (late["holds"], late["status"]) == (False, "won")
    assert service.ask("/leads/L1")["status"] == "won"


def test_repeated_call_with_an_id_of_its_own_changes_nothing(service: Service) -> None:
    service.tell("/leads", LEAD)
    for told in (LOST | {"outcome_id": "1"}, WON | {"outcome_id": "2"}, LOST | {"outcome_id": "1"}):
        last = service.tell("/outcomes", told)

    assert (last["holds"], last["status"]) == (False, "won")


def test_outcome_taken_back_leaves_the_lead_open_in_lists_and_for_trainings(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell("/outcomes", LOST)
    taken = service.tell("/outcomes", {"lead_id": "L1", "won": "open"})

    assert (taken["taken_back"], taken["holds"], taken["status"]) == (True, True, "open")
    assert [lead["lead_id"] for lead in service.ask("/leads?status=open")["leads"]] == ["L1"]
    assert history(service, "outcomes") == []
    service.tell("/outcomes", WON | {"closed_at": "2026-04-01T09:00:00Z"})
    assert [row["won"] for row in history(service, "outcomes")] == ["won"]
    assert service.ask("/leads/L1")["status"] == "won"


def test_deleted_lead_is_in_no_list_and_no_training_until_it_is_told_of_again(service: Service) -> None:
    service.tell("/leads", LEAD)
    answer = service.tell("/deletions", {"lead_id": "L1"})

    assert (answer["lead_id"], answer["into"]) == ("L1", None)
    assert service.ask("/leads")["leads"] == []
    assert history(service, "leads") == history(service, "events") == []


def test_merged_lead_is_the_one_that_stays(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell(
        "/leads", LEAD | {"lead_id": "L2", "created_at": "2026-01-05T09:00:00Z", "fields": {"source": "webinar"}}
    )
    service.tell("/events", {"lead_id": "L2", "kind": "call", "occurred_at": "2026-01-06T09:00:00Z"})
    answer = service.tell("/merges", {"merges": [{"lead_id": "L1", "merged_id": "L2"}]}, status=200)
    after = service.tell("/events", {"lead_id": "L2", "kind": "call", "occurred_at": "2026-01-07T09:00:00Z"})
    service.tell("/outcomes", WON | {"lead_id": "L2"})

    assert answer["removals"][0]["into"] == after["lead_id"] == "L1"
    known = service.ask("/leads/L1")
    assert known["fields"] == {"budget": "none", "source": "webinar"}
    assert (len(known["events"]), known["status"]) == (2, "won")
    assert [row["lead_id"] for row in history(service, "leads")] == ["L1"]
    assert {row["lead_id"] for row in history(service, "events")} == {"L1"}
    assert [lead["lead_id"] for lead in service.ask("/leads")["leads"]] == ["L1"]


def test_a_merger_that_is_told_again_changes_nothing_however_many_followed(service: Service) -> None:
    for lead_id in ("L1", "L2", "L3"):
        service.tell("/leads", LEAD | {"lead_id": lead_id})
    service.tell("/outcomes", LOST)
    first, second = {"lead_id": "L2", "merged_id": "L1"}, {"lead_id": "L3", "merged_id": "L2"}
    for told in (first, second):
        service.tell("/merges", told)
    before = [len(service.ask(f"/leads/{one}/scores")["scores"]) for one in ("L1", "L2", "L3")]
    outcomes = service.ask("/leads/L3")["outcomes"]
    again = [service.tell("/merges", told)["into"] for told in (first, second)]

    assert again == ["L3", "L3"]
    assert service.ask("/leads/L3")["outcomes"] == outcomes
    assert [len(service.ask(f"/leads/{one}/scores")["scores"]) for one in ("L1", "L2", "L3")] == before


@pytest.mark.parametrize(
    ("path", "told", "field"),
    [
        ("/merges", {"lead_id": "L1", "merged_id": "L1"}, "merged_id"),
        ("/merges", {"lead_id": "L1"}, "merged_id"),
        ("/merges", {"merged_id": "L1"}, "lead_id"),
        ("/deletions", {}, "lead_id"),
        ("/deletions", {"lead_id": "L1", "changed_at": "2999-01-01"}, "changed_at"),
        ("/outcomes", {"lead_id": "L1", "won": "maybe", "closed_at": "2026-01-01"}, "won"),
        ("/outcomes", {"lead_id": "L1", "won": True}, "closed_at"),
    ],
)
def test_what_breaks_a_rule_is_named(service: Service, path: str, told: Any, field: str) -> None:
    answer = service.tell(path, told, status=422)

    assert [error["field"] for error in answer["errors"]] == [field]


def test_close_on_the_day_that_has_begun_elsewhere_is_now(service: Service) -> None:
    from datetime import UTC, datetime, timedelta

    tomorrow = (datetime.now(UTC) + timedelta(hours=13, minutes=30)).date().isoformat()
    far = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()

    assert service.tell("/outcomes", WON | {"closed_at": tomorrow})["closed_at"] <= datetime.now(UTC).isoformat()
    assert service.tell("/outcomes", WON | {"closed_at": far}, status=422)["errors"][0]["field"] == "closed_at"


@pytest.mark.parametrize("lead_id", ["L1", "L2", "L3"])
@pytest.mark.parametrize("fields", [{"budget": "over 50,000", "source": "partner"}, {"budget": "none"}])
def test_public_key_changes_and_brings_back_no_lead_that_a_crm_has_told(
    service: Service, lead_id: str, fields: dict[str, str]
) -> None:
    for told in ("L1", "L2", "L3"):
        service.tell("/leads", LEAD | {"lead_id": told})
    service.tell("/merges", {"lead_id": "L1", "merged_id": "L2"})
    service.tell("/deletions", {"lead_id": "L3"})
    before = [service.ask(f"/leads/{told}") for told in ("L1", "L2", "L3")]

    stored = service.tell("/leads", {"lead_id": lead_id, "fields": fields}, role="form")
    many = {"leads": [{"lead_id": lead_id, "fields": fields}, {"fields": fields}]}
    answers = service.tell("/leads", many, status=200, role="form")["leads"]

    assert stored["lead_id"] == answers[0]["lead_id"] == f"form-{lead_id}"
    assert [service.ask(f"/leads/{told}") for told in ("L1", "L2", "L3")] == before


def test_form_claims_no_id_of_a_lead_that_was_deleted_before_it_came(service: Service) -> None:
    service.tell("/deletions", {"lead_id": "L9"})

    stored = service.tell("/leads", {"lead_id": "L9", "fields": {"budget": "none"}}, role="form")

    assert stored["lead_id"] == "form-L9"
    assert service.ask("/leads/L9", status=404)["status"] == 404

"""Lists of leads by page, and what is known of one."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.serving.conftest import Service


@pytest.fixture
def filled(service: Service) -> Service:
    """A service with seven leads, one of them won and one lost."""
    leads = [
        {"lead_id": f"L{n}", "created_at": f"2026-10-0{1 + n}T00:00:00Z", "fields": {"budget": "none"} if n % 2 else {}}
        for n in range(7)
    ]
    service.tell("/leads", {"leads": leads}, status=200)
    for n, won in ((2, True), (3, False)):
        service.tell("/outcomes", {"lead_id": f"L{n}", "closed_at": "2026-10-20", "won": won})
    return service


def listed(service: Service, query: str) -> list[str]:
    """All pages of a list, put together."""
    ids: list[str] = []
    cursor = ""
    for _ in range(20):
        page = service.ask(f"/leads?limit=3&{query}{cursor}")
        ids += [lead["lead_id"] for lead in page["leads"]]
        if page["next"] is None:
            return ids
        cursor = f"&cursor={page['next']}"
    raise AssertionError("the list does not end")


def test_list_is_filtered_and_in_order(filled: Service) -> None:
    ids = [f"L{n}" for n in range(7)]

    assert listed(filled, "") == ids[::-1]
    assert listed(filled, "order=created_at") == ids
    assert listed(filled, "status=open&order=created_at") == ["L0", "L1", "L4", "L5", "L6"]
    assert listed(filled, "status=won") == ["L2"]
    assert listed(filled, "status=lost") == ["L3"]
    assert listed(filled, "created_since=2026-10-06T00:00:00Z&order=created_at") == ["L5", "L6"]
    assert listed(filled, "created_since=2026-10-06T02:00:00%2B02:00&order=created_at") == ["L5", "L6"]
    chances = {lead["lead_id"]: lead["probability"] for lead in filled.ask("/leads")["leads"]}
    by_chance = listed(filled, "order=-probability")
    assert by_chance == sorted(ids, key=lambda lead_id: (chances[lead_id], lead_id), reverse=True)
    assert listed(filled, "order=probability") == by_chance[::-1]
    least = sorted(chances.values())[3]
    assert set(listed(filled, f"least_probability={least!r}")) == {i for i in ids if chances[i] >= least}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("order=name", "order"),
        ("status=perhaps", "status"),
        ("least_probability=2", "least_probability"),
        ("least_probability=nan", "least_probability"),
        ("created_since=soon", "created_since"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=ä", "cursor"),
        (f"cursor={urlsafe_b64encode(b'[1]').decode()}", "cursor"),
        (f"cursor={quote(urlsafe_b64encode(b'[-created_at, 99999999999999999999, 1]').decode())}", "cursor"),
        ("cursor=" + urlsafe_b64encode(b'["-created_at", 99999999999999999999, "L"]').decode(), "cursor"),
        ("cursor=" + urlsafe_b64encode(b'["-created_at", 1.5, "L"]').decode(), "cursor"),
        ("cursor=" + urlsafe_b64encode(b'["-created_at", 1, "\\ud800"]').decode(), "cursor"),
        ("cursor=" + urlsafe_b64encode(b"[" * 3_000).decode(), "cursor"),
        ("colour=red", "colour"),
    ],
)
def test_query_that_breaks_a_rule_is_refused_by_name(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/leads?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_cursor_of_another_order_is_refused(filled: Service) -> None:
    cursor = filled.ask("/leads?limit=1")["next"]

    problem = filled.ask(f"/leads?order=created_at&cursor={cursor}", status=422)

    assert [error["field"] for error in problem["errors"]] == ["cursor"]


def test_escaped_slash_is_no_end_of_an_id(service: Service) -> None:
    service.tell("/leads", {"lead_id": "A", "fields": {}})
    service.tell("/leads", {"lead_id": "A/b", "fields": {}})

    service.ask("/leads/A%2Fwhy", status=404)
    service.ask("/leads/A%2fwhy", status=404)
    assert service.ask("/leads/A/why")["lead_id"] == "A"
    assert service.ask("/leads/A/b")["lead_id"] == service.ask("/leads/A%2fb")["lead_id"] == "A/b"
    service.ask("/leads/A%2Fwhy", status=404, method="DELETE")
    assert service.ask("/leads/A")["lead_id"] == "A"


@pytest.mark.parametrize("lead_id", ["a/b", "ü ?#%", "../who", "x/scores/y", "x/why", "x/scores", "x/similar"])
def test_ids_of_any_shape_are_found(service: Service, lead_id: str) -> None:
    service.tell("/leads", {"lead_id": lead_id, "fields": {}})
    path = f"/leads/{quote(lead_id, safe='')}"

    assert service.ask(path)["lead_id"] == lead_id
    assert service.ask(f"{path}/scores")["lead_id"] == lead_id
    assert service.ask(f"{path}/why")["lead_id"] == lead_id


def test_scores_are_told_in_order(service: Service) -> None:
    first = service.tell("/leads", {"lead_id": "L1", "fields": {}})["score"]
    second = service.tell("/events", {"lead_id": "L1", "kind": "reply", "occurred_at": "2026-10-01"})["score"]

    assert service.ask("/leads/L1/scores")["scores"] == [first, second]
    assert service.ask("/leads")["leads"][0]["probability"] == second["probability"]


@pytest.mark.parametrize("path", ["/leads/none", "/leads/none/scores", "/leads/none/why", "/leads/%00", "/leads/"])
def test_lead_that_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    assert client.get(path).json()["status"] == 404

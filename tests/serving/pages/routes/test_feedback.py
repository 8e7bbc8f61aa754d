"""What a reader says of a score is kept, shown to others and listed; nothing is ever learned from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.store import open_store
from tests.serving.pages.routes.conftest import token_of

HOSTILE = "<script>alert('x')</script>&\"'"


@pytest.fixture
def service(champion: Champion, tmp_path: Any) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A rep's browser before two leads, and an admin's headers for the API."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        leads: list[dict[str, Any]] = [{"lead_id": lead_id, "fields": {}} for lead_id in ("L1", "a/b c")]
        client.post("/leads", json={"leads": leads}, headers=bearer(tokens["admin"]))
        client.post("/pages/login", data={"key": tokens["rep"]})
        yield client, bearer(tokens["admin"])


def say(client: TestClient, path: str, **told: str) -> Any:
    html = client.get(path).text
    as_of = re.search(r'name="as_of" value="([^"]+)"', html)
    assert as_of is not None
    return client.post(path, data={"token": token_of(html), "as_of": as_of[1], **told})


def test_disagreement_is_shown_on_the_lead_and_listed(service: tuple[TestClient, dict[str, str]]) -> None:
    client, admin = service

    kept = say(client, "/pages/leads/L1", verdict="too low", comment=HOSTILE)
    assert kept.status_code == 303
    assert kept.headers["location"] == "/pages/leads/L1#said"
    say(client, "/pages/leads/a%2Fb%20c", verdict="right", comment="")

    for path in ("/pages/leads/L1", "/pages/feedback", "/pages/feedback?verdict=too+low"):
        html = client.get(path).text
        assert "<script" not in html
        assert HOSTILE in unescape(html)
        assert "<strong>Too low</strong>" in html
        assert "test rep" in html
    listed = client.get("/pages/feedback").text
    assert re.findall(r"<strong>([^<]+)</strong>\s*<span", listed) == ["About right", "Too low"]
    assert HOSTILE not in unescape(client.get("/pages/feedback?verdict=too+high").text)
    assert "About right" in client.get("/pages/feedback?verdict=right").text

    told = client.get("/feedback", headers=admin).json()["feedback"]
    assert [(one["lead_id"], one["agrees"], one["direction"]) for one in told] == [
        ("a/b c", True, None),
        ("L1", False, "too low"),
    ]
    assert told[1]["comment"] == HOSTILE
    assert told[1]["given_by"] == "test rep"
    assert told[1]["probability"] == told[1]["latest_probability"]
    assert client.get("/leads/L1", headers=admin).json()["feedback"][0]["direction"] == "too low"


def test_feedback_is_listed_by_page_and_by_choice(service: tuple[TestClient, dict[str, str]]) -> None:
    client, admin = service
    for n in range(5):
        say(client, "/pages/leads/L1", verdict="too high" if n % 2 else "too low", comment=str(n))

    def listed(query: str) -> Any:
        answer = client.get(f"/feedback?{query}", headers=admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = listed("limit=3")
    second = listed(f"limit=3&cursor={first['next']}")
    assert [one["comment"] for one in first["feedback"] + second["feedback"]] == ["4", "3", "2", "1", "0"]
    assert second["next"] is None
    assert [one["comment"] for one in listed("direction=too+high")["feedback"]] == ["3", "1"]
    assert listed("agrees=true")["feedback"] == []
    assert listed("since=2100-01-01")["feedback"] == []
    for query in ("agrees=maybe", "direction=up", "cursor=x", "order=x", "limit=0"):
        assert client.get(f"/feedback?{query}", headers=admin).status_code == 422


@pytest.mark.parametrize("told", [{"verdict": "wrong"}, {}, {"verdict": "right", "as_of": "yesterday"}])
def test_what_cannot_be_read_is_refused_with_a_page(
    service: tuple[TestClient, dict[str, str]], told: dict[str, str]
) -> None:
    client, _ = service
    answer = say(client, "/pages/leads/L1", **told)

    assert answer.status_code == 422
    assert "The feedback breaks rules" in answer.text


def test_erased_leads_leave_no_feedback_to_review(service: tuple[TestClient, dict[str, str]]) -> None:
    client, admin = service
    say(client, "/pages/leads/L1", verdict="too low", comment="Jane Roe said so")
    assert client.delete("/leads/L1", headers=admin).status_code == 204

    assert client.get("/feedback", headers=admin).json() == {"feedback": [], "next": None}
    assert "Nobody has said anything yet" in client.get("/pages/feedback").text


@pytest.mark.parametrize("told", [{"agrees": True, "direction": "too low"}, {"agrees": False, "direction": "sideways"}])
def test_direction_goes_with_disagreement(service: tuple[TestClient, dict[str, str]], told: dict[str, Any]) -> None:
    client, admin = service
    answer = client.post("/feedback", json={"lead_id": "L1", **told}, headers=admin)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "direction"

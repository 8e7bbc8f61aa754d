"""The page of what came and was not understood, and messages that are read again when a rule was mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.settings.webhooks import WebhookSettings
from serving.store import leftovers
from serving.store.store import open_store
from tests.serving.pages.routes.conftest import token_of

UNREAD = "/pages/unread"
RULE: dict[str, Any] = {
    "makes": "lead",
    "when": {"is": ["lead"]},
    "columns": {"lead_id": "id"},
    "fields": {"budget": "spend"},
}
MENDED: dict[str, Any] = RULE | {"when": {"is": ["lead", "deal"]}}


def under(champion: Champion, *rules: dict[str, Any]) -> Champion:
    webhook = WebhookSettings.model_validate({"rules": rules})
    return replace(champion, deployment=champion.deployment.model_copy(update={"webhooks": {"crm": webhook}}))


@pytest.fixture
def client(champion: Champion, tmp_path: Path) -> Iterator[TestClient]:
    """A client logged in as an admin, of a service whose rules do not know deals."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: under(champion, RULE), lambda: open_store(url))) as client:
        client.post("/pages/login", data={"key": tokens["admin"]})
        client.headers.update(bearer(tokens["admin"]))
        yield client


def post(client: TestClient, body: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/webhooks/crm", content=content, headers={"content-type": "application/json"})


def test_messages_that_no_rule_fits_are_read_again_when_it_is_mended(client: TestClient, champion: Champion) -> None:
    deals = [{"is": "deal", "id": "D1", "spend": "none"}, {"is": "deal", "id": "D2"}, {"is": "note"}]
    assert post(client, deals).json() == {"leads": 0, "events": 0, "outcomes": 0, "ignored": 3}
    post(client, deals[0])
    page = client.get(UNREAD).text
    assert "No rule of the settings fits it." in page
    assert "2 times, the last" in page
    assert client.get("/leads/D1").status_code == 404

    client.app.state.services.current.champion = under(champion, MENDED)  # type: ignore[attr-defined]
    read = client.post(UNREAD, data={"token": token_of(page), "webhook": "crm"}).text

    assert "Of 3 messages of crm, 2 are understood by now and stored." in read
    assert client.get("/leads/D1").json()["fields"] == {"budget": "none"}
    assert client.get("/leads/D2").status_code == 200
    assert "D1" not in client.get(UNREAD).text
    assert "note" in client.get(UNREAD).text


def test_message_that_breaks_a_rule_is_kept_with_why_and_goes_with_its_lead(client: TestClient) -> None:
    assert post(client, [{"is": "lead", "id": ["a", {}]}, {"is": "deal", "id": "D1"}]).status_code == 422
    page = client.get(UNREAD).text
    assert "&#39;lead_id&#39; must be a text of 1 to 200 characters" in page or "must be a text of 1 to 200" in page

    client.delete("/leads/D1")

    assert "D1" not in client.get(UNREAD).text


def test_bad_member_spoils_itself_alone(client: TestClient) -> None:
    deep = b"[" * 9_000 + b"]" * 9_000
    body = (
        b'[{"is":"lead","id":"a","spend":"none","note":"\\ud83d"},{"is":"lead","id":"b","score":NaN},'
        b'{"is":"lead","id":"c","spend":' + deep + b'},{"is":"lead","id":"d","n":1e999,"m":' + b"9" * 500 + b"},"
        b'{"is":"lead","id":"e","x":1,"x":2,"t":"M\xfcller\\u0000"},{"is":"lead","id":Infinity},7]'
    )
    answer = post(client, body)

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"messages[5].lead_id", "messages[6]"}
    for lead_id in "abcde":
        assert client.get(f"/leads/{lead_id}").status_code == 200
    assert [one["name"] for one in client.get("/leads/c").json()["set_aside"]] == ["budget"]


def test_bad_lead_of_many_has_its_field_set_aside_and_the_others_are_whole(client: TestClient) -> None:
    body = b'{"leads":[{"lead_id":"a","fields":{"budget":"none"}},{"lead_id":"b","fields":{"source":"x\\ud83d"}}]}'
    answer = client.post("/leads", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 200
    one, other = answer.json()["leads"]
    assert "set_aside" not in one
    assert other["set_aside"][0]["rule"] == "must have whole characters other than null"
    assert client.get("/leads/b").json()["set_aside"][0]["value"] == "x\ufffd"


def test_no_more_than_so_many_messages_are_kept(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "MAX_KEPT", 3)
    post(client, [{"is": "note", "number": number} for number in range(10)])

    assert len(client.app.state.services.store.ask(leftovers.leftovers)) == 3  # type: ignore[attr-defined]


def test_set_aside_values_are_listed_by_name(client: TestClient) -> None:
    for number in range(3):
        client.post("/leads", json={"lead_id": f"L{number}", "fields": {"source": "ad", "shoe_size": str(40 + number)}})

    page = client.get(UNREAD).text

    assert "shoe_size" in page
    assert "3 values" in page
    assert "figures" not in page  # whose cells never wrap: a rule that names all options is wider than the window
    assert "Set aside" in client.get("/pages/leads/L0").text


@pytest.mark.parametrize("role", ["rep", "crm"])
def test_page_is_for_admins(client: TestClient, role: Any) -> None:
    url = str(client.app.state.services.store.engine.url)  # type: ignore[attr-defined]
    other = TestClient(client.app)
    other.portal = client.portal
    other.post("/pages/login", data={"key": make_tokens(url)[role]})

    assert other.get(UNREAD).status_code == 403

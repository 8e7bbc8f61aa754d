"""Whatever goes wrong is answered with a problem, and what the service answers to can be read from it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from serving.champion.champion import Champion
from serving.runtime.app import ACCESS, create_app
from serving.store.keys import Role, Secret
from serving.store.store import open_store


def test_start_page_lists_the_routes_and_names_the_model(client: TestClient) -> None:
    page = client.get("/").json()

    assert set(page["routes"]) == {f"{access.method} {access.path.replace(':path', '')}" for access in ACCESS}
    assert page["model"]["version"] == "7"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/score", 405), ("DELETE", "/", 405)]
)
def test_unknown_routes_and_methods_are_problems(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"].startswith(f"There is no {method} {path}")
    assert status != 405 or answer.headers["allow"]


def test_defect_is_answered_with_a_problem_and_logged_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret that stays in the log")

    monkeypatch.setattr(Champion, "score", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.post("/score", json={"fields": {}})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert [record.getMessage() for record in caplog.records] == ["defect in POST /score"]
    assert "a secret that stays in the log" in caplog.text


def test_client_that_leaves_is_no_defect(
    client: TestClient, tokens: dict[Role, Secret], caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = client.app
    headers = [(b"content-type", b"application/json"), (b"x-api-key", tokens["crm"].encode())]
    scope = {"type": "http", "method": "POST", "path": "/score", "headers": headers, "query_string": b""}
    sent: list[Message] = []

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, leave, send))

    assert [message.get("status") for message in sent] == [400, None]  # BentoML waits for an answer, heard or not
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_each_start_loads_a_champion(champion: Champion, store_url: str) -> None:
    loaded = []

    def load() -> Champion:
        loaded.append(champion)
        return champion

    app = create_app(load, lambda: open_store(store_url))
    assert loaded == []
    with TestClient(app):
        assert len(loaded) == 1

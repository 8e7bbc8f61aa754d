"""No key, no entry: every route with every key, and what the audit trail says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from features.records.clock import to_microseconds
from serving.api.auth import Access
from serving.api.cards import CARDS
from serving.api.letters import LETTERS
from serving.api.openapi.shapes import example_lead, example_told
from serving.champion.champion import Champion
from serving.pages.routes.entry import LOGIN
from serving.pages.routes.openid import BACK, START
from serving.pages.routes.session import PATH
from serving.pages.routes.table import PAGES
from serving.runtime.app import ACCESS, create_app
from serving.store.engine import StoreError
from serving.store.keys import ROLES, KeyRing, Role, Secret, create_key, list_keys, revoke_key
from serving.store.store import Store, open_store
from serving.store.tables import AUDIT

ALLOWED = {
    "GET /": "crm rep admin",
    "GET /openapi.json": "crm rep admin",
    "POST /score": "crm rep admin",
    "POST /leads": "form crm admin",
    "GET /leads": "crm rep admin",
    "GET /leads/{lead_id}": "crm rep admin",
    "GET /leads/{lead_id}/scores": "crm rep admin",
    "GET /leads/{lead_id}/why": "crm rep admin",
    "GET /queue": "crm rep admin",
    "GET /plan": "admin",
    "GET /leads/{lead_id}/what-if": "crm rep admin",
    "GET /leads/{lead_id}/similar": "crm rep admin",
    "GET /leads/{lead_id}/card": "crm rep admin",
    "POST /leads/{lead_id}/letter": "rep admin",
    "DELETE /leads/{lead_id}": "admin",
    "POST /events": "crm admin",
    "POST /outcomes": "crm admin",
    "POST /deletions": "crm admin",
    "POST /merges": "crm admin",
    "POST /webhooks/{name}": "crm admin",
    "POST /feedback": "rep admin",
    "GET /feedback": "rep admin",
    "GET /metrics": "rep admin",
    "GET /model": "crm rep admin",
    "GET /sources": "rep admin",
    "GET /funnel": "rep admin",
    "GET /reps": "rep admin",
}
"""The table once more, so that opening a route to somebody takes two hands."""


def name_of(access: Access) -> str:
    return f"{access.method} {access.path.replace(':path', '')}"


def now() -> int:
    return to_microseconds(datetime.now(UTC))


@pytest.fixture(scope="module")
def shared(store_url: str) -> Store:
    return open_store(store_url)


def call(client: TestClient, champion: Champion, access: Access, headers: Any) -> Any:
    told = example_told(champion) | {"scor": example_lead(champion)}
    content = told.get(access.path.strip("/").removesuffix("s"), told["lead"]) if access.method == "POST" else None
    if access.path == "/score":
        content = example_lead(champion)
    path = access.path.replace("{lead_id:path}", "L-1001")
    return client.request(access.method, path, json=content, headers=headers)


def test_table_is_the_one_that_was_agreed() -> None:
    assert {name_of(access): " ".join(access.roles) for access in ACCESS} == ALLOWED


def test_every_route_of_the_app_is_in_a_table_or_known_to_be_open(champion: Champion, store_url: str) -> None:
    app = create_app(lambda: champion, lambda: open_store(store_url))
    served = {
        (route.path, method) for route in app.routes if isinstance(route, Route) for method in route.methods or ()
    }
    asks_for_a_key = {(entry.path, entry.method) for entry in (*ACCESS, *PAGES)}
    login = {
        (LOGIN, "GET"),
        (LOGIN, "POST"),
        (START, "GET"),
        (BACK, "GET"),
        (f"{CARDS}/{{token}}", "GET"),
        (f"{LETTERS}/{{token}}", "GET"),
        (f"{LETTERS}/{{token}}", "POST"),
    }  # a card and a letter are opened by links
    others = [route.path for route in app.routes if isinstance(route, Mount)]

    assert {(path, method) for path, method in served if method != "HEAD"} == asks_for_a_key | login
    assert others == [f"{PATH}/static"]
    assert all(isinstance(route, Route | Mount) for route in app.routes)


@pytest.fixture(scope="module")
def keyless(champion: Champion, store_url: str, tokens: dict[Role, Secret]) -> Any:
    """A client that sends no key by itself."""
    assert tokens
    with TestClient(create_app(lambda: champion, lambda: open_store(store_url))) as client:
        yield client


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("access", ACCESS, ids=name_of)
def test_every_route_with_the_key_of_every_role(
    keyless: TestClient, champion: Champion, tokens: dict[Role, Secret], access: Access, role: Role
) -> None:
    answer = call(keyless, champion, access, bearer(tokens[role]))

    if role in ALLOWED[name_of(access)].split():
        assert answer.status_code not in (401, 403)
        assert answer.status_code < 500
    else:
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:glengarry:problem:not-allowed"
        assert answer.json()["errors"][0]["value"] == role


@pytest.fixture(scope="module")
def revoked(shared: Store) -> Secret:
    """A key that was good once."""
    key = create_key(shared, "gone", "admin", now())
    revoke_key(shared, key.split("_")[1], now())
    return key


@pytest.mark.parametrize("bad", ["none", "wrong", "revoked", "no key at all", "other secret", "basic"])
@pytest.mark.parametrize("access", ACCESS, ids=name_of)
def test_every_route_without_a_good_key(
    keyless: TestClient, champion: Champion, revoked: Secret, tokens: dict[Role, Secret], access: Access, bad: str
) -> None:
    headers: Any = {
        "none": {},
        "wrong": bearer("gly_000000000000_wrong"),
        "revoked": bearer(revoked),
        "no key at all": {"x-api-key": "ключ".encode()},
        "other secret": bearer(tokens["admin"][:-1] + ("A" if tokens["admin"][-1] != "A" else "B")),
        "basic": {"authorization": f"Basic {tokens['admin']}"},
    }[bad]

    answer = call(keyless, champion, access, headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:glengarry:problem:no-key"
    assert tokens["admin"][-20:] not in answer.text


def test_key_may_come_in_a_header_of_its_own(keyless: TestClient, tokens: dict[Role, Secret]) -> None:
    assert keyless.get("/", headers={"x-api-key": tokens["rep"]}).status_code == 200


def test_refusals_and_what_is_done_to_keys_are_in_the_audit_trail(champion: Champion, tmp_path: Path) -> None:
    store_url = f"sqlite:///{tmp_path / 'store.db'}"  # where no other test's refusal is still to be noted
    store = open_store(store_url)
    since = now()
    key = create_key(store, "crm of sales", "crm", since)
    key_id = key.split("_")[1]
    with TestClient(create_app(lambda: champion, lambda: open_store(store_url))) as client:
        client.delete("/leads/L-1001", headers=bearer(key))
        client.get("/leads")
    revoke_key(store, key_id, now())

    with store.reading() as connection:
        rows = connection.execute(sa.select(AUDIT).where(AUDIT.c.at >= since).order_by(AUDIT.c.at)).all()

    assert [(row.action, row.subject, row.detail, row.key_id) for row in rows] == [
        ("key created", f"key {key_id}", "crm 'crm of sales'", None),
        ("refused", "DELETE /leads/{lead_id:path}", "The key is for other calls", key_id),
        ("refused", "GET /leads", "A key is needed", None),
        ("key revoked", f"key {key_id}", "", None),
    ]


def test_store_has_no_secret(shared: Store, tokens: dict[Role, Secret]) -> None:
    kept = str(shared.ask(list_keys))

    assert not [role for role, token in tokens.items() if token.split("_", 2)[2] in kept]
    assert "***" in repr(tokens)
    assert not [role for role, token in tokens.items() if token in repr(tokens)]


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("made_up", ["a" * 60_000, "0123456789ab\0", "0123456789AB", "", "0123456789abc"])
def test_what_cannot_be_a_key_is_neither_asked_for_nor_remembered(
    shared: Store, monkeypatch: pytest.MonkeyPatch, made_up: str
) -> None:
    ring = KeyRing(shared)
    monkeypatch.setattr(shared, "ask", lambda *_: pytest.fail("the store was asked"))

    assert ring.find(f"gly_{made_up}_secret") is None
    assert not ring.knows(made_up)


def test_keys_change_without_a_restart(shared: Store) -> None:
    clock = Clock()
    ring = KeyRing(shared, clock)
    key = create_key(shared, "old", "rep", now())
    found = ring.find(key)
    assert found is not None
    assert found.role == "rep"
    revoke_key(shared, found.key_id, now())

    assert ring.find(key) == found  # for seconds
    clock.seconds += 6
    assert not ring.remembers(key)
    assert ring.find(key) is None
    assert ring.find(create_key(shared, "new", "rep", now())) is not None


def test_remembered_keys_work_while_the_store_is_gone(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    ring = KeyRing(shared, clock)
    known, strange = (create_key(shared, name, "rep", now()) for name in ("known", "strange"))
    assert ring.find(known) is not None
    clock.seconds += 6

    def gone(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(Store, "ask", gone)
    assert ring.find(known) is not None
    with pytest.raises(StoreError, match="gone"):
        ring.find(strange)

"""No key, no page: every page with every role, with sessions that are over or forged, and forms of other sites."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from features.records.clock import to_microseconds
from serving.pages.routes.entry import Page, frame_of
from serving.pages.routes.session import COOKIE, Session, Sessions
from serving.pages.routes.table import PAGES
from serving.store.keys import ROLES, Key, KeyRing, Role, Secret, create_key, revoke_key
from serving.store.store import open_store
from serving.store.tables import AUDIT
from tests.serving.pages.routes.conftest import Browser, token_of

ALLOWED = {
    "GET /pages": "crm rep admin",
    "GET /pages/leads": "crm rep admin",
    "POST /pages/leads": "rep admin",
    "GET /pages/leads.csv": "crm rep admin",
    "GET /pages/leads.new": "crm rep admin",
    "GET /pages/leads/{lead_id}": "crm rep admin",
    "POST /pages/leads/{lead_id}": "rep admin",
    "GET /pages/feedback": "rep admin",
    "GET /pages/sources": "rep admin",
    "GET /pages/funnel": "rep admin",
    "GET /pages/reps": "rep admin",
    "GET /pages/model": "crm rep admin",
    "GET /pages/model/reports/{version}": "admin",
    "GET /pages/model/reports/{version}.css": "admin",
    "GET /pages/overview": "admin",
    "GET /pages/file": "admin",
    "POST /pages/file": "admin",
    "GET /pages/own": "admin",
    "POST /pages/own": "admin",
    "POST /pages/own/files": "admin",
    "GET /pages/own/report": "admin",
    "GET /pages/own/report.css": "admin",
    "GET /pages/round": "admin",
    "POST /pages/round": "admin",
    "GET /pages/forms": "admin",
    "POST /pages/forms": "admin",
    "GET /pages/docs": "crm admin",
    "GET /pages/unread": "admin",
    "POST /pages/unread": "admin",
    "GET /pages/outbox": "admin",
    "POST /pages/outbox": "admin",
    "GET /pages/audit": "admin",
    "POST /pages/logout": "crm rep admin",
}
"""The table once more, so that opening a page to somebody takes two hands."""


def name_of(entry: Page) -> str:
    return f"{entry.method} {entry.path.replace(':path', '')}"


def call(client: TestClient, entry: Page, token: str = "") -> tuple[int, str, str]:
    path = entry.path.replace("{lead_id:path}", "L-1001")
    file = {"leads": ("leads.csv", b"lead_id\nL1\n")} if entry.takes_file or entry.takes_history else None
    answer = client.request(entry.method, path, data={"token": token} if entry.method == "POST" else None, files=file)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def with_session(app: TestClient, key_id: str, seconds: int = 60) -> tuple[TestClient, Session]:
    sessions: Sessions = app.app.state.logins.sessions  # type: ignore[attr-defined]
    session = Session(key_id, secrets.token_urlsafe(24), int(time.time()) + seconds)  # one that no test has ended
    client = TestClient(app.app, follow_redirects=False, cookies={COOKIE: sessions.write(session)})
    client.portal = app.portal
    return client, session


def test_table_is_the_one_that_was_agreed() -> None:
    assert {name_of(entry): " ".join(entry.roles) for entry in PAGES} == ALLOWED


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("entry", PAGES, ids=name_of)
def test_every_page_with_the_key_of_every_role(
    app: TestClient, tokens: dict[Role, Secret], entry: Page, role: Role
) -> None:
    client, session = with_session(app, tokens[role].split("_")[1])
    status, location, html = call(client, entry, session.token)

    if role in ALLOWED[name_of(entry)].split():
        assert status in (200, 303, 400, 404, 422)
        assert status != 303 or not location.startswith("/pages/login?")
    else:
        assert status == 403
        assert "Not with this key" in html
        assert "Log out" in html


@pytest.mark.parametrize(
    "bad", ["none", "no key", "revoked", "over", "forged", "other secret", "other content", "api key"]
)
@pytest.mark.parametrize("entry", PAGES, ids=name_of)
def test_every_page_without_a_good_session(
    app: TestClient, store_url: str, tokens: dict[Role, Secret], entry: Page, bad: str
) -> None:
    good = tokens["admin"].split("_")[1]
    client, session = with_session(app, good, seconds=-1 if bad == "over" else 60)
    cookie = client.cookies[COOKIE]
    client.cookies.clear()
    match bad:
        case "no key":
            client, _ = with_session(app, "000000000000")
        case "revoked":
            client, _ = with_session(app, a_revoked_key(store_url))
        case "over":
            client.cookies.set(COOKIE, cookie)
        case "forged":
            client.cookies.set(COOKIE, cookie[:-4] + "AAAA")
        case "other secret":
            client.cookies.set(COOKIE, Sessions("another").write(session))
        case "other content":
            signed = Sessions("x")._serializer
            client.cookies.set(COOKIE, signed.dumps({"admin": True}))
        case "api key":
            client.headers["authorization"] = f"Bearer {tokens['admin']}"

    status, location, html = call(client, entry, session.token)

    assert status == 303
    assert location.startswith("/pages/login")
    assert html == ""


def a_revoked_key(store_url: str) -> str:
    store = open_store(store_url)
    now = to_microseconds(datetime.now(UTC))
    key_id = create_key(store, "gone", "admin", now).split("_")[1]
    revoke_key(store, key_id, now)
    store.close()
    return key_id


def test_session_ends_when_its_key_is_revoked(store_url: str) -> None:
    store, now = open_store(store_url), to_microseconds(datetime.now(UTC))
    seconds = [0.0]
    ring = KeyRing(store, lambda: seconds[0])
    key_id = create_key(store, "leaves", "rep", now).split("_")[1]
    assert ring.good(key_id) is not None
    revoke_key(store, key_id, now)
    seconds[0] = 6.0
    assert ring.good(key_id) is None
    store.close()


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("of another session", {}),
        (None, {"sec-fetch-site": "cross-site"}),
        (None, {"sec-fetch-site": "same-site"}),
        (None, {"origin": "https://elsewhere.example"}),
        (None, {"origin": "null"}),
    ],
)
def test_forms_of_other_sites_are_refused(
    browser: Browser, tokens: dict[Role, Secret], token: str | None, headers: dict[str, str]
) -> None:
    client = browser(tokens["rep"])
    good = token_of(client.get("/pages/leads").text)

    refused = client.post("/pages/logout", data={"token": good if token is None else token}, headers=headers)
    assert refused.status_code == 403
    assert "load the page anew" in refused.text
    assert client.get("/pages/leads").status_code == 200

    taken = client.post("/pages/logout", data={"token": good}, headers={"origin": "http://testserver"})
    assert taken.status_code == 303
    assert client.get("/pages/leads").headers["location"] == "/pages/login?next=%2Fpages%2Fleads"


def test_refusals_of_a_role_are_in_the_audit_trail(app: TestClient, store_url: str, tokens: dict[Role, Secret]) -> None:
    key_id = tokens["form"].split("_")[1]
    client, _ = with_session(app, key_id)
    client.get("/pages/leads/L-1001")
    client.post("/pages/login", data={"key": tokens["form"]})
    client.post("/pages/login", data={"key": "gly_000000000000_wrong"})

    noted = [
        ("POST /pages/login", "A key is needed", None),
        ("POST /pages/login", "The key is for other calls", key_id),
        ("GET /pages/leads/{lead_id:path}", "The key is for other calls", key_id),
    ]
    query = sa.select(AUDIT.c.subject, AUDIT.c.detail, AUDIT.c.key_id).order_by(AUDIT.c.at.desc()).limit(3)
    with closing(open_store(store_url)) as store:
        for _ in range(100):  # nobody waits for a refusal to be written
            with store.reading() as connection:
                rows = [tuple(row) for row in connection.execute(query)]
            if rows == noted:
                break
            time.sleep(0.05)

    assert rows == noted


async def nowhere(*_: object) -> None:  # an endpoint that no test calls
    raise AssertionError


def test_navigation_shows_what_a_role_may_open() -> None:
    table = (
        Page("GET", "/pages/leads", nowhere, ("rep", "admin"), "Leads"),  # type: ignore[arg-type]
        Page("GET", "/pages/leads/{lead_id:path}", nowhere, ("rep", "admin")),  # type: ignore[arg-type]
        Page("GET", "/pages/reps", nowhere, ("admin",), "Reps"),  # type: ignore[arg-type]
    )
    session = Session("k", "t", 0)
    key = Key("k", "team", "rep", "", 0)

    frame = frame_of(table, table[1].path, key, session)

    assert frame.places == (("/pages/leads", "Leads"),)
    assert (frame.here, frame.who, frame.token) == ("/pages/leads", "team", "t")


def test_form_that_is_too_large_is_refused(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["rep"])
    answer = client.post("/pages/logout", data={"token": "x" * 20_001})
    assert answer.status_code == 413
    assert "at most 20,000 characters" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"&" * 99, 401),
        (b"&" * 100, 400),
        (b"&" * 300_001, 413),
        (b"key=" + b"%F0%9F%98%80" * 20_000, 401),
        (b"key=" + b"%F0%9F%98%80" * 30_000, 413),
        (b"key=%00", 400),
        (b"key=%ff%fe&key=2", 401),
    ],
)
def test_login_without_a_key_reads_no_more_than_a_form_of_ours(app: TestClient, body: bytes, status: int) -> None:
    answer = app.post("/pages/login", content=body, headers={"content-type": "application/x-www-form-urlencoded"})

    assert answer.status_code == status
    assert "<h1" in answer.text


def test_login_of_another_media_type_is_refused(app: TestClient, tokens: dict[Role, Secret]) -> None:
    answer = app.post("/pages/login", files={"key": (None, tokens["rep"])})

    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers

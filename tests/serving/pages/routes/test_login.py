"""A key opens the pages, for a while and out of the reach of scripts; whoever has none is told what to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from features.records.clock import to_microseconds
from serving.champion.champion import Champion
from serving.pages.routes.ended import SECONDS, EndedSessions, name_of
from serving.pages.routes.session import COOKIE, Sessions
from serving.runtime.app import create_app
from serving.store.engine import StoreError
from serving.store.keys import Role, Secret
from serving.store.sessions import UnknownSessionError, chosen, end_session, forget_sessions, open_sessions
from serving.store.store import open_store
from tests.serving.pages.routes.conftest import Browser, token_of


@pytest.mark.parametrize("role", ["crm", "rep", "admin"])
def test_good_key_goes_on_to_what_was_wanted(app: TestClient, tokens: dict[Role, Secret], role: Role) -> None:
    asked = app.get("/pages/leads/L-1?from=mail")
    assert asked.headers["location"] == "/pages/login?next=%2Fpages%2Fleads%2FL-1%3Ffrom%3Dmail"
    shown = app.get(asked.headers["location"])
    assert 'name="next" value="/pages/leads/L-1?from=mail"' in shown.text

    answer = app.post("/pages/login", data={"key": f" {tokens[role]} ", "next": "/pages/leads/L-1?from=mail"})
    cookie = answer.headers["set-cookie"]
    app.cookies.clear()

    assert answer.status_code == 303
    assert answer.headers["location"] == "/pages/leads/L-1?from=mail"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=43200" in cookie
    assert "Path=/pages" in cookie
    assert "Secure" not in cookie
    assert tokens[role].split("_", 2)[2] not in cookie


def test_cookie_goes_by_https_alone_where_the_settings_say_so(
    champion: Champion, store_url: str, tokens: dict[Role, Secret]
) -> None:
    limits = champion.limits.model_copy(update={"https": True, "session_hours": 1})
    behind = replace(champion, deployment=champion.deployment.model_copy(update={"service": limits}))
    with TestClient(create_app(lambda: behind, lambda: open_store(store_url)), follow_redirects=False) as client:
        cookie = client.post("/pages/login", data={"key": tokens["rep"]}).headers["set-cookie"]

    assert "Secure" in cookie
    assert "Max-Age=3600" in cookie


@pytest.mark.parametrize("key", ["", "gly_000000000000_wrong", "ключ", "<script>"])
def test_key_that_is_not_good_is_said_to_be_so(app: TestClient, key: str) -> None:
    answer = app.post("/pages/login", data={"key": key, "next": '"><script>'})

    assert answer.status_code == 401
    assert "This key is not good" in answer.text
    assert "<script" not in answer.text
    assert COOKIE not in app.cookies


def test_key_of_a_form_has_no_pages(app: TestClient, tokens: dict[Role, Secret]) -> None:
    answer = app.post("/pages/login", data={"key": tokens["form"]})

    assert answer.status_code == 403
    assert "lets a form send leads in" in answer.text
    assert COOKIE not in app.cookies


def test_another_site_cannot_log_anybody_in(app: TestClient, tokens: dict[Role, Secret]) -> None:
    answer = app.post("/pages/login", data={"key": tokens["rep"]}, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert COOKIE not in app.cookies


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example", "//elsewhere.example", "/pages/../x", "/pages/\\x", "/leads", "/pages/login"],
)
def test_login_leads_to_our_pages_alone(app: TestClient, tokens: dict[Role, Secret], wanted: str) -> None:
    answer = app.post("/pages/login", data={"key": tokens["rep"], "next": wanted})
    app.cookies.clear()

    assert answer.headers["location"] == "/pages/leads"


def test_whoever_is_logged_in_sees_no_login(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["rep"])

    assert client.get("/pages/login").headers["location"] == "/pages/leads"
    assert client.get("/pages").headers["location"] == "/pages/leads"


def logged_out(client: TestClient) -> str:
    """Log a client out, and return the cookie that it had."""
    cookie = client.cookies[COOKIE]
    answer = client.post("/pages/logout", data={"token": token_of(client.get("/pages/feedback").text)})
    assert answer.headers["location"] == "/pages/login"
    return cookie


def test_cookie_that_was_copied_is_worth_nothing_after_a_logout(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client, other = browser(tokens["rep"]), browser(tokens["rep"])
    cookie = logged_out(client)

    client.cookies.set(COOKIE, cookie, path="/pages")
    assert client.get("/pages/leads").headers["location"].startswith("/pages/login")
    assert client.post("/pages/logout", data={"token": "x"}).headers["location"].startswith("/pages/login")
    assert other.get("/pages/leads").status_code == 200
    again = browser(tokens["rep"])
    assert again.get("/pages/leads").status_code == 200


def test_logout_holds_in_every_worker_within_seconds_and_with_the_store_gone(
    browser: Browser, tokens: dict[Role, Secret], store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, seconds = open_store(store_url), [0.0]
    signed = Sessions("a secret")
    elsewhere = EndedSessions(store, lambda: seconds[0])
    client = browser(tokens["rep"])
    session = client.app.state.logins.sessions.read(client.cookies[COOKIE], 0)  # type: ignore[attr-defined]
    assert signed.read(client.cookies[COOKIE], 0) is None
    assert not asyncio.run(elsewhere.has(session))

    logged_out(client)

    assert not asyncio.run(elsewhere.has(session))
    seconds[0] = SECONDS
    assert asyncio.run(elsewhere.has(session))
    monkeypatch.setattr(store, "ask", gone)
    seconds[0] = 2 * SECONDS
    assert asyncio.run(elsewhere.has(session))
    store.close()


def test_session_is_listed_and_ended_from_elsewhere(
    browser: Browser, tokens: dict[Role, Secret], store_url: str
) -> None:
    client, other, store = browser(tokens["rep"]), browser(tokens["crm"]), open_store(store_url)
    now = to_microseconds(datetime.now(UTC))
    read = client.app.state.logins.sessions.read  # type: ignore[attr-defined]
    mine = read(client.cookies[COOKIE], 0)
    there = {one.name: one for one in store.ask(open_sessions, now)}
    assert (there[name_of(mine)].key_id, there[name_of(mine)].key_name) == (mine.key_id, "test rep")
    assert not any(mine.token in name for name in there)
    with pytest.raises(UnknownSessionError, match="must be that of one open session"):
        chosen(list(there.values()), "", "", everybody=False)

    (one,) = chosen(list(there.values()), name_of(mine).removeprefix("session ")[:12], "", everybody=False)
    with store.writing(now) as transaction:
        end_session(transaction, one.name, one.key_id, "Ann")

    assert name_of(mine) not in {each.name for each in store.ask(open_sessions, now)}
    assert asyncio.run(EndedSessions(store, lambda: 0.0).has(mine))
    assert not asyncio.run(EndedSessions(store, lambda: 0.0).has(read(other.cookies[COOKIE], 0)))
    with store.writing(now) as transaction:
        forget_sessions(transaction, mine.ends_at * 1_000_000 + 1)
    assert name_of(mine) not in {each.name for each in store.ask(open_sessions, 0)}
    store.close()


def gone(*_: object) -> None:
    raise StoreError("gone")

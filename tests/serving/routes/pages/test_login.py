"""A key opens the pages, for a while and out of the reach of scripts; whoever has none is told what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from serving.champion import Champion
from serving.keys import Role, Secret
from serving.routes.pages.session import COOKIE
from serving.store.store import open_store
from tests.serving.routes.pages.conftest import Browser


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

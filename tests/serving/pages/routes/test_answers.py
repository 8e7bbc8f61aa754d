"""What goes wrong is a page too, and every answer tells the browser what it may not do."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from serving.pages.routes import lead
from serving.pages.routes.headers import HEADERS
from serving.store.engine import StoreError
from serving.store.keys import Role, Secret
from serving.store.store import Store
from tests.serving.pages.routes.conftest import Browser


@pytest.mark.parametrize(
    "path",
    [
        "/pages/login",
        "/pages/leads",
        "/pages/leads/none",
        "/pages/nowhere",
        "/pages/static/pages.css",
        "/pages/static/none",
    ],
)
def test_every_answer_has_the_headers_of_a_page(browser: Browser, tokens: dict[Role, Secret], path: str) -> None:
    answer = browser(tokens["rep"]).get(path)

    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == ("no-cache" if "static" in path else "no-store")
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_an_answer_of_the_api_is_none_of_a_page(client: TestClient) -> None:
    assert "content-security-policy" not in client.get("/").headers


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/pages/nowhere", 404, "There is no such page"),
        ("GET", "/pages/leads/none", 404, "There is no such record"),
        ("GET", "/pages/leads/%00", 404, "There is no such record"),
        ("DELETE", "/pages/leads", 405, "Method Not Allowed"),
    ],
)
def test_what_is_not_there_has_a_page(
    browser: Browser, tokens: dict[Role, Secret], method: str, path: str, status: int, words: str
) -> None:
    answer = browser(tokens["rep"]).request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert re.search(rf"<h1>{words}</h1>", answer.text)


def test_who_is_logged_in_finds_back_from_where_there_is_no_page(
    browser: Browser, tokens: dict[Role, Secret], app: TestClient
) -> None:
    known, stranger = browser(tokens["rep"]).get("/pages/nowhere"), app.get("/pages/nowhere")

    assert (known.status_code, stranger.status_code) == (404, 404)
    assert "To the leads" in known.text
    assert "To the login" not in known.text
    assert "To the login" in stranger.text


@pytest.mark.parametrize("path", ["/pages/", "/pages/model/", "/pages/login/"])
def test_a_slash_too_many_leads_to_the_page(
    browser: Browser, tokens: dict[Role, Secret], app: TestClient, path: str
) -> None:
    for client in (browser(tokens["rep"]), app):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, f"http://testserver{path.rstrip('/')}")


def test_a_store_that_is_gone_and_a_defect_have_pages(
    browser: Browser, tokens: dict[Role, Secret], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser(tokens["rep"])

    def gone(*_: object) -> None:
        raise StoreError("gone")

    def broken(*_: object) -> None:
        raise RuntimeError("a secret that stays in the log")

    monkeypatch.setattr(Store, "ask", gone)
    answer = client.get("/pages/leads/L1")
    assert answer.status_code == 503
    assert "GET /pages/leads/{lead_id}: gone" in caplog.text
    assert "L1" not in caplog.text
    assert answer.headers["retry-after"] == "5"
    assert "The store does not answer" in answer.text

    monkeypatch.setattr(lead, "lead_id_of", broken)
    answer = client.get("/pages/leads/L1")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Something broke on our side" in answer.text
    assert "secret" not in answer.text


def test_static_files_are_asked_for_by_their_tag(app: TestClient) -> None:
    first = app.get("/pages/static/pages.css")
    again = app.get("/pages/static/pages.css", headers={"if-none-match": first.headers["etag"]})

    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/css")
    assert again.status_code == 304
    assert app.get("/pages/static/%2e%2e/render.py").status_code == 404


@pytest.mark.parametrize("path", ["/pages/login", "/pages/leads", "/pages/leads/none"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(
    browser: Browser, tokens: dict[Role, Secret], path: str
) -> None:
    html = browser(tokens["rep"]).get(path).text

    html = re.sub(r'<script src="/pages/static/queue\.js" defer></script>', "", html)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)
    assert not re.search(r'(src|href|action)="(?!/pages|#)', html)

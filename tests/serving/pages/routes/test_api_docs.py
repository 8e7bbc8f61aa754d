"""The page of the API says what its description says, and browsers find the pages from the addresses that people type."""

from __future__ import annotations

from html import unescape

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from serving.pages.api_docs import api_page
from serving.store.keys import Role, Secret
from tests.serving.pages.routes.conftest import Browser

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(("path", "place"), [("/", "/pages"), ("/docs", "/pages/docs"), ("/docs/", "/pages/docs")])
def test_a_browser_is_sent_to_the_pages(app: TestClient, path: str, place: str) -> None:
    answer = app.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_a_program_is_answered_as_ever(app: TestClient, tokens: dict[Role, Secret]) -> None:
    assert app.get("/").status_code == 401
    assert app.get("/", headers=BROWSER | bearer(tokens["crm"])).json()["service"] == "Glengarry"
    assert app.get("/docs").status_code == 404
    assert app.post("/", headers=BROWSER).status_code == 405


def test_every_call_is_described_with_how_to_make_it(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["crm"])
    answer = client.get("/pages/docs")
    shown = unescape(answer.text)
    document = client.get("/openapi.json", headers=bearer(tokens["crm"])).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert f'<code class="method">{method.upper()}</code> <code>{path}</code>' in shown
            assert operation["summary"] in shown
    assert "<script" not in answer.text
    assert len(answer.content) <= 100_000
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_calls_quote_what_they_send() -> None:
    document = {
        "info": {"title": "T", "description": "D"},
        "paths": {
            "/leads": {
                "post": {
                    "operationId": "leads",
                    "summary": "S",
                    "requestBody": {"content": {"application/json": {"example": {"name": "O'Brien"}}}},
                    "responses": {"201": {"description": "Stored."}},
                }
            }
        },
    }
    (call,) = api_page(document, "http://here").calls
    ways = dict(call.ways)
    assert "-d '{\"name\": \"O'\\''Brien\"}'" in ways["curl"]
    assert "json={'name': \"O'Brien\"}" in ways["Python"]
    assert 'JSON.stringify({"name": "O\'Brien"})' in ways["JavaScript"]

"""A browser as far as a test needs one: it keeps cookies, goes where it is sent, and is logged in by a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.champion.champion import Champion
from serving.pages.routes.session import COOKIE
from serving.runtime.app import create_app
from serving.store.keys import Role, Secret
from serving.store.store import open_store

Browser = Callable[[str], TestClient]

CHECKED: dict[str, Any] = {
    "summary": {
        "rows": {"leads": 300},
        "notes": ["a note"],
        "since": "2025-01-01T00:00:00Z",
        "until": "2026-01-01T00:00:00Z",
        "won": 56,
        "lost": 94,
        "open": 150,
        "median_days_to_close": 20.0,
    },
    "counts": [{"file": "deals.csv", "column": "amount", "rule": "must be a number", "rows": 3}],
}
FINDINGS = [{"field": "Tags", "severity": "severe", "evidence": "<b>all won</b>", "remedy": "Make it late."}]
TRAINED: dict[str, Any] = {
    "rows": {"leads": 300},
    "tested_since": "2025-06-01",
    "beside_rival": {"said": "Call the best 20 %."},
    "refreshing": "",
    "abstains": "",
}
"""What `check`, `audit` and `train` say of own data."""


def token_of(html: str) -> str:
    """The token that goes with the forms of a page."""
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


@pytest.fixture(scope="package")
def app(champion: Champion, store_url: str, tokens: dict[Role, Secret]) -> Iterator[TestClient]:
    """The app, and a client that has no session and is sent nowhere by itself."""
    assert tokens
    with TestClient(create_app(lambda: champion, lambda: open_store(store_url)), follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(app: TestClient) -> Browser:
    """Logs in with a key and returns a client with the session; it shares the running app."""

    def log_in(key: str) -> TestClient:
        client = TestClient(app.app, follow_redirects=False)
        client.portal = app.portal
        answer = client.post("/pages/login", data={"key": key})
        assert answer.status_code == 303, answer.text
        assert COOKIE in client.cookies
        return client

    return log_in

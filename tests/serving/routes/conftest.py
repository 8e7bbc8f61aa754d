"""A service with a store of its own, in each of the databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from serving.champion import Champion
from serving.keys import Role, Secret
from serving.store.store import Store, open_store
from tests.serving.conftest import bearer, make_tokens

Json = dict[str, Any]


@dataclass
class Service:
    """A running app, and how tests speak with it."""

    client: TestClient
    tokens: dict[Role, Secret]
    store: Store

    def ask(self, path: str, status: int = 200, role: Role = "admin", method: str = "GET") -> Any:
        answer = self.client.request(method, path, headers=bearer(self.tokens[role]))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def tell(self, path: str, content: Any, status: int = 201, role: Role = "admin", once: str | None = None) -> Any:
        headers = bearer(self.tokens[role]) | ({"idempotency-key": once} if once else {})
        answer = self.client.post(path, json=content, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    tokens = make_tokens(url)
    store = open_store(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url))) as client:
        yield Service(client, tokens, store)
    store.close()

"""The page of receivers: how far each is, switched on and told again by an admin, under the key's id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from features.records.clock import to_microseconds
from features.records.parsing.values import FIRST
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.deliveries import Failed, due, register, settle, state_of
from serving.store.notices import NewNotice
from serving.store.reading import audit_trail
from serving.store.store import Store, open_store
from tests.serving.pages.routes.conftest import token_of

OUTBOX = "/pages/outbox"
KINDS = frozenset({"lead.moved", "refresh.failed"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in which a receiver was switched off by the second of two notices."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with store.writing(FIRST) as transaction:
        register(transaction, {"crm": KINDS}, 0.05)  # type: ignore[dict-item]
        transaction.announce([NewNotice("lead.moved", {}, "L <1>"), NewNotice("refresh.failed", {})])
    state = store.ask(state_of, "crm")
    batch = store.ask(due, state, KINDS, FIRST + 9, 9)
    with store.writing(FIRST) as transaction:
        results = {batch[0].notice_id: None, batch[1].notice_id: Failed("it answered 410", is_gone=True)}
        settle(transaction, state, KINDS, batch, results, FIRST)  # type: ignore[arg-type]
    yield store
    store.close()


@pytest.fixture
def client(champion: Champion, store: Store) -> Iterator[TestClient]:
    url = store.engine.url.render_as_string()
    with TestClient(create_app(lambda: champion, lambda: open_store(url))) as client:
        client.post("/pages/login", data={"key": make_tokens(url)["admin"]})
        yield client


def test_receivers_and_what_happened_are_shown(client: TestClient) -> None:
    page = client.get(OUTBOX).text
    assert "it answered 410" in page
    assert "switched off" in page
    assert "A score is another than the one before" in page
    assert "L &lt;1&gt;</a>" in page


def test_receiver_is_switched_on(client: TestClient, store: Store) -> None:
    said = client.post(OUTBOX, data={"token": token_of(client.get(OUTBOX).text), "receiver": "crm", "act": "on"}).text
    assert "crm is told from where it was." in said
    assert store.ask(state_of, "crm").off_at is None
    (entry,) = [one for one in store.ask(audit_trail, FIRST, None, 9) if one.action == "told again"]
    assert (entry.subject, entry.detail, entry.key_id is not None) == ("delivery crm", "from where it was", True)


def test_receiver_is_told_again_from_a_day_on_by_the_clock_of_the_settings(client: TestClient, store: Store) -> None:
    form = {"token": token_of(client.get(OUTBOX).text), "receiver": "crm", "act": "again"}
    assert "crm is told from 1960-01-02 on." in client.post(OUTBOX, data=form | {"since": "1960-01-02"}).text
    assert store.ask(state_of, "crm").since == to_microseconds(datetime(1960, 1, 1, 23, tzinfo=UTC)) - 1  # in Berlin


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"receiver": "nobody", "act": "on"}, 404),
        ({"receiver": "crm", "act": "off"}, 400),
        ({"receiver": "crm", "act": "again", "since": "soon"}, 400),
        ({"receiver": "crm", "act": "again"}, 400),
    ],
)
def test_what_cannot_be_done_is_refused(client: TestClient, form: dict[str, str], status: int) -> None:
    token = token_of(client.get(OUTBOX).text)
    assert client.post(OUTBOX, data={"token": token, **form}).status_code == status

"""Several leads at once: each act is its own, kept once, audited, undone together, and refused to whoever may not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.records.clock import to_microseconds
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.keys import Role, Secret, create_key
from serving.store.store import Store, open_store
from serving.store.tables import ACTS, AUDIT
from tests.serving.pages.routes.conftest import token_of

LEADS = ("L1", "a/b c", "Ольга <7>")


@dataclass
class Desk:
    """A running service with three leads, the browser of a rep, and a look into the store."""

    client: TestClient
    tokens: dict[Role, Secret]
    store: Store

    def send(self, leads: Sequence[str], status: int = 303, path: str = "/pages/leads", **fields: str) -> str:
        """Send the form of the list with some leads ticked; return where it goes."""
        shown = self.client.get(path).text
        found = re.search(r'name="form_id" value="([^"]+)"', shown)
        back = re.search(r'name="back" value="([^"]+)"', shown)
        assert found is not None
        assert back is not None
        told = {"token": token_of(shown), "form_id": found[1], "back": unescape(back[1]), **fields}
        answer = self.client.post("/pages/leads", data=told | {"lead": [*leads]})
        assert answer.status_code == status, answer.text
        return str(answer.headers.get("location", ""))

    def owners(self) -> dict[str, str | None]:
        told = self.client.get("/leads", headers=bearer(self.tokens["admin"])).json()["leads"]
        return {lead["lead_id"]: lead["owner"] for lead in told}

    def shown(self, query: str) -> set[str]:
        answer = self.client.get(f"/pages/leads?{query}")
        assert answer.status_code == 200, answer.text
        found = re.findall(r'<th scope="row"[^>]*><a href="/pages/leads/([^"]+)">', answer.text)
        return {unquote(unescape(one)) for one in found}

    def actions(self) -> list[str]:
        with self.store.reading() as connection:
            return [row.action for row in connection.execute(sa.select(AUDIT).where(AUDIT.c.subject.like("lead %")))]


@pytest.fixture
def desk(champion: Champion, tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens, store = make_tokens(url), open_store(url)
    rep = create_key(store, "Ada", "rep", to_microseconds(datetime.now(UTC)), rep_id="R01")
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        old = (datetime.now(UTC) - timedelta(days=9)).isoformat()
        leads: list[dict[str, Any]] = [{"lead_id": one, "fields": {}, "created_at": old} for one in LEADS]
        leads[0]["created_at"] = datetime.now(UTC).isoformat()
        client.post("/leads", json={"leads": leads}, headers=bearer(tokens["admin"]))
        client.post("/pages/login", data={"key": rep})
        yield Desk(client, tokens, store)
    store.close()


def test_several_are_given_away_and_all_are_as_before_after_undo(desk: Desk) -> None:
    before = desk.owners()
    place = desk.send([*LEADS[:2], "erased since"], act="owner", owner="Żaneta", path="/pages/leads?whose=everyone")
    assert place.startswith("/pages/leads?")
    assert desk.owners() == before | dict.fromkeys(LEADS[:2], "Żaneta")
    shown = desk.client.get(place).text
    assert "2 leads given away." in shown
    undo = re.search(r'name="act" value="undo"><input type="hidden" name="form_id" value="([^"]+)"', shown)
    assert undo is not None
    told = {"token": token_of(shown), "act": "undo", "form_id": undo[1], "back": "/pages/leads?whose=everyone"}
    again = desk.client.post("/pages/leads", data=told)
    assert again.headers["location"] == "/pages/leads?whose=everyone&undone=2"
    assert "2 leads as before." in desk.client.get(again.headers["location"]).text
    assert desk.owners() == before
    assert sorted(desk.actions()) == ["owner", "owner", "owner undone", "owner undone"]


def test_a_form_that_is_sent_twice_does_one_thing_with_each(desk: Desk) -> None:
    shown = desk.client.get("/pages/leads?whose=everyone").text
    told = {"token": token_of(shown), "act": "event", "kind": "call", "form_id": "00ff", "lead": [*LEADS]}
    assert {desk.client.post("/pages/leads", data=told).status_code for _ in range(2)} == {303}
    with desk.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ACTS)).scalar_one() == len(LEADS)


def test_those_ticked_are_exported_and_no_other(desk: Desk) -> None:
    shown = desk.client.get("/pages/leads?whose=everyone").text
    told = {"token": token_of(shown), "act": "export", "lead": [LEADS[2], LEADS[0], "none"]}
    answer = desk.client.post("/pages/leads", data=told)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["lead_id"] for row in rows] == [LEADS[2], LEADS[0]]


@pytest.mark.parametrize(
    ("leads", "fields"),
    [
        ([], {"act": "export"}),
        ([f"L{n}" for n in range(51)], {"act": "owner", "owner": "x"}),
        (["L1"], {"act": "won"}),
        (["L1"], {"act": "owner"}),
        (["L1"], {"act": "event", "kind": "budget"}),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_done(
    desk: Desk, leads: list[str], fields: dict[str, str]
) -> None:
    desk.send(leads, 400, path="/pages/leads?whose=everyone", **fields)
    assert desk.actions() == []


def test_without_the_token_nothing_is_done(desk: Desk) -> None:
    for token in ("", "another"):
        answer = desk.client.post("/pages/leads", data={"token": token, "act": "owner", "owner": "x", "lead": "L1"})
        assert answer.status_code == 403
    assert desk.actions() == []


def test_lists_of_each_day(desk: Desk) -> None:
    assert desk.shown("whose=everyone&view=new") == {"L1"}
    assert desk.shown("whose=everyone&view=promised") == set()
    shown = desk.client.get("/pages/leads/a%2Fb%20c").text
    told = {"token": token_of(shown), "act": "remind", "due": "2031-03-04", "act_id": "00112233445566ff"}
    desk.client.post("/pages/leads/a%2Fb%20c", data=told)
    assert desk.shown("whose=everyone&view=promised") == {"a/b c"}
    assert desk.shown("whose=everyone&view=up") == set()
    with desk.store.writing(1) as transaction:
        transaction.connection.execute(sa.text("UPDATE leads SET route = 'rep', moved = 0.02, standing_seal = NULL"))
    assert desk.shown("whose=everyone&view=up") == {*LEADS}
    assert desk.shown("whose=everyone&view=waiting") == {*LEADS[1:]}
    desk.send([LEADS[1]], act="event", kind="call", path="/pages/leads?whose=everyone")
    with desk.store.writing(1) as transaction:
        transaction.connection.execute(sa.text("UPDATE leads SET route = 'rep', standing_seal = NULL"))
    assert desk.shown("whose=everyone&view=waiting") == {LEADS[2]}
    assert desk.shown("whose=mine") == desk.shown("whose=team") == {LEADS[1]}
    assert desk.client.get("/pages/leads?view=other").status_code == 422


def test_damaged_lead_is_named_where_lists_would_show_it(desk: Desk) -> None:
    with desk.store.writing(1) as transaction:
        transaction.connection.execute(sa.text("UPDATE leads SET probability = 0.9 WHERE lead_id = 'L1'"))

    answer = desk.client.get("/pages/leads?whose=everyone")

    assert answer.status_code == 500
    assert "A record was damaged" in answer.text
    assert "of lead &#39;L1&#39;" in answer.text


def test_news_are_counted_since_a_time(desk: Desk) -> None:
    since = to_microseconds(datetime.now(UTC)) - 3_600_000_000
    assert desk.client.get(f"/pages/leads.new?since={since}").json() == {"leads": 1}
    assert desk.client.get(f"/pages/leads.new?since={since + 3_700_000_000}").json() == {"leads": 0}
    for wrong in ("", "x", "9" * 30, "-1"):
        assert desk.client.get(f"/pages/leads.new?since={wrong}").status_code == 422

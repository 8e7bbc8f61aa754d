"""What is done on the page of a lead: kept once, scored, audited, undone for a minute, refused to whoever may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.records.clock import SECOND
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.keys import Role, Secret
from serving.store.store import Store, open_store
from serving.store.tables import ACTS, AUDIT, EVENTS, OUTCOMES
from tests.serving.pages.routes.conftest import token_of

PATH = "/pages/leads/a%2Fb%20c"
LEAD = "a/b c"
HOSTILE = "<script>alert('x')</script>&\"'"
ACTS_SENT: dict[str, dict[str, str]] = {
    "answer": {"field": "budget", "value": "over 50,000"},
    "event": {"kind": "meeting", "text": HOSTILE},
    "missed": {},
    "won": {"amount": "12500"},
    "lost": {"reason": HOSTILE},
    "owner": {"owner": HOSTILE},
    "remind": {"due": "2031-03-04", "text": HOSTILE},
    "note": {"text": HOSTILE},
    "try": {"answer-budget": "over 50,000"},
    "undo": {"act_id": "0123456789abcdef"},
}


@dataclass
class Desk:
    """A running service with a lead, the browser of a rep, and a look into the store."""

    client: TestClient
    tokens: dict[Role, Secret]
    store: Store

    def html(self, query: str = "") -> str:
        answer = self.client.get(PATH + query)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def send(self, act: str, status: int = 303, **fields: str) -> str:
        """Send a form as the page shows it; return where it goes."""
        shown = self.client.get(PATH).text
        found = re.search(r'name="act_id" value="([^"]+)"', shown)
        assert found is not None
        told = {"token": token_of(shown), "act": act, "act_id": found[1], **fields}
        answer = self.client.post(PATH, data=told)
        assert answer.status_code == status, answer.text
        return str(answer.headers.get("location", ""))

    def share(self) -> int:
        found = re.search(r'class="share" data-tenths="(\d+)"', self.html())
        assert found is not None
        return int(found[1])

    def rows(self, table: sa.Table) -> list[Any]:
        with self.store.reading() as connection:
            return list(connection.execute(sa.select(table)).mappings())

    def known(self) -> Any:
        return self.client.get("/leads/a%2Fb%20c", headers=bearer(self.tokens["admin"])).json()


@pytest.fixture
def desk(champion: Champion, tmp_path: Any) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    tokens, store = make_tokens(url), open_store(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url)), follow_redirects=False) as client:
        client.post("/leads", json={"lead_id": LEAD, "fields": {}}, headers=bearer(tokens["admin"]))
        client.post("/pages/login", data={"key": tokens["rep"]})
        yield Desk(client, tokens, store)
    store.close()


def test_an_answer_moves_the_score_and_undo_brings_it_back(desk: Desk) -> None:
    before = desk.share()
    place = desk.send("answer", field="budget", value="over 50,000")
    after = desk.share()
    assert after > before
    shown = desk.html(place.removeprefix(PATH))
    assert "Kept: what the budget is: “over 50,000”." in shown
    assert f"The score went from {round(before / 10)} % to {round(after / 10)} %" in shown
    assert "they said what the budget is" in shown
    (event,) = desk.known()["events"]
    assert (event["kind"], event["text"]) == ("budget", "over 50,000")

    undone = desk.send("undo", act_id=place.partition("did=")[2])
    assert "Undone." in desk.html(undone.removeprefix(PATH))
    assert abs(desk.share() - before) <= 1  # a second has passed
    assert desk.known()["events"] == []
    assert "Kept:" not in desk.html(place.removeprefix(PATH))
    actions = [(row["action"], row["subject"], row["detail"]) for row in desk.rows(AUDIT)]
    assert ("answer", f"lead {LEAD}", "budget") in actions
    assert ("answer undone", f"lead {LEAD}", "budget") in actions


def test_a_form_that_is_sent_twice_does_one_thing(desk: Desk) -> None:
    shown = desk.client.get(PATH).text
    told = {"token": token_of(shown), "act": "event", "kind": "call", "act_id": "00112233445566ff"}
    places = [desk.client.post(PATH, data=told).headers["location"] for _ in range(2)]
    assert places[0] == places[1]
    assert len(desk.rows(EVENTS)) == len(desk.rows(ACTS)) == 1


def test_a_call_that_reached_nobody_is_a_call(desk: Desk) -> None:
    desk.send("missed")
    (event,) = desk.known()["events"]
    assert (event["kind"], event["text"]) == ("call", "not reached")


def test_won_lost_and_open_again(desk: Desk) -> None:
    place = desk.send("won", amount="12500")
    assert desk.known()["status"] == "won"
    assert desk.known()["outcomes"][-1]["amount"] == 12500
    assert "Won for 12,500, on" in desk.html()
    desk.send("lost", status=422, reason="no money")  # it is closed already

    desk.send("undo", act_id=place.partition("did=")[2])
    assert desk.known()["status"] == "open"
    desk.send("lost", reason="no money")
    assert (desk.known()["status"], desk.known()["outcomes"][-1]["reason"]) == ("lost", "no money")
    desk.send("reopened")
    assert desk.known()["status"] == "open"
    assert len(desk.rows(OUTCOMES)) == 4


def test_an_owner_stays_whoever_works_the_lead_next_and_undo_gives_it_back(desk: Desk) -> None:
    call = {"lead_id": LEAD, "kind": "call", "occurred_at": "2026-01-02T10:00:00Z", "rep_id": "R07"}
    desk.client.post("/events", json=call, headers=bearer(desk.tokens["admin"]))
    place = desk.send("owner", owner="Ada")
    assert "owner Ada" in desk.html()
    desk.client.post(
        "/events", json={**call, "occurred_at": "2026-01-03T10:00:00Z"}, headers=bearer(desk.tokens["admin"])
    )
    assert "owner Ada" in desk.html()
    desk.send("undo", act_id=place.partition("did=")[2])
    assert "owner R07" in desk.html()


def test_reminders_and_notes_are_shown(desk: Desk) -> None:
    desk.send("remind", due="2031-03-04", text="the tender")
    place = desk.send("note", text=HOSTILE)
    shown = desk.html()
    assert "On 4 March 2031: the tender (test rep)" in shown
    assert f"note: “{HOSTILE}”" in shown
    assert "<script" not in desk.client.get(PATH).text
    desk.send("undo", act_id=place.partition("did=")[2])
    assert HOSTILE not in desk.html()


def test_after_a_minute_nothing_is_undone_and_nobody_undoes_what_another_did(desk: Desk) -> None:
    place = desk.send("note", text="It stays.")
    act_id = place.partition("did=")[2]
    with desk.store.writing(0) as transaction:
        late = sa.update(ACTS).values(stored_at=transaction.latest - 61 * SECOND)
        transaction.connection.execute(late)
    desk.send("undo", status=422, act_id=act_id)
    assert 'value="undo"' not in desk.html(place.removeprefix(PATH))
    with desk.store.writing(0) as transaction:
        transaction.connection.execute(sa.update(ACTS).values(stored_at=transaction.latest, key_id="another"))
    desk.send("undo", status=404, act_id=act_id)
    assert "It stays." in desk.html()


@pytest.mark.parametrize("act", ACTS_SENT)
def test_no_other_site_can_do_anything(desk: Desk, act: str) -> None:
    shown = desk.client.get(PATH).text
    told = {"act": act, **ACTS_SENT[act]}
    good = {"token": token_of(shown)}
    for fields, headers in (
        (told, {}),
        (told | {"token": "another"}, {}),
        (told | good, {"sec-fetch-site": "cross-site"}),
        (told | good, {"origin": "https://elsewhere.example"}),
    ):
        answer = desk.client.post(PATH, data=fields, headers=headers)
        assert answer.status_code == 403
    assert desk.rows(ACTS) == desk.rows(EVENTS) == desk.rows(OUTCOMES) == []


def test_a_crm_s_key_reads_and_does_nothing(desk: Desk) -> None:
    desk.client.post("/pages/login", data={"key": desk.tokens["crm"]})
    assert 'name="act"' not in desk.html()
    token = token_of(desk.client.get(PATH).text)
    for act, fields in ACTS_SENT.items():
        answer = desk.client.post(PATH, data={"token": token, "act": act, **fields})
        assert answer.status_code == 403
    assert desk.rows(ACTS) == []


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("answer", {"field": "budget", "value": "a fortune"}),
        ("answer", {"field": "nothing", "value": "x"}),
        ("answer", {"field": "budget", "value": ""}),
        ("answer", {"field": "cost_of_not_solving", "value": HOSTILE}),
        ("event", {"kind": "nothing"}),
        ("won", {"amount": "a lot"}),
        ("owner", {"owner": ""}),
        ("remind", {"due": "soon"}),
        ("note", {"text": ""}),
        ("dance", {}),
        ("try", {"answer-budget": "a fortune"}),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_remedy_and_nothing_is_kept(
    desk: Desk, act: str, fields: dict[str, str]
) -> None:
    shown = desk.client.get(PATH).text
    answer = desk.client.post(PATH, data={"token": token_of(shown), "act": act, **fields})
    assert answer.status_code in (400, 422), answer.text
    assert "<script" not in answer.text
    assert desk.rows(ACTS) == desk.rows(EVENTS) == desk.rows(OUTCOMES) == []


def test_what_if_shows_the_score_and_keeps_nothing(desk: Desk) -> None:
    before = desk.share()
    token = token_of(desk.client.get(PATH).text)
    shown = desk.client.post(PATH, data={"token": token, "act": "try", "answer-budget": "over 50,000"})
    assert shown.status_code == 200
    then = re.search(r'class="share">(\d+) %', shown.text)
    assert then is not None
    assert int(then[1]) > before / 10
    assert 'value="over 50,000" selected' in shown.text
    assert desk.rows(ACTS) == desk.rows(EVENTS) == []
    kept = desk.send("answer", field="budget", value="over 50,000")
    assert kept
    assert round(desk.share() / 10) == int(then[1])


def test_an_erased_person_leaves_no_word_and_no_name_in_the_trail(desk: Desk) -> None:
    for act in ("note", "owner", "remind"):
        desk.send(act, 303, **ACTS_SENT[act])
    desk.client.delete("/leads/a%2Fb%20c", headers=bearer(desk.tokens["admin"]))
    assert all(row["text"] is None and row["before"] is None and row["lead_id"] != LEAD for row in desk.rows(ACTS))
    assert not any(LEAD in row["subject"] for row in desk.rows(AUDIT))

"""A link to a letter opens it once, to whoever has it, and tells nothing before, beside or afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from features.records.leads.checking import LeadProblem
from models.registry.artifacts import NO_ARTIFACTS
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.schemas.problems import INVALID_LEAD, problem
from serving.settings.letter import LetterSettings
from serving.store.keys import revoke_key
from serving.store.letters import (
    find_letter_link,
    forget_old_letter_links,
    make_letter_link,
    new_token,
    open_letter_link,
)
from serving.store.records import NewLead
from serving.store.store import Store, open_store
from serving.store.tables import AUDIT, LETTER_LINKS
from tests.serving.conftest import Service
from tests.serving.pages.routes.conftest import token_of

LETTER = LetterSettings(
    sender="Roe & Sons", decides="Ann Roe decides.", objections="Write to privacy@roe.example.", link_days=3
)
LEAD = "ada@nordwind.example"
UNREADABLE = LeadProblem("fields.budget", "must be one of its values", "'x'", "send another")
DAY = 86_400_000_000


def running(champion: Champion, letter: LetterSettings, url: str) -> Iterator[Service]:
    deployment = champion.deployment.model_copy(update={"letter": letter})
    tokens, store = make_tokens(url), open_store(url)
    with TestClient(
        create_app(lambda: replace(champion, deployment=deployment), lambda: open_store(url)), follow_redirects=False
    ) as client:
        served = Service(client, tokens, store)
        served.tell("/leads", {"lead_id": LEAD, "fields": {"source": "webinar"}})
        yield served
    store.close()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    yield from running(champion, LETTER, url)


def link(service: Service, lead_id: str = LEAD) -> str:
    answer = service.tell(f"/leads/{lead_id}/letter", None, role="rep")
    return str(answer["url"]).partition("http://testserver")[2]


def audited(service: Service) -> list[tuple[str, str]]:
    with service.store.reading() as connection:
        rows = connection.execute(AUDIT.select().where(AUDIT.c.action.like("letter%")).order_by(AUDIT.c.at))
        return [(row.action, row.subject) for row in rows]


def test_a_link_opens_the_letter_once_and_by_its_button_alone(service: Service) -> None:
    path, other = link(service), link(service)

    for _ in range(3):
        door = service.client.get(path)
        assert door.status_code == 200
        assert "Roe &amp; Sons" in door.text
        assert LEAD not in door.text
        assert "order" not in door.text
    opened = service.client.post(path)
    again, shown = service.client.post(path), service.client.get(path)

    assert opened.status_code == 200
    assert "How your enquiry was assessed" in opened.text
    assert "Ann Roe decides." in opened.text
    assert [again.status_code, shown.status_code] == [403, 403]
    assert "not good any more" in again.text
    assert service.client.get(other).status_code == 200
    assert audited(service) == [("letter link made", f"lead {LEAD}")] * 2 + [("letter opened", f"lead {LEAD}")]
    for answer in (door, opened, again):
        assert "noindex" in answer.headers["x-robots-tag"]
        assert 'name="robots" content="noindex' in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<style" not in answer.text


def test_a_link_names_nobody_and_the_store_holds_none_that_opens(service: Service) -> None:
    path = link(service)
    token = path.rpartition("/")[2]

    assert re.fullmatch(r"/pages/letters/[\w-]{43}", path)
    with service.store.reading() as connection:
        rows = [dict(row) for row in connection.execute(LETTER_LINKS.select()).mappings()]
    assert token not in str(rows)
    assert [service.client.get(f"/pages/letters/{row['digest']}").status_code for row in rows] == [403]


def test_nothing_but_a_letter_opens_by_a_link(service: Service) -> None:
    path = link(service)
    service.client.post(path)

    assert service.client.get(f"/pages/leads/{LEAD}").status_code == 303
    assert "set-cookie" not in service.client.get(path).headers
    for made_up in ("x", "x" * 43, path.rpartition("/")[2][:-1], "%00", "a" * 5_000):
        assert service.client.post(f"/pages/letters/{made_up}").status_code == 403


def test_it_ends_with_its_key_and_with_the_lead(service: Service) -> None:
    first = link(service)
    service.ask(f"/leads/{LEAD}", status=204, method="DELETE")
    assert service.client.post(first).status_code == 403
    with service.store.reading() as connection:
        assert connection.execute(LETTER_LINKS.select()).all() == []
    assert LEAD not in str(audited(service))
    service.tell(f"/leads/{LEAD}/letter", None, status=404)

    service.tell("/leads", {"lead_id": "other", "fields": {}})
    second = link(service, "other")
    revoke_key(service.store, service.tokens["rep"].split("_")[1], 1)
    service.client.app.state.services.keys._remembered.clear()  # type: ignore[attr-defined]  # as after some seconds
    assert service.client.post(second).status_code == 403


def test_roles_that_may_not_make_one_and_settings_that_say_nothing(champion: Champion, service: Service) -> None:
    for role in ("crm", "form"):
        service.tell(f"/leads/{LEAD}/letter", None, status=403, role=role)
    current = service.client.app.state.services.current  # type: ignore[attr-defined]
    current.champion = replace(champion, deployment=champion.deployment.model_copy(update={"letter": LetterSettings()}))
    refused = service.tell(f"/leads/{LEAD}/letter", None, status=422)
    assert "sender, decides, objections" in refused["detail"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"beside": NO_ARTIFACTS}, "must be about a decision, got a score without one"),
        ({"score": lambda records, _: [problem(INVALID_LEAD, [UNREADABLE]) for _ in records]}, "must be about a score"),
    ],
)
def test_no_link_is_made_to_a_letter_that_cannot_be_written(
    service: Service, changed: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = service.client.app.state.services.current  # type: ignore[attr-defined]
    if "score" in changed:
        monkeypatch.setattr(Champion, "score", lambda _, records, since: changed["score"](records, since))
    else:
        current.champion = replace(current.champion, **changed)
    refused = service.tell(f"/leads/{LEAD}/letter", None, status=422, role="rep")

    assert said in refused["detail"]
    assert audited(service) == []
    service.tell("/leads/nobody/letter", None, status=404, role="rep")


def test_it_is_made_on_the_page_of_the_lead(service: Service) -> None:
    service.client.post("/pages/login", data={"key": str(service.tokens["rep"])})
    shown = service.client.get(f"/pages/leads/{LEAD}").text
    assert "A letter to them" in shown

    made = service.client.post(f"/pages/leads/{LEAD}", data={"act": "letter", "token": token_of(shown)})

    (path,) = re.findall(r"http://testserver(/pages/letters/[\w-]+)", made.text)
    assert service.client.post(path).status_code == 200


def test_a_link_is_good_until_its_end_and_is_used_once(store: Store) -> None:
    store.add_leads([NewLead("L1", {})], 0)
    token = new_token()
    with store.writing(DAY) as transaction:
        make_letter_link(transaction, token, "L1", "key", 2 * DAY)

    found = [store.ask(find_letter_link, token, at) for at in (2 * DAY - 1, 2 * DAY)]
    assert [one and one.lead_id for one in found] == ["L1", None]
    with store.writing(DAY) as transaction:
        assert open_letter_link(transaction, token, DAY)
        assert not open_letter_link(transaction, token, DAY)
    with store.writing(DAY) as transaction:
        forget_old_letter_links(transaction, 2 * DAY)
    assert len(store.ask(lambda connection: connection.execute(LETTER_LINKS.select()).all())) == 1
    with store.writing(DAY) as transaction:
        forget_old_letter_links(transaction, 2 * DAY + 1)
    assert store.ask(lambda connection: connection.execute(LETTER_LINKS.select()).all()) == []

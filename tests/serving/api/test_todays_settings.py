"""Intake goes by the settings of today, scoring by what the model knows; whom to call is kept, found, shown and erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from features.simulation import CONTACTS
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.store import open_store
from serving.store.tables import LEADS
from tests.serving.conftest import Service

CONTACT = {
    "name": "Ada Grünberg",
    "company": "Nordwind AG",
    "mail": "ada@nordwind.example",
    "telephone": "+49 30 23125 001",
}


@contextmanager
def serving(champion: Champion, url: str, fields: dict[str, LeadField]) -> Iterator[Service]:
    schema = champion.model.schema
    today = LeadSchema(
        **{name: getattr(schema, name) for name in LeadSchema.model_fields}
        | {"fields": {**schema.fields, **fields}, "kinds": {**schema.kinds, "webinar": EventKind(obstacle="desire")}}
    )
    changed = replace(champion, deployment=champion.deployment.model_copy(update={"intake": today}))
    tokens, store = make_tokens(url), open_store(url)
    with TestClient(create_app(lambda: changed, lambda: open_store(url))) as client:
        yield Service(client, tokens, store)
    store.close()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    with serving(champion, url, CONTACTS) as running:
        yield running


@pytest.fixture
def grown(champion: Champion, tmp_path: Path) -> Iterator[Service]:
    """A service whose settings know a value and a field that the model does not."""
    budget = champion.model.schema.fields["budget"]
    fields = {
        "budget": budget.model_copy(update={"values": (*budget.values, "Enterprise")}),
        "seats": LeadField(role="answer", obstacle="need", type="number"),
    }
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", fields) as running:
        yield running


def test_new_value_and_field_are_kept_at_once_and_scored_as_not_known(grown: Service) -> None:
    told = {"source": "trade show", "budget": "Enterprise", "seats": 40}
    new = grown.tell("/leads", {"lead_id": "new", "fields": told})
    known = grown.tell("/leads", {"lead_id": "old", "fields": {"source": "trade show"}})

    assert grown.ask("/leads/new")["fields"] == told
    assert "set_aside" not in new
    assert new["score"]["probability"] == pytest.approx(known["score"]["probability"], abs=1e-9)


def test_new_value_as_an_event_takes_the_place_of_the_answer_before(grown: Service) -> None:
    grown.tell("/leads", {"lead_id": "L1", "fields": {"budget": "none"}})
    grown.tell("/leads", {"lead_id": "L2", "fields": {}})
    moment = "2026-01-02T00:00:00Z"
    after = grown.tell("/events", {"lead_id": "L1", "kind": "budget", "occurred_at": moment, "value": "Enterprise"})
    webinar = grown.tell("/events", {"lead_id": "L2", "kind": "webinar", "occurred_at": moment})

    unknown = {one["field"] for one in after["score"]["unknown"]}
    assert "budget" in unknown
    assert webinar["score"]["probability"] > 0


def test_score_takes_what_the_settings_of_today_know(grown: Service) -> None:
    told = grown.tell("/score", {"fields": {"budget": "Enterprise", "seats": 3}}, status=200)
    plain = grown.tell("/score", {"fields": {}}, status=200)

    assert told["probability"] == pytest.approx(plain["probability"], abs=1e-9)
    grown.tell("/score", {"fields": {"budget": "Enterprize"}}, status=422)


def test_contact_is_kept_searched_shown_and_erased_and_changes_no_score(service: Service) -> None:
    with_contact = service.tell("/leads", {"lead_id": "L1", "fields": {"source": "trade show", **CONTACT}})
    without = service.tell("/leads", {"lead_id": "L2", "fields": {"source": "trade show"}})

    assert with_contact["score"]["probability"] == pytest.approx(without["score"]["probability"], abs=1e-9)
    for search in ("grünberg", "NORDWIND", "ada@nord", "23125 001"):
        found = service.ask(f"/leads?search={search}")["leads"]
        assert [lead["lead_id"] for lead in found] == ["L1"], search
    assert found[0]["name"] == "Ada Grünberg, Nordwind AG"
    service.ask("/leads/L1", status=204, method="DELETE")
    with service.store.reading() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(LEADS)).mappings()]
    assert not any(text in str(row) for row in rows for text in CONTACT.values())


def test_lead_page_shows_whom_to_call(service: Service) -> None:
    service.tell("/leads", {"lead_id": "L1", "fields": CONTACT})
    client = service.client
    client.post("/pages/login", data={"key": service.tokens["admin"]})
    page = client.get("/pages/leads/L1").text

    assert '<a href="mailto:ada@nordwind.example">ada@nordwind.example</a>' in page
    assert '<a href="tel:+493023125001">' in page
    assert "Ada Grünberg" in page


def test_form_of_contacts_alone_is_a_lead(service: Service) -> None:
    given: dict[str, Any] = {"_key": service.tokens["form"], "mail": "ada@nordwind.example"}
    answer = service.client.post("/leads", data=given)

    assert answer.status_code == 201
    assert service.ask(f"/leads/{answer.json()['lead_id']}")["fields"] == {"mail": "ada@nordwind.example"}


@pytest.fixture
def formed(champion: Champion, tmp_path: Path) -> Iterator[Service]:
    """A service whose export says that 1000.0 and 1000 are one lead."""
    rules = champion.deployment.model_copy(update={"id_form": ("strip", "integer"), "decimals": {"amount": ","}})
    fields = {"needed_by": LeadField(role="context", type="date")}
    with serving(replace(champion, deployment=rules), f"sqlite:///{tmp_path / 'store.db'}", fields) as running:
        yield running


def test_ids_that_differ_in_writing_are_one_lead_as_in_files(formed: Service) -> None:
    assert formed.tell("/leads", {"lead_id": 1000.0, "fields": {"budget": "none"}})["lead_id"] == "1000"
    told = [
        formed.tell("/events", {"lead_id": " 1000.0", "kind": "webinar", "occurred_at": "2026-03-01T10:00:00Z"}),
        formed.tell("/outcomes", {"lead_id": 1000, "won": True, "closed_at": 1772359200}),
    ]

    assert [one["lead_id"] for one in told] == ["1000", "1000"]
    assert not any(one["waiting"] for one in told)
    assert told[1]["closed_at"] == "2026-03-01T10:00:00Z"


def test_a_lead_is_asked_for_and_erased_by_its_id_however_that_is_written(formed: Service) -> None:
    formed.tell("/leads", {"lead_id": 1000.0, "fields": {"budget": "none"}})

    assert formed.ask("/leads/1000.0")["lead_id"] == formed.ask("/leads/1000.0/why")["lead_id"] == "1000"
    formed.ask("/leads/1000.0", status=204, method="DELETE")
    formed.ask("/leads/1000", status=404)


def test_numbers_of_calls_are_read_as_those_of_the_export(formed: Service) -> None:
    ended = {"lead_id": "n", "won": True, "closed_at": "2026-03-01T10:00:00Z"}

    amounts = [formed.tell("/outcomes", ended | {"amount": text})["amount"] for text in ("1.234", "1.200,50 €", "7")]

    assert amounts == [1234, 1200.5, 7]


def test_times_that_count_from_1970_are_kept_as_dates_that_a_history_reads(formed: Service) -> None:
    formed.tell("/leads", {"lead_id": "d", "fields": {"needed_by": "1772359200000"}, "created_at": 1767225600})

    lead = formed.ask("/leads/d")
    assert lead["fields"] == {"needed_by": "2026-03-01T10:00:00+00:00"}
    assert lead["created_at"] == "2026-01-01T00:00:00Z"

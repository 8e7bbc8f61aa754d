"""Somebody who was erased stays away, whoever tells of them and by which id; only an admin takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.champion.champion import Champion
from serving.intake.erased import KEPT_OUT
from serving.runtime.app import create_app
from serving.settings.webhooks import WebhookSettings
from serving.store import leftovers, reading
from serving.store.store import open_store
from serving.store.tables import AUDIT, METADATA
from serving.store.tombstones import ErasedPeople, add_tombstones, contact_marks, remove_tombstones
from tests.serving.conftest import Service

CONTACTS = {
    name: LeadField(role="contact")
    for name in ("mail", "telephone", "mobile", "name", "company", "street", "first_name", "last_name")
}
RULES: dict[str, Any] = {
    "rules": [
        {
            "makes": "lead",
            "when": {"id": ["*"]},
            "columns": {"lead_id": "id", "changed_at": "changed_at"},
            "fields": {"mail": "mail"},
        },
    ]
}
MARK = "zqxwv"
JANE = {"mail": f"{MARK}@roe.example", "telephone": "+49 (30) 2312-5001"}
TIME = "2026-03-01T00:00:00Z"


def with_contacts(champion: Champion) -> LeadSchema:
    """The champion's settings with fields of contact; a copy would keep what was found out without them."""
    told = {name: getattr(champion.intake, name) for name in LeadSchema.model_fields}
    return LeadSchema(**told | {"fields": {**champion.intake.fields, **CONTACTS}})


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    schema = with_contacts(champion)
    webhooks = {"crm": WebhookSettings.model_validate(RULES)}
    deployment = champion.deployment.model_copy(update={"intake": schema, "webhooks": webhooks})
    tokens, store = make_tokens(url), open_store(url)
    with TestClient(create_app(lambda: replace(champion, deployment=deployment), lambda: open_store(url))) as client:
        running = Service(client, tokens, store)
        running.tell("/leads", {"lead_id": f"{MARK}-1", "fields": JANE})
        running.tell("/outcomes", {"lead_id": f"{MARK}-1", "closed_at": TIME, "won": True})
        running.ask(f"/leads/{MARK}-1", status=204, method="DELETE")
        yield running
    store.close()


def everything(service: Service) -> str:
    with service.store.reading() as connection:
        rows = [connection.execute(sa.select(table)).all() for table in METADATA.tables.values()]
        return str([[tuple(row) for row in some] for some in rows])  # a row itself shows of a long text its ends alone


def kept_out(service: Service) -> list[str]:
    with service.store.reading() as connection:
        query = sa.select(AUDIT.c.detail).where(AUDIT.c.action == KEPT_OUT).order_by(AUDIT.c.at)
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize(
    "lead",
    [
        {"lead_id": f"{MARK}-1", "fields": {"source": "referral"}},
        {"lead_id": "another", "fields": {"mail": f" {MARK.upper()}@Roe.example"}},
        {"lead_id": "another", "fields": {"telephone": "030 23125001"}},
        {"lead_id": f"{MARK}@roe.example", "fields": {}},
    ],
    ids=["id", "mail", "telephone", "mail as id"],
)
def test_lead_of_somebody_erased_is_not_stored_by_any_road(service: Service, lead: dict[str, Any]) -> None:
    refused = service.tell("/leads", lead, status=410)
    many = service.tell("/leads", {"leads": [lead, {"lead_id": "kept", "fields": {}}]}, status=200, once="call")
    again = service.tell("/leads", {"leads": [lead, {"lead_id": "kept", "fields": {}}]}, status=200, once="call")

    assert refused["type"] == "urn:glengarry:problem:erased"
    assert many["leads"][0]["problem"]["status"] == 410
    assert again["leads"][1]["lead_id"] == many["leads"][1]["lead_id"] == "kept"
    assert set(service.store.ask(reading.leads_of, [lead["lead_id"], "kept"])) == {"kept"}
    assert MARK not in everything(service).lower()
    assert kept_out(service) == ["1 record was not stored"] * 3


def test_who_comes_back_under_another_id_is_known_by_it_from_then_on(service: Service) -> None:
    service.tell("/leads", {"lead_id": "another", "fields": JANE}, status=410)

    service.tell("/events", {"lead_id": "another", "kind": "call", "occurred_at": TIME, "text": MARK}, status=410)
    service.tell("/outcomes", {"lead_id": "another", "closed_at": TIME, "won": True, "reason": MARK}, status=410)
    service.tell("/merges", {"lead_id": "third", "merged_id": "another"}, status=410)
    assert MARK not in everything(service)


def test_win_does_not_count_twice(service: Service) -> None:
    won = {"lead_id": f"{MARK}-1", "closed_at": TIME, "won": True}
    many = service.tell("/outcomes", {"outcomes": [won]}, status=200)

    assert many["outcomes"][0]["problem"]["type"] == "urn:glengarry:problem:erased"
    outcomes = [row for row in service.store.ask(all_outcomes) if row.won]
    assert len(outcomes) == 1


def all_outcomes(connection: sa.Connection) -> Any:
    return connection.execute(sa.select(METADATA.tables["outcomes"])).all()


def test_form_hears_of_somebody_erased_what_it_hears_of_everybody(service: Service) -> None:
    answers = [
        service.tell("/leads", {"fields": fields}, role="form") for fields in (JANE, {"mail": "john@doe.example"})
    ]

    assert answers[0].keys() == answers[1].keys()
    assert answers[0]["lead_id"] not in service.store.ask(reading.leads_of, [answers[0]["lead_id"]])
    assert service.store.ask(reading.leads_of, [answers[1]["lead_id"]])
    assert kept_out(service) == ["1 record was not stored"]
    assert MARK not in everything(service)


def test_webhook_is_answered_as_if_all_was_well_and_says_how_many(service: Service) -> None:
    dated = {"changed_at": TIME}
    messages = [{"id": "7", "mail": JANE["mail"]} | dated, {"id": "8", "mail": "john@doe.example"} | dated]
    told = service.tell("/webhooks/crm", messages, status=200)
    service.tell("/webhooks/crm", [{"nothing": "fits", "about": JANE["mail"]}], status=200)

    assert (told["leads"], told["erased"]) == (1, 1)
    assert "erased" not in service.tell("/webhooks/crm", messages[1:], status=200)
    assert MARK not in everything(service)


def test_box_that_many_read_and_name_of_others_keep_nobody_out(service: Service) -> None:
    shared = {"mail": "info@roe.example", "telephone": "123"}
    service.tell("/leads", {"lead_id": "first", "fields": shared})
    service.ask("/leads/first", status=204, method="DELETE")

    assert service.tell("/leads", {"lead_id": "second", "fields": shared})["lead_id"] == "second"


def test_colleague_with_the_number_of_the_firm_and_an_address_of_their_own_is_let_in(service: Service) -> None:
    for number, mail in enumerate(("john@roe.example", "info@roe.example")):
        told = {"lead_id": f"colleague-{number}", "fields": JANE | {"mail": mail}}
        assert service.tell("/leads", told)["lead_id"] == f"colleague-{number}"
    service.tell("/leads", {"lead_id": "again", "fields": {"telephone": JANE["telephone"]}}, status=410)


PHONE = {"telephone": "+49 30 2312-6001"}
LONG = " ".join(f"aaa{number}" for number in range(1_100))
FAMILY = {"name": "Ada Nord", "telephone": "+49 30 2312-6001"}
FIRM = {"name": "Ada Nord", "telephone": "+49 30 2312-6001", "company": "Nordwind GmbH", "mail": "ada@nordwind.example"}


@pytest.mark.parametrize(
    ("erased", "other"),
    [
        (FAMILY, FAMILY | {"name": "Max Nord"}),
        (FAMILY, {"telephone": FAMILY["telephone"], "mobile": "0171 2345678"}),
        (FAMILY, FAMILY | {"name": "Max Nord", "street": "Seeweg 7"}),
        (FIRM | {"street": "Seeweg 7"}, {"telephone": FIRM["telephone"], "name": "Max Nord", "street": "Seeweg 7"}),
        ({"name": "Hans Peter Nord"} | PHONE, {"name": "Klaus Peter Nord"} | PHONE),
        ({"name": "Ana Garcia Lopez"} | PHONE, {"name": "Luis Garcia Lopez"} | PHONE),
        ({"name": "Nord"} | PHONE, {"name": "Max Nord"} | PHONE),
        (PHONE, {"name": "Max Nord"} | PHONE),
        ({"company": "Nordwind GmbH"} | PHONE, {"name": "Bo Lee", "company": "Nordwind GmbH"} | PHONE),
        (FIRM, {"name": "Bo Lee", "telephone": FIRM["telephone"], "company": "Nordwind GmbH"}),
        (FIRM, {"telephone": FIRM["telephone"], "company": "Westwind AG"}),
        (FAMILY | {"company": "Max Nord GmbH"}, {"name": "Max Nord", "mail": "max@nord.example"} | PHONE),
        (FAMILY | {"street": "Max-Planck-Str. 7"}, {"name": "Max Nord", "mail": "max@nord.example"} | PHONE),
    ],
    ids=[
        "family",
        "a mobile of their own",
        "family in one street",
        "family of somebody with a firm",
        "a middle name that runs in the family",
        "two names of a family",
        "a family's name alone was known",
        "no name was known",
        "a firm alone was known",
        "switchboard",
        "another firm in the house",
        "a firm with the name of a colleague",
        "a street with the name of one of the family",
    ],
)
def test_number_that_others_have_too_keeps_none_of_them_out(
    service: Service, erased: dict[str, str], other: dict[str, str]
) -> None:
    service.tell("/leads", {"lead_id": "gone", "fields": erased})
    service.tell("/leads", {"lead_id": "other", "fields": other})
    service.ask("/leads/gone", status=204, method="DELETE")

    assert service.ask("/leads/other")["fields"] == other
    assert service.tell("/leads", {"lead_id": "later", "fields": other})["lead_id"] == "later"


@pytest.mark.parametrize(
    ("erased", "back"),
    [
        (FAMILY, {"telephone": FAMILY["telephone"], "company": "n/a"}),
        (FAMILY, FAMILY | {"telephone": "030 23126001"}),
        (FIRM, {"telephone": FIRM["telephone"], "name": "NORD, Ada", "company": "nordwind"}),
        (FAMILY, FAMILY | {"name": "Dr. Ada Nord"}),
        (FAMILY, FAMILY | {"name": "Nord, Ada Maria"}),
        (FAMILY, FAMILY | {"company": "Westwind AG", "street": "Seeweg 7"}),
        (FIRM, FAMILY | {"company": "Westwind AG"}),
        (FIRM, FIRM | {"mail": "ada@westwind.example", "mobile": "0171 2345678"}),
        (FAMILY | {"street": LONG}, FAMILY | {"street": "zzz Seeweg"}),
        ({"first_name": "Ada", "last_name": "Nord"} | PHONE, FAMILY | {"name": "Mrs. Ada Nord"}),
        ({"name": "Ana Garcia Lopez"} | PHONE, {"name": "Ana Garcia", "company": "Westwind AG"} | PHONE),
    ],
    ids=[
        "number alone",
        "number and name",
        "name as a CRM writes it",
        "a title",
        "a second name",
        "a firm and a street that were not known",
        "another firm",
        "another mail address and a mobile",
        "a name behind more words than are kept",
        "a name in one field that stood in two",
        "a shorter name, and a firm",
    ],
)
def test_number_keeps_out_who_gives_nothing_else_that_is_new(
    service: Service, erased: dict[str, str], back: dict[str, str]
) -> None:
    service.tell("/leads", {"lead_id": "gone", "fields": erased})
    service.ask("/leads/gone", status=204, method="DELETE")

    service.tell("/leads", {"lead_id": "back", "fields": back}, status=410)
    many = service.tell("/leads", {"leads": [{"lead_id": "again", "fields": back}]}, status=200)
    assert many["leads"][0]["problem"]["status"] == 410


def test_number_that_was_kept_without_words_keeps_out_whoever_gives_no_mail_address(
    champion: Champion, service: Service
) -> None:
    """As a tombstone was set by earlier versions."""
    with service.store.writing(1) as transaction:
        add_tombstones(transaction, "gone", "alias", contact_marks(with_contacts(champion), FAMILY))

    service.tell("/leads", {"lead_id": "back", "fields": FAMILY}, status=410)
    other = FAMILY | {"name": "Max Nord", "mail": "max@nord.example"}
    assert service.tell("/leads", {"lead_id": "other", "fields": other})["lead_id"] == "other"


def test_message_of_a_colleague_stays_when_somebody_of_their_number_is_erased(service: Service) -> None:
    def messages(about: str) -> list[tuple[dict[str, str], str]]:
        return [({"tel": FIRM["telephone"], "from": about}, "no rule fits")]

    def keep(about: str) -> None:
        with service.store.writing(1) as transaction:
            people = ErasedPeople(transaction, LeadSchema())
            leftovers.keep_leftovers(transaction, "crm", messages(about), people)

    keep("bo@nordwind.example")
    keep("the telephone")
    service.tell("/leads", {"lead_id": "gone", "fields": FIRM})
    service.ask("/leads/gone", status=204, method="DELETE")
    keep("cy@nordwind.example")
    keep("the telephone again")

    kept = {one.message for one in service.store.ask(leftovers.leftovers)}
    assert {"bo@" in one or "cy@" in one for one in kept} == {True}
    assert len(kept) == 2


def test_taken_back_by_a_contact_they_are_there_again_by_every_one(service: Service) -> None:
    with service.store.writing(1) as transaction:
        assert remove_tombstones(transaction, JANE["telephone"])
        assert not remove_tombstones(transaction, "nobody@roe.example")

    assert service.tell("/leads", {"lead_id": f"{MARK}-1", "fields": JANE})["lead_id"] == f"{MARK}-1"


def test_answer_that_quotes_what_was_wrong_with_a_record_goes_with_its_lead(service: Service) -> None:
    wrong = {"lead_id": "L9", "kind": "call", "occurred_at": f"when {MARK} comes"}
    many = service.tell("/events", {"events": [wrong, {"lead_id": 9}, "none"]}, status=200, once="call")
    assert MARK in str(many["events"][0])
    service.tell("/leads", {"lead_id": "L9", "fields": {}})
    assert MARK in everything(service)

    service.ask("/leads/L9", status=204, method="DELETE")

    assert MARK not in everything(service)


def test_person_is_nowhere_under_var_after_the_answer(champion: Champion, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    schema = with_contacts(champion)
    told = replace(champion, deployment=champion.deployment.model_copy(update={"intake": schema}))
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: told, lambda: open_store(url))) as client:
        service = Service(client, tokens, open_store(url))
        service.tell("/leads", {"lead_id": f"{MARK}-1", "fields": JANE}, once="once")
        service.ask(f"/leads/{MARK}-1", status=204, method="DELETE")
        service.tell("/leads", {"lead_id": "2", "fields": JANE}, status=410)
        service.tell("/leads", {"leads": [{"lead_id": f"{MARK}-1", "fields": {}}]}, status=200, once="again")
        service.store.close()
        for file in tmp_path.iterdir():
            assert MARK.encode() not in file.read_bytes(), file.name


def test_other_leads_with_the_mail_address_of_somebody_erased_go_with_them(service: Service) -> None:
    mail = f"{MARK}_3@roe.example"
    for lead_id, fields in {
        "L1": {"mail": mail, "name": "Jane Roe"},
        "L2": {"mail": mail.upper(), "telephone": "030 5551234"},
        "L3": {"mail": f"else{mail}"},
        "L4": {"mail": "info@roe.example"},
        "L5": {"mail": f"{MARK}x3@roe.example", "name": mail},
    }.items():
        service.tell("/leads", {"lead_id": lead_id, "fields": fields})
    service.tell("/leads", {"lead_id": "L6", "fields": {"mail": "jane@doe.example"}})
    service.tell("/merges", {"lead_id": "L6", "merged_id": "L2"})

    service.ask("/leads/L1", status=204, method="DELETE")

    ids = ["L1", "L2", "L3", "L4", "L5", "L6"]
    assert set(service.store.ask(reading.leads_of, ids)) == {"L3", "L4"}
    assert f"'{mail}" not in everything(service)
    service.tell("/leads", {"lead_id": "L7", "fields": {"telephone": "+49 30 5551234"}}, status=410)
    service.tell("/leads", {"lead_id": "L8", "fields": {"mail": "info@roe.example"}})


def test_somebody_of_whom_only_a_message_is_kept_is_erased_and_stays_away(service: Service) -> None:
    with service.store.writing(1) as transaction:
        people = ErasedPeople(transaction, LeadSchema())
        leftovers.keep_leftovers(transaction, "crm", [({"customer": "L77", "note": "call Jane"}, "")], people)

    service.ask("/leads/L77", status=204, method="DELETE")

    assert service.store.ask(leftovers.leftovers) == []
    service.tell("/leads", {"lead_id": "L77", "fields": {}}, status=410)
    service.ask("/leads/L78", status=404, method="DELETE")


def test_lead_that_a_crm_merges_into_somebody_erased_is_in_no_list_any_more(service: Service) -> None:
    service.tell("/leads", {"lead_id": "same", "fields": {"mail": "jane@doe.example"}})

    service.tell("/merges", {"lead_id": f"{MARK}-1", "merged_id": "same"}, status=410)
    many = service.tell("/merges", {"merges": [{"lead_id": f"{MARK}-1", "merged_id": "same"}]}, status=200)
    assert many["removals"][0]["problem"]["status"] == 410

    with service.store.reading() as connection:
        status = connection.execute(sa.text("SELECT status FROM leads WHERE lead_id = 'same'")).scalar_one()
    assert status == "removed"


def test_message_with_a_broken_character_is_kept_after_somebody_was_erased(service: Service) -> None:
    answer = service.client.post(
        "/webhooks/crm",
        content=b'{"note": "M\xfcller \\ud83d"}',
        headers=bearer(service.tokens["crm"]) | {"content-type": "application/json"},
    )

    assert answer.status_code in (200, 422), answer.text
    assert len(service.store.ask(leftovers.leftovers)) == 1


def test_kept_message_of_a_person_goes_with_them(service: Service) -> None:
    mail = f"{MARK}2@roe.example"
    with service.store.writing(1) as transaction:
        people = ErasedPeople(transaction, LeadSchema())
        messages = [({"your-email": mail}, "honeypot"), ({"your-email": "else@roe.example"}, "honeypot")]
        leftovers.keep_leftovers(transaction, leftovers.TRAPPED, messages, people)
    service.tell("/leads", {"lead_id": "L2", "fields": {"mail": mail}})

    service.ask("/leads/L2", status=204, method="DELETE")

    (kept,) = service.store.ask(leftovers.leftovers)
    assert "else@" in kept.message

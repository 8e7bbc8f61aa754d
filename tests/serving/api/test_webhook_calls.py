"""What HubSpot and Salesforce send, by the example settings of the documentation: stored once, in any order, and answered in their way."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.settings.schema import LeadSchema
from serving.api.webhooks.mapping import records_of
from serving.api.webhooks.signature import SIGNATURE, TIMESTAMP, sign
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.settings.settings import load_settings
from serving.settings.webhooks import WebhookSettings
from serving.store.store import open_store
from serving.store.tables import AUDIT
from tests.serving.api.webhooks.test_soap import MESSAGE
from tests.serving.conftest import Service
from tests.test_docs import ROOT, blocks

EXAMPLES = ROOT / "docs" / "examples"
SECRET = "a client secret"
WEBHOOKS = {
    name: webhook
    for crm in ("hubspot", "salesforce")
    for name, webhook in load_settings(EXAMPLES / f"{crm}.toml").webhooks.items()
}
AT = 1_760_000_000_000
"""9 October 2025, in milliseconds."""


@contextmanager
def serving(champion: Champion, url: str) -> Iterator[Service]:
    tokens, store = make_tokens(url), open_store(url)
    changed = replace(champion, deployment=champion.deployment.model_copy(update={"webhooks": WEBHOOKS}))
    app = create_app(lambda: changed, lambda: open_store(url), environment={"HUBSPOT_CLIENT_SECRET": SECRET})
    with TestClient(app) as client:
        yield Service(client, tokens, store)
    store.close()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    with serving(champion, url) as running:
        yield running


@pytest.fixture
def quick(champion: Champion, tmp_path: Path) -> Iterator[Service]:
    """A service in SQLite, where the database makes no difference."""
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}") as running:
        yield running


def change(name: str, value: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """An event of a subscription of HubSpot."""
    told = {"objectId": 812, "propertyName": name, "propertyValue": value, "occurredAt": AT + number, "eventId": number}
    return told | {"subscriptionType": "deal.propertyChange", "portalId": 62515, "attemptNumber": 0} | more


def hubspot(service: Service, messages: Any, secret: str = SECRET, age: float = 0.0) -> Any:
    body, timestamp = json.dumps(messages).encode(), str(int((time.time() - age) * 1000))
    signature = sign(secret, WEBHOOKS["hubspot"].address, body, timestamp)
    headers = {SIGNATURE: signature, TIMESTAMP: timestamp, "content-type": "application/json"}
    return service.client.post("/webhooks/hubspot", content=body, headers=headers)


def deal(budget: str = "none", modified: int = AT, **more: Any) -> dict[str, Any]:
    """What a workflow of HubSpot sends of a deal."""
    told = {
        "createdate": AT - 1_000,
        "hs_lastmodifieddate": modified,
        "budget": budget,
        "hs_analytics_source": "REFERRALS",
    }
    return {"objectId": 812, "properties": {name: {"value": str(value)} for name, value in told.items()}} | more


def workflow(service: Service, content: Any) -> Any:
    return service.client.post("/webhooks/hubspot_deals", json=content, headers=bearer(service.tokens["crm"]))


def opportunity(**fields: str) -> bytes:
    told = {
        "Id": "006A",
        "CreatedDate": "2025-10-09T08:00:00.000Z",
        "LastModifiedDate": "2025-10-09T09:00:00.000Z",
    } | fields
    inner = "".join(f"<sf:{name}>{value}</sf:{name}>" for name, value in told.items())
    sobject = f'<sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{inner}</sObject>'
    return MESSAGE.replace("NOTIFICATIONS", f"<Notification><Id>04l</Id>{sobject}</Notification>").encode()


def salesforce(service: Service, body: bytes, role: Any = "crm") -> Any:
    path = f"/webhooks/salesforce?key={service.tokens[role]}"
    return service.client.post(path, content=body, headers={"content-type": "text/xml; charset=utf-8"})


def test_hubspot_tells_answers_and_outcomes_before_and_after_the_deal(service: Service) -> None:
    batch = [change("budget", "over 50,000"), change("dealstage", "closedwon", 2), change("dealname", "Nordwind", 3)]
    first, again = hubspot(service, batch), hubspot(service, batch)
    workflow(service, deal())

    assert first.status_code == 200
    assert first.json() == again.json() == {"leads": 0, "events": 1, "outcomes": 1, "ignored": 1}
    known = service.ask("/leads/812")
    assert known["fields"] == {"budget": "none", "source": "Referrals"}
    assert known["created_at"] == "2025-10-09T08:53:19Z"
    assert [(event["kind"], event["text"], event["event_id"]) for event in known["events"]] == [
        ("budget", "over 50,000", "1")
    ]
    assert [outcome["won"] for outcome in known["outcomes"]] == [True]
    assert known["score"]["probability"] > 0


def test_example_of_the_description_is_taken(quick: Service) -> None:
    described = quick.ask("/openapi.json")["paths"]["/webhooks/{name}"]["post"]
    example = described["requestBody"]["content"]["application/json"]["examples"]["hubspot"]["value"]

    assert hubspot(quick, example).json() == {"leads": 0, "events": 0, "outcomes": 2, "ignored": 0}


def test_rules_of_the_documentation_make_what_it_says() -> None:
    (block,) = (text for text in blocks(ROOT / "docs" / "how-to" / "crm.md", "toml") if "[webhooks.crm]" in text)
    webhook = WebhookSettings(**tomllib.loads(block)["webhooks"]["crm"])
    message = {"type": "deal", "stage": "lost", "deal": {"id": 5, "times": [AT]}}

    (made,) = records_of(webhook.rules, [message, {"type": "other"}], LeadSchema())

    assert made.makes == "outcome"
    assert made.record == {
        "lead_id": 5, "closed_at": "2025-10-09T08:53:20+00:00", "won": False, "reason": "told by the CRM",
    }  # fmt: skip


@pytest.mark.parametrize(("secret", "age"), [("another", 0.0), (SECRET, 301.0), (SECRET, -301.0)])
def test_call_that_hubspot_has_not_signed_just_now_is_refused(quick: Service, secret: str, age: float) -> None:
    answer = hubspot(quick, [change("budget", "none")], secret, age)
    quick.tell("/outcomes", {"outcomes": []}, status=200)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["field"] == SIGNATURE
    with quick.store.reading() as connection:
        (entry,) = connection.execute(sa.select(AUDIT).where(AUDIT.c.action == "refused")).all()
    assert entry.subject == "POST /webhooks/{name}"


def test_secret_that_the_environment_lacks_opens_nothing(
    champion: Champion, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}") as running:
        state = running.client.app.state  # type: ignore[attr-defined]
        state.services = replace(state.services, environment={})
        answers = [hubspot(running, [], secret) for secret in ("", SECRET)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert "the environment must have HUBSPOT_CLIENT_SECRET" in caplog.text


def test_deal_that_comes_again_tells_what_has_changed(service: Service) -> None:
    for budget, modified in (
        ("none", AT),
        ("over 50,000", AT + 60_000),
        ("over 50,000", AT + 90_000),
        ("none", AT + 30_000),
    ):
        assert workflow(service, deal(budget, modified)).json()["leads"] == 1
    workflow(service, deal("", AT + 99_000, source="other"))

    known = service.ask("/leads/812")
    assert known["fields"]["budget"] == "none"
    assert [(event["kind"], event["text"], event["occurred_at"]) for event in known["events"]] == [
        ("budget", "over 50,000", "2025-10-09T08:54:20Z")
    ]
    assert len(service.ask("/leads/812/scores")["scores"]) == 2


def test_what_breaks_a_rule_is_named_and_the_others_are_stored(quick: Service) -> None:
    batch = [
        change("budget", "a lot"),
        change("budget", "none", 2),
        change("dealstage", "closedlost", 3, objectId=None),
    ]
    answer = hubspot(quick, batch)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["messages[0].text", "messages[2].lead_id"]
    figures = quick.client.get("/metrics", headers=bearer(quick.tokens["admin"])).text
    for kind, field in (("invalid-event", "text"), ("invalid-outcome", "lead_id")):
        assert f'glengarry_refused_total{{field="{field}",kind="{kind}"}} 1.0' in figures
    workflow(quick, deal())
    assert [event["text"] for event in quick.ask("/leads/812")["events"]] == ["none"]


def test_salesforce_is_acknowledged_once_all_is_stored(service: Service) -> None:
    opened = salesforce(service, opportunity(StageName="Prospecting", LeadSource="Web", Budget__c="none"))
    closed = opportunity(
        StageName="Closed Won", LeadSource="Web", Budget__c="over 50,000", CloseDate="2025-10-10", Amount="12000.0",
        LastModifiedDate="2025-10-10T10:00:00.000Z", OwnerId="005a",
    )  # fmt: skip
    answers = [opened, *(salesforce(service, closed) for _ in range(2))]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert all("<Ack>true</Ack>" in answer.text for answer in answers)
    assert opened.headers["content-type"].startswith("text/xml")
    known = service.ask("/leads/006A")
    assert known["fields"] == {"source": "Web", "budget": "none"}
    assert [event["text"] for event in known["events"]] == ["over 50,000"]
    (outcome,) = known["outcomes"]
    assert (outcome["won"], outcome["amount"], outcome["rep_id"]) == (True, 12000.0, "005a")


def test_what_salesforce_is_to_send_again_is_not_acknowledged(quick: Service, caplog: pytest.LogCaptureFixture) -> None:
    answer = salesforce(quick, opportunity(Id="", Budget__c="a lot"))

    assert answer.status_code == 200
    assert "<Ack>false</Ack>" in answer.text
    assert "messages[0].lead_id must be given" in caplog.text
    assert "a lot" not in caplog.text
    assert quick.tokens["crm"] not in caplog.text


def test_change_event_of_salesforce_makes_an_event(quick: Service) -> None:
    header = {"entityName": "Task", "changeType": "CREATE", "recordIds": ["00T1"], "commitTimestamp": AT}
    message = {"payload": {"ChangeEventHeader": header, "WhatId": "006A", "TaskSubtype": "Call", "OwnerId": "005a"}}
    answer = quick.client.post("/webhooks/salesforce_events", json=message, headers=bearer(quick.tokens["crm"]))

    assert answer.json() == {"leads": 0, "events": 1, "outcomes": 0, "ignored": 0}


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("hubspot_deals", b"{", "application/json", 400),
        ("hubspot_deals", b"3", "application/json", 422),
        ("hubspot_deals", b"[{}, 3]", "application/json", 422),
        ("hubspot_deals", b"[" + b"{}," * 20 + b"{}]", "application/json", 422),
        ("hubspot_deals", b'{"objectId": "\\u0000"}', "application/json", 422),
        ("hubspot_deals", b"{}", "text/xml", 415),
        ("hubspot_deals", b"{" + b" " * 100_000 + b"}", "application/json", 413),
        ("salesforce", b"{}", "application/json", 415),
        ("salesforce", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml", 400),
        ("nowhere", b"{}", "application/json", 404),
    ],
)
def test_hostile_bodies_are_problems(quick: Service, path: str, body: bytes, content_type: str, status: int) -> None:
    headers = bearer(quick.tokens["crm"]) | {"content-type": content_type}
    answer = quick.client.post(f"/webhooks/{path}", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_key_in_the_address_opens_only_where_the_settings_say_so(quick: Service) -> None:
    key = quick.tokens["crm"]

    assert quick.client.post(f"/webhooks/hubspot_deals?key={key}", json=deal()).status_code == 401
    assert quick.client.post(f"/leads?key={key}", json={"fields": {}}).status_code == 401
    assert salesforce(quick, opportunity(), "form").status_code == 403
    assert salesforce(quick, opportunity(), "rep").status_code == 403

"""What is told is stored once, scored, and answered the same however often it is told; in whatever order it comes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from bench.harness.keys import make_tokens
from features.settings.schema import LeadSchema
from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.intake import calls
from serving.intake.calls import Call, Once, carry_out
from serving.intake.commands import StoreEvents
from serving.intake.erasing import Erasure
from serving.runtime.app import create_app
from serving.store import reading
from serving.store.engine import StoreError
from serving.store.erasing import erase_person
from serving.store.records import NewEvent, NewLead
from serving.store.store import Store, open_store
from serving.store.tables import AUDIT, CALLS, EVENTS, LEADS, METADATA, OUTCOMES, SCORES
from serving.store.transaction import Transaction
from tests.serving.conftest import Json, Service

LEAD: Json = {
    "lead_id": "L1",
    "created_at": "2026-10-01T09:00:00+02:00",
    "fields": {
        "budget": "under 5,000",
        "source": "Köln 'fair'; DROP TABLE leads",
        "wants_contact": True,
        "title": "owner",
    },
}
CALL: Json = {
    "lead_id": "L1",
    "kind": "call",
    "occurred_at": "2026-10-02T09:00:00Z",
    "value": 12.5,
    "text": "<b>hi</b>",
}
WON: Json = {"lead_id": "L1", "closed_at": "2026-10-09T09:00:00Z", "won": True, "amount": 100.5}


def count(service: Service, table: sa.Table) -> int:
    with service.store.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_lead_is_stored_as_it_was_sent_and_scored(service: Service) -> None:
    answer = service.tell("/leads", LEAD)

    assert answer["lead_id"] == answer["score"]["lead_id"] == "L1"
    assert answer["created_at"] == "2026-10-01T07:00:00Z"
    assert answer["score"]["as_of"] == answer["recorded_at"]
    assert 0 < answer["score"]["probability"] < 1
    known = service.ask("/leads/L1")
    assert known["fields"] == LEAD["fields"]
    assert known["score"] == answer["score"] == service.ask("/leads/L1/why")


def test_stored_lead_is_scored_as_it_is_without_being_stored(service: Service) -> None:
    told = service.tell("/leads", LEAD)["score"]
    service.tell("/events", CALL)
    after = service.ask("/leads/L1/why")
    # The store says when it heard of the call; sent without that, it would be another call, known since it occurred.
    (stored,) = service.ask("/leads/L1")["events"]
    call = CALL | {"recorded_at": stored["recorded_at"]}

    for score, events in ((told, []), (after, [call])):
        alike = [{name: event[name] for name in event if name != "lead_id"} for event in events]
        now = service.tell("/score", LEAD | {"as_of": score["as_of"], "events": alike}, status=200)
        assert now == score
    assert told["probability"] != after["probability"]


def test_form_hears_that_its_lead_is_stored_and_nothing_else(service: Service) -> None:
    answer = service.tell("/leads", {"fields": {}}, role="form")
    many = service.tell("/leads", {"leads": [{"fields": {}}]}, status=200, role="form")

    assert set(answer) == set(many["leads"][0]) == {"lead_id", "created_at", "recorded_at"}
    assert answer["lead_id"] != many["leads"][0]["lead_id"]
    assert service.ask(f"/leads/{answer['lead_id']}")["score"]["probability"] > 0


@pytest.mark.parametrize("ahead", [-400, -1, 0, 240 / 86_400, 400])
def test_form_sets_no_time_neither_of_its_lead_nor_of_the_store(service: Service, ahead: float) -> None:
    before = datetime.now(UTC)
    told = {"fields": {"budget": "none"}, "created_at": (before + timedelta(days=ahead)).isoformat()}
    answer = service.tell("/leads", told, role="form")
    later = service.tell("/leads", LEAD)

    for record in (answer, later):
        assert before <= datetime.fromisoformat(record["recorded_at"]) < before + timedelta(minutes=2)
    assert answer["created_at"] == answer["recorded_at"]
    assert [one["field"] for one in answer["set_aside"]] == ["fields.created_at"]
    assert service.ask(f"/leads/{answer['lead_id']}")["fields"] == {"budget": "none"}


@pytest.mark.parametrize(("path", "content"), [("/leads", LEAD), ("/events", CALL), ("/outcomes", WON)])
def test_told_twice_is_one_row_and_one_answer(service: Service, path: str, content: Json) -> None:
    service.tell("/leads", LEAD)
    first, again = service.tell(path, content), service.tell(path, content)
    name = path.strip("/")
    many = service.tell(path, {name: [content, content]}, status=200)

    assert first == again
    assert [record["recorded_at"] for record in many[name]] == [first["recorded_at"]] * 2
    assert (count(service, LEADS), count(service, EVENTS), count(service, OUTCOMES)) == (
        1, int(path == "/events"), int(path == "/outcomes"),
    )  # fmt: skip
    assert count(service, SCORES) == 1 + (path == "/events")


def test_another_record_under_the_same_name_is_refused(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell("/events", CALL)

    for path, content in (("/leads", LEAD | {"fields": {}}), ("/events", CALL | {"value": 3})):
        problem = service.tell(path, content, status=409)
        assert problem["type"] == "urn:glengarry:problem:other-record"
        name = path.strip("/")
        (entry,) = service.tell(path, {name: [content]}, status=200)[name]
        assert entry["problem"]["status"] == 409
    service.tell("/events", CALL | {"value": 3, "event_id": "another"})
    assert service.ask("/leads/L1")["fields"] == LEAD["fields"]


def test_outcome_corrected_later_holds(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell("/outcomes", WON)
    service.tell("/outcomes", WON | {"won": False})
    assert service.ask("/leads/L1")["status"] == "lost"

    service.tell("/outcomes", WON | {"outcome_id": "back"})

    known = service.ask("/leads/L1")
    assert known["status"] == "won"
    assert [outcome["won"] for outcome in known["outcomes"]] == [True, False, True]


def test_records_wait_for_their_lead(service: Service) -> None:
    event, outcome = service.tell("/events", CALL), service.tell("/outcomes", WON)
    service.ask("/leads/L1", status=404)

    answer = service.tell("/leads", LEAD)

    assert event["waiting"]
    assert event["score"] is None
    assert outcome["waiting"]
    assert service.tell("/events", CALL) == event  # what was told then
    known = service.ask("/leads/L1")
    assert (len(known["events"]), known["status"]) == (1, "won")
    in_order = service.tell("/leads", LEAD | {"lead_id": "L2"})
    assert answer["score"]["probability"] != in_order["score"]["probability"]


def test_one_bad_record_of_many_does_not_spoil_the_others(service: Service) -> None:
    leads = service.tell("/leads", {"leads": [LEAD, {"fields": 3}, 7, LEAD | {"lead_id": "L2"}]}, status=200)
    events = service.tell(
        "/events",
        {"events": [CALL, CALL | {"kind": "fax"}, CALL | {"lead_id": "L2"}, CALL | {"lead_id": "L9"}]},
        status=200,
    )

    assert [entry.get("index") for entry in leads["leads"]] == [None, 1, 2, None]
    assert leads["leads"][1]["problem"]["errors"][0]["field"] == "fields"
    assert [entry.get("waiting") for entry in events["events"]] == [False, None, False, True]
    assert [score["lead_id"] for score in events["scores"]] == ["L1", "L2"]
    assert count(service, SCORES) == 4


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/leads", {"events": []}, "events"),
        ("/leads", {"created_at": "2999-01-01"}, "created_at"),
        ("/leads", {"lead_id": "x" * 201}, "lead_id"),
        ("/leads", {"fields": None}, "fields"),
        ("/events", {"kind": "fax"}, "kind"),
        ("/events", {"lead_id": None}, "lead_id"),
        ("/events", {"occurred_at": None}, "occurred_at"),
        ("/events", {"occurred_at": "2999-01-01"}, "occurred_at"),
        ("/events", {"recorded_at": "2026-10-02"}, "recorded_at"),
        ("/events", {"kind": "budget", "value": None, "text": "a lot"}, "text"),
        ("/outcomes", {"won": "yes"}, "won"),
        ("/outcomes", {"closed_at": "soon"}, "closed_at"),
        ("/outcomes", {"colour": "red"}, "colour"),
        ("/feedback", {"lead_id": "L1", "agrees": "no"}, "agrees"),
        ("/feedback", {"lead_id": "L1", "agrees": True, "as_of": 3}, "as_of"),
    ],
)
def test_record_that_breaks_a_rule_is_refused_by_name(client: TestClient, path: str, change: Json, field: str) -> None:
    good: Json = {"/leads": LEAD, "/events": CALL, "/outcomes": WON, "/feedback": {}}[path]

    answer = client.post(path, json=good | {"lead_id": "none of this"} | change)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert client.get("/leads/none of this").status_code == 404


@pytest.mark.parametrize(
    ("path", "change", "aside"),
    [
        ("/events", {"value": "many"}, ("event.value", "many")),
        ("/events", {"actor": "boss"}, ("event.actor", "boss")),
        ("/events", {"text": {"deep": 1}}, ("event.text", '{"deep": 1}')),
        ("/events", {"event_id": True}, ("event.event_id", "true")),
        ("/outcomes", {"amount": "much"}, ("outcome.amount", "much")),
        ("/outcomes", {"amount": -0.01}, ("outcome.amount", "-0.01")),
        ("/outcomes", {"amount": 1.7e308}, ("outcome.amount", "1.7e+308")),
        ("/outcomes", {"rep_id": ["Ann"]}, ("outcome.rep_id", '["Ann"]')),
    ],
)
def test_a_bad_member_that_is_not_needed_spoils_itself_alone(
    service: Service, path: str, change: Json, aside: tuple[str, str]
) -> None:
    service.tell("/leads", LEAD)
    good: Json = {"/events": CALL, "/outcomes": WON}[path]

    stored = service.tell(path, good | change)

    ((name, value),) = [(one["name"], one["value"]) for one in service.ask("/leads/L1")["set_aside"]]
    assert [one["field"] for one in stored["set_aside"]] == [f"fields.{name}"]
    assert (name, value) == aside
    sound = service.tell(path, {name: value for name, value in good.items() if name not in change})
    assert "set_aside" not in sound


@pytest.mark.parametrize(("path", "member"), [("/events", "value"), ("/outcomes", "amount")])
def test_a_number_that_no_record_can_hold_is_set_aside_of_what_came_with_it(
    client: TestClient, path: str, member: str
) -> None:
    client.post("/leads", json=LEAD)
    good: Json = {"/events": CALL, "/outcomes": WON}[path] | {member: 5}
    body = json.dumps(good | {member: float("nan")})

    answer = client.post(path, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 201, answer.text
    assert [one["rule"] for one in answer.json()["set_aside"]] == ["must be a number that JSON knows"]


def test_clock_of_a_sender_may_be_a_little_fast(service: Service) -> None:
    ahead = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    service.tell("/leads", LEAD)

    event = service.tell("/events", CALL | {"occurred_at": ahead})

    assert event["recorded_at"] >= event["occurred_at"]
    assert event["score"]["as_of"] == event["recorded_at"]


def test_answer_given_later_changes_the_score(service: Service) -> None:
    service.tell("/leads", LEAD)
    event = service.tell(
        "/events", {"lead_id": "L1", "kind": "budget", "occurred_at": "2026-10-03", "value": "over 50,000"}
    )

    budget = next(
        reason for side in event["score"]["reasons"].values() for reason in side if reason["subject"] == "budget"
    )
    assert budget["value"] == "over 50,000"


def test_idempotency_key_gives_the_same_answer_once(service: Service) -> None:
    first = service.tell("/leads", {"fields": {}}, once="call-1")
    again = service.tell("/leads", {"fields": {}}, once="call-1")
    other_caller = service.tell("/leads", {"fields": {}}, once="call-1", role="crm")

    assert first == again
    assert other_caller["lead_id"] != first["lead_id"]
    for path, content in (("/leads", {"fields": {"budget": "none"}}), ("/outcomes", WON)):
        problem = service.tell(path, content, status=422, once="call-1")
        assert problem["type"] == "urn:glengarry:problem:idempotency-key-reused"
    service.tell("/leads", {"fields": {}}, status=422, once="x" * 201)
    assert (count(service, LEADS), count(service, CALLS)) == (2, 2)


def test_refused_call_may_be_sent_right_under_the_same_key(service: Service) -> None:
    service.tell("/leads", {"fields": 3}, status=422, once="call-1")
    right = service.tell("/leads", {"fields": {}}, once="call-1")

    assert right == service.tell("/leads", {"fields": {}}, once="call-1")
    assert (count(service, LEADS), count(service, CALLS)) == (1, 1)


def test_same_call_at_the_same_time_is_done_once(service: Service) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.tell("/leads", {"fields": {}}, once="call-1"), range(16)))
        natural = list(pool.map(lambda _: service.tell("/leads", LEAD), range(16)))

    assert answers == answers[:1] * 16
    assert natural == natural[:1] * 16
    assert (count(service, LEADS), count(service, SCORES)) == (2, 2)


def test_feedback_is_of_a_score_that_was_given(service: Service) -> None:
    as_of = service.tell("/leads", LEAD)["score"]["as_of"]
    said = {"lead_id": "L1", "agrees": False, "subject": "budget", "comment": "They have more."}

    first, again = (service.tell("/feedback", said, role="rep") for _ in range(2))

    assert first == again
    assert first["as_of"] == as_of
    assert service.tell("/feedback", said | {"as_of": as_of}, role="rep") == first
    service.tell("/feedback", said | {"as_of": "2026-01-01"}, status=404, role="rep")
    service.tell("/feedback", said | {"lead_id": "L2"}, status=404, role="rep")
    (feedback,) = service.ask("/leads/L1")["feedback"]
    assert (feedback["agrees"], feedback["comment"]) == (False, "They have more.")


def test_erased_lead_leaves_nothing_of_the_person_but_what_training_needs(service: Service) -> None:
    service.tell("/leads", LEAD | {"lead_id": "jane@roe.example"}, once="call-1")
    service.tell("/events", CALL | {"lead_id": "jane@roe.example", "text": "call Jane Roe", "event_id": "jane-1"})
    service.tell("/outcomes", WON | {"lead_id": "jane@roe.example", "reason": "Jane liked it"})
    opinion = {"agrees": True, "comment": "Jane said so", "subject": "Jane"}
    service.tell("/feedback", {"lead_id": "jane@roe.example", **opinion}, role="rep")

    service.ask("/leads/jane@roe.example", status=204, method="DELETE")

    with service.store.reading() as connection:
        rows = {name: connection.execute(sa.select(table)).all() for name, table in METADATA.tables.items()}
        (lead,) = connection.execute(sa.select(LEADS)).mappings()
    said = str([[tuple(row) for row in some] for some in rows.values()])  # a row itself cuts long texts
    assert "jane" not in said.lower()
    assert "owner" not in said  # who it is
    assert dict(lead["fields"]) == {"budget": "under 5,000", "source": LEAD["fields"]["source"], "wants_contact": True}
    assert [len(rows[name]) for name in ("leads", "events", "outcomes", "scores", "feedback", "calls")] == [
        1,
        1,
        1,
        2,
        1,
        0,
    ]
    assert {row.lead_id for name in ("leads", "events", "outcomes", "scores") for row in rows[name]} == {
        lead["lead_id"]
    }
    service.ask("/leads/jane@roe.example", status=404)
    service.ask(f"/leads/{lead['lead_id']}", status=404)
    service.tell("/feedback", {"lead_id": lead["lead_id"], **opinion}, role="rep", status=404)
    assert service.ask("/leads")["leads"] == []
    service.ask("/leads/jane@roe.example", status=404, method="DELETE")
    assert [row.action for row in rows["audit"]].count("lead erased") == 1


@pytest.mark.parametrize("named", ["L1", "L2", "L3"])
def test_leads_that_were_merged_are_one_person_and_are_erased_together(service: Service, named: str) -> None:
    for number, lead_id in enumerate(("L1", "L2", "L3", "L4")):
        service.tell("/leads", LEAD | {"lead_id": lead_id}, once=f"call-{number}")
        service.tell("/events", CALL | {"lead_id": lead_id})
    service.tell("/merges", {"lead_id": "L2", "merged_id": "L3"})
    service.tell("/merges", {"lead_id": "L1", "merged_id": "L2"})

    service.ask(f"/leads/{named}", status=204, method="DELETE")

    for lead_id in ("L1", "L2", "L3"):
        service.ask(f"/leads/{lead_id}", status=404)
    assert service.ask("/leads/L4")["lead_id"] == "L4"
    with service.store.reading() as connection:
        rows = {table.name: connection.execute(sa.select(table)).all() for table in METADATA.sorted_tables}
    for name, table_rows in rows.items():
        for row in table_rows:
            assert not {"L1", "L2", "L3"} & set(map(str, row)), name
    assert len(rows["leads"]) == 4
    assert len(rows["removals"]) == 2
    assert len(rows["erasures"]) == 3
    # Training leaves out what was merged, as before.
    assert len({row.lead_id for row in rows["removals"]} & {row.lead_id for row in rows["leads"]}) == 2


def test_nothing_of_an_erased_person_stands_in_any_file_while_the_service_runs(
    champion: Champion, tmp_path: Path
) -> None:
    url, mark = f"sqlite:///{tmp_path / 'store.db'}", "Zqxwv"
    fields = {"budget": f"{mark} budget", "title": f"{mark} title", f"{mark} name": f"{mark} aside"}
    tokens = make_tokens(url)
    with TestClient(create_app(lambda: champion, lambda: open_store(url))) as client:
        service = Service(client, tokens, open_store(url))
        service.tell("/leads", {"lead_id": f"{mark}-1", "fields": fields}, once=f"{mark}-call")
        service.tell("/leads", {"lead_id": f"{mark}-2", "fields": fields})
        service.tell("/events", CALL | {"lead_id": f"{mark}-1", "text": f"{mark} text", "event_id": f"{mark} event"})
        service.tell("/outcomes", WON | {"lead_id": f"{mark}-1", "reason": f"{mark} reason"})
        service.tell("/merges", {"lead_id": f"{mark}-1", "merged_id": f"{mark}-2"})
        assert any(mark.encode() in file.read_bytes() for file in tmp_path.iterdir())

        service.ask(f"/leads/{mark}-1", status=204, method="DELETE")

        for file in tmp_path.iterdir():
            assert mark.encode() not in file.read_bytes(), file.name
        service.store.close()


def test_log_that_a_reader_holds_is_cleared_with_the_next_write(champion: Champion, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    schema, mark = champion.model.schema, b"Zqxwv"
    store.add_leads([NewLead("Zqxwv", {})], 1)
    store.engine.dispose()
    with store.reading() as connection, pytest.MonkeyPatch.context() as patched:
        connection.execute(sa.select(LEADS)).all()
        patched.setattr("serving.store.engine.CLEAR_MILLISECONDS", 0)
        with store.writing(2) as transaction:
            assert erase_person(transaction, schema, "Zqxwv", "erased-1") == ["Zqxwv"]
    assert any(mark in file.read_bytes() for file in tmp_path.iterdir())

    store.add_leads([NewLead("another", {})], 3)

    assert not any(mark in file.read_bytes() for file in tmp_path.iterdir())
    store.close()


def test_answer_that_is_kept_together_with_an_erasure_goes_as_well(service: Service, champion: Champion) -> None:
    service.tell("/leads", LEAD | {"lead_id": "jane@roe.example"})
    event = NewEvent("jane@roe.example", "call", 0)
    together = [
        Call(StoreEvents([event], False, LeadSchema()), Once("k", "call-1", "digest")),
        Call(Erasure(champion.model.schema, event.lead_id, "erased-1", "k")),
    ]

    with service.store.writing(0) as transaction:
        told, erased = carry_out(lambda: champion)(transaction, together)

    assert (told.status, erased.status) == (201, 204)
    with service.store.reading() as connection:
        rows = [connection.execute(sa.select(table)).all() for table in METADATA.tables.values()]
    assert "jane" not in str([[tuple(row) for row in some] for some in rows])


def test_store_that_is_gone_is_said_and_nothing_acknowledged(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, asking = Store.writing, Store.reading

    def gone(*_: object) -> Any:
        raise StoreError("The store must be reachable, got: connection refused")

    service.tell("/leads", LEAD | {"lead_id": "L2"})
    service.tell("/score", {"fields": {}}, status=200)
    monkeypatch.setattr(Store, "writing", gone)
    monkeypatch.setattr(Store, "reading", gone)
    for path, content in (("/leads", LEAD), ("/events", CALL), ("/outcomes", WON)):
        problem = service.tell(path, content, status=503)
        assert problem["type"] == "urn:glengarry:problem:store-gone"
        assert "refused" not in str(problem)
    service.ask("/leads", status=503)
    service.tell("/score", {"fields": {}}, status=200)
    monkeypatch.setattr(Store, "writing", writing)
    monkeypatch.setattr(Store, "reading", asking)

    assert service.tell("/leads", LEAD)["score"]
    assert count(service, LEADS) == 2


def test_lead_is_not_lost_with_a_score_that_fails(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(calls, "score_places", broken)
        answer = service.tell("/leads", LEAD)

    assert answer["score"] is None
    assert service.ask("/leads/L1")["score"] is None
    service.ask("/leads/L1/why", status=404)
    assert service.tell("/events", CALL)["score"]["probability"] > 0


def test_call_that_fails_in_the_middle_leaves_nothing_and_spoils_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Transaction.add_event

    def broken(transaction: Transaction, new: Any) -> Any:
        event = add(transaction, new)
        if new.lead_id == "bad":
            raise RuntimeError("a defect")
        return event

    monkeypatch.setattr(Transaction, "add_event", broken)

    def tell(lead_id: str) -> None:
        service.tell("/events", CALL | {"lead_id": lead_id}, status=500 if lead_id == "bad" else 201)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tell, ["a", "b", "bad", "c", "d", "e"]))
    assert set(service.store.ask(reading.events_of, ["a", "b", "c", "d", "e", "bad"])) == {"a", "b", "c", "d", "e"}


def test_examples_of_the_description_work_one_after_the_other(service: Service, champion: Champion) -> None:
    told = example_told(champion)

    paths = {"lead": "/leads", "event": "/events", "outcome": "/outcomes", "feedback": "/feedback"}
    answers = {name: service.tell(path, told[name]) for name, path in paths.items()}

    assert {answer["lead_id"] for answer in answers.values()} == {told["lead"]["lead_id"]}
    assert not answers["event"]["waiting"]
    assert not answers["outcome"]["waiting"]


def test_audit_of_a_writing_call_is_none(service: Service) -> None:
    before = count(service, AUDIT)
    service.tell("/leads", LEAD)

    assert count(service, AUDIT) == before


def test_field_that_cannot_be_read_is_named_and_costs_the_lead_nothing(service: Service) -> None:
    told = LEAD | {"fields": {"budget": "a lot", "colour": ["red"], "source": "trade show"}}
    answer = service.tell("/leads", told)
    many = service.tell("/leads", {"leads": [told | {"lead_id": "L2"}]}, status=200)

    for stored in (answer, many["leads"][0]):
        assert [one["field"] for one in stored["set_aside"]] == ["fields.budget", "fields.colour"]
        assert stored["score"]["probability"] > 0
    assert service.tell("/leads", told) == answer
    known = service.ask("/leads/L1")
    assert known["fields"] == {"source": "trade show"}
    assert {one["name"]: one["value"] for one in known["set_aside"]} == {"budget": "a lot", "colour": '["red"]'}


def test_an_event_of_an_agent_is_kept_with_its_name_and_version_and_only_of_one(service: Service) -> None:
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    event = {"lead_id": "L1", "kind": "call", "occurred_at": "2026-10-20T10:00:00Z"}
    agent = {"agent_name": "desk", "agent_version": "1.2"}
    service.tell("/events", event | {"actor": "agent"} | agent)
    service.tell("/events", event | {"actor": "agent"} | agent)  # the same again is one row
    other = service.tell("/events", event | {"actor": "agent"} | agent | {"agent_version": "1.3"}, status=409)
    assert other["type"].endswith("other-record")
    aside = service.tell("/events", event | {"actor": "rep", "event_id": "x"} | agent)["set_aside"]
    assert {one["rule"] for one in aside} == {"must come with the actor agent"}
    first, second = service.ask("/leads/L1")["events"]
    assert {name: first[name] for name in agent} == agent
    assert (second["actor"], second["agent_name"], second["agent_version"]) == ("rep", None, None)
    report = service.ask("/reps")
    assert [(row["rep_id"], row["actor"]) for row in report["reps"]] == [("desk 1.2", "agent")]
    (row,) = service.ask("/funnel")["first_touch"]
    assert row["value"] in ("agent", "person")

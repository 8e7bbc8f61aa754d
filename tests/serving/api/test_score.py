"""Scores over HTTP: a batch equals its leads one by one, reasons add up, and no input breaks the service."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from features.simulation import world_schema
from serving.api.openapi import example_lead
from serving.api.score import INLINE_LEADS
from serving.champion.champion import Champion
from serving.schemas.problems import MAX_ERRORS

Json = dict[str, Any]
AS_OF = "2026-09-01T12:00:00Z"
SCHEMA = world_schema()


def post(client: TestClient, content: Any) -> Any:
    answer = client.post("/score", json=content)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: TestClient, content: Any, status: int = 422) -> Any:
    answer = client.post("/score", content=json.dumps(content), headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    return answer.json()


def assert_adds_up(score: Json) -> None:
    reasons = score["reasons"]["for"] + score["reasons"]["against"]
    contributions = sum(reason["contribution"] for reason in reasons)
    points = sum(reason["points"] for reason in reasons)
    assert contributions == pytest.approx(score["margin"] - score["base_value"], abs=1e-9, rel=0)
    assert points == pytest.approx(score["probability"] - score["base_probability"], abs=1e-9, rel=0)


def test_score_says_what_it_is_about(client: TestClient, champion: Champion, lead: Json) -> None:
    score = post(client, lead)

    assert score["lead_id"] == lead["lead_id"]
    assert score["as_of"] == lead["as_of"].replace("+00:00", "Z")
    assert 0 < score["probability"] < 1
    assert score["base_rate"] == champion.model.base_rate
    assert score["model"] == {"name": "close", "version": "7", "trained_until": "2026-10-01T00:00:00Z"}
    assert score["horizon_days"] == champion.model.schema.horizon_days


@pytest.mark.parametrize(
    ("up_to", "decides", "asks"), [("reasons", False, False), ("decision", True, False), ("questions", True, True)]
)
def test_a_score_goes_as_far_as_it_is_asked_to(
    client: TestClient, lead: Json, up_to: str, decides: bool, asks: bool
) -> None:
    lead["fields"].pop("budget")
    whole, told = post(client, lead), client.post("/score", params={"up_to": up_to}, json=lead).json()

    assert whole["decision"]
    assert whole["ask_next"]
    assert told == whole | ({} if decides else {"decision": None}) | ({} if asks else {"ask_next": []})


@pytest.mark.parametrize("parameters", [{"up_to": "the end"}, {"upto": "reasons"}])
def test_what_a_score_cannot_be_asked_for_is_refused_by_name(client: TestClient, lead: Json, parameters: Json) -> None:
    answer = client.post("/score", params=parameters, json=lead)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in parameters


def test_reasons_are_sorted_by_side_and_strength_and_add_up(client: TestClient, lead: Json) -> None:
    score = post(client, lead)

    assert_adds_up(score)
    for side, sign in (("for", 1), ("against", -1)):
        strengths = [sign * reason["contribution"] for reason in score["reasons"][side]]
        assert strengths
        assert strengths == sorted(strengths, reverse=True)
        assert strengths[-1] > 0


def test_questions_not_answered_are_named_with_how_to_ask_them(
    client: TestClient, champion: Champion, lead: Json
) -> None:
    del lead["fields"]["budget"]
    lead["fields"]["timeline"] = None

    unknown = {question["field"]: question for question in post(client, lead)["unknown"]}

    assert list(unknown) == ["budget", "timeline"]
    assert unknown["budget"]["ask"] == champion.model.schema.fields["budget"].ask


def test_answer_that_came_as_an_event_counts(client: TestClient, lead: Json) -> None:
    value = lead["fields"].pop("budget")
    as_field = post(client, lead | {"fields": lead["fields"] | {"budget": value}})
    event = {"kind": "budget", "occurred_at": lead["created_at"], "value": value}

    assert [question["field"] for question in post(client, lead)["unknown"]] == ["budget"]
    assert post(client, lead | {"events": [*lead["events"], event]})["unknown"] == as_field["unknown"] == []


def test_event_recorded_later_is_refused_not_left_out(client: TestClient, lead: Json) -> None:
    lead["events"].append({"kind": "call", "occurred_at": lead["created_at"], "recorded_at": "2026-10-02T00:00:00Z"})

    problem = refused(client, lead)

    assert problem["type"] == "urn:glengarry:problem:invalid-lead"
    assert problem["errors"][0]["field"] == f"events[{len(lead['events']) - 1}]"
    assert problem["errors"][0]["rule"].startswith("must be recorded by as_of")


def test_times_without_a_zone_take_that_of_the_settings(client: TestClient, lead: Json) -> None:
    score = post(client, lead | {"as_of": "2026-10-01T12:00:00"})

    assert score["as_of"] == "2026-10-01T10:00:00Z"  # summer time in Berlin


def test_lead_without_a_moment_is_scored_now(client: TestClient) -> None:
    first, second = (post(client, {"fields": {}})["as_of"] for _ in range(2))

    assert first < second


leads = st.fixed_dictionaries(
    {
        "fields": st.fixed_dictionaries(
            {},
            optional={
                "source": st.sampled_from(["referral", "webinar", "never seen"]),
                "budget": st.sampled_from(SCHEMA.fields["budget"].values),
                "cost_of_not_solving": st.floats(0, 1e9),
                "wants_contact": st.booleans(),
            },
        ),
        "events": st.lists(
            st.fixed_dictionaries(
                {
                    "kind": st.sampled_from(list(SCHEMA.kinds)),
                    "occurred_at": st.dates(date(2025, 1, 1), date(2025, 12, 31)).map(lambda day: f"{day}T10:00:00Z"),
                }
            ),
            max_size=5,
        ),
        "as_of": st.just(AS_OF),
        "created_at": st.sampled_from(["2025-01-01", "2026-08-31T23:00:00+02:00"]),
    }
)


@given(batch=st.lists(leads, min_size=1, max_size=5), bad_at=st.integers(0, 5))
def test_batch_equals_its_leads_one_by_one_and_a_bad_one_spoils_none(
    client: TestClient, batch: list[Json], bad_at: int
) -> None:
    alone = [post(client, lead) for lead in batch]
    mixed = [*batch[:bad_at], {"lead_id": "bad", "fields": {"budget": "a lot"}}, *batch[bad_at:]]

    together = post(client, {"leads": mixed})["scores"]

    position = min(bad_at, len(batch))
    bad = together.pop(position)
    assert together == alone
    assert (bad["index"], bad["lead_id"], bad["problem"]["status"]) == (position, "bad", 422)
    for score in together:
        assert_adds_up(score)


def test_no_leads_give_no_scores(client: TestClient) -> None:
    assert post(client, {"leads": []}) == {"scores": []}


def test_only_bad_leads_give_only_problems(client: TestClient) -> None:
    scores = post(client, {"leads": [3, {"lead_id": 4, "colour": "red"}, None]})["scores"]

    assert [(score["index"], score["lead_id"]) for score in scores] == [(0, None), (1, "4"), (2, None)]


@pytest.mark.parametrize(("leads", "threads"), [(1, 0), (INLINE_LEADS, 0), (INLINE_LEADS + 1, 1)])
def test_many_leads_do_not_hold_up_others(
    client: TestClient, lead: Json, monkeypatch: pytest.MonkeyPatch, leads: int, threads: int
) -> None:
    asked = []

    async def watched(*arguments: Any) -> Any:
        asked.append(arguments)
        return await run_in_threadpool(*arguments)

    monkeypatch.setattr("serving.api.score.run_in_threadpool", watched)
    body = json.dumps({"leads": [lead] * leads}).encode().ljust(50_000)  # its length does not matter

    answer = client.post("/score", content=body, headers={"content-type": "application/json"})

    assert answer.json()["scores"] == [post(client, lead)] * leads
    assert len(asked) == threads


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        ({"leads": {}}, "leads", "must be a list of leads"),
        ({"leads": [], "as_of": AS_OF}, "as_of", "must not stand beside 'leads'"),
        ({"leads": [{}] * 21}, "leads", "must have at most 20 entries"),
        ([], "lead", "must be an object"),
        (None, "lead", "must be an object"),
        ("budget", "lead", "must be an object"),
        ({"field": {}}, "field", "must be one of account_leads, as_of, created_at, events, fields, lead_id"),
        ({"fields": []}, "fields", "must be an object"),
        ({"fields": {"shoe_size": 43}}, "fields.shoe_size", "must be one of"),
        ({"fields": {"budget": "a lot"}}, "fields.budget", "must be one of 'none', 'under 5,000'"),
        ({"fields": {"budget": {"amount": 3}}}, "fields.budget", "must be text"),
        ({"fields": {"cost_of_not_solving": "much"}}, "fields.cost_of_not_solving", "must be a number"),
        ({"fields": {"cost_of_not_solving": -1}}, "fields.cost_of_not_solving", "must be >= 0"),
        ({"fields": {"wants_contact": "perhaps"}}, "fields.wants_contact", "must be true or false"),
        ({"fields": {"needed_by": "soon"}}, "fields.needed_by", "must be an ISO 8601 time"),
        ({"fields": {"source": ["a"]}}, "fields.source", "must be text"),
        ({"lead_id": ""}, "lead_id", "must be a text of 1 to 200 characters"),
        ({"lead_id": True}, "lead_id", "must be a text of 1 to 200 characters"),
        ({"as_of": 20260101}, "as_of", "must be an ISO 8601 time"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, "as_of", "must lie between the years 1 and 9999"),
        ({"as_of": AS_OF, "created_at": "2026-09-02"}, "created_at", "must not be after as_of"),
        ({"events": {"kind": "call"}}, "events", "must be a list of events"),
        ({"events": [1]}, "events[0]", "must be an object"),
        ({"events": [{"kind": "call"}]}, "events[0].occurred_at", "must be given"),
        ({"events": [{"kind": "fax", "occurred_at": AS_OF}]}, "events[0].kind", "must be one of visit"),
        (
            {"events": [{"kind": "call", "occurred_at": AS_OF, "actor": "boss"}]},
            "events[0].actor",
            "must be one of lead, rep",
        ),
        (
            {"events": [{"kind": "call", "occurred_at": AS_OF, "value": "three"}]},
            "events[0].value",
            "must be a number",
        ),
        ({"events": [{"kind": "budget", "occurred_at": AS_OF, "value": "x"}]}, "events[0].value", "must be one of"),
        ({"events": [{"kind": "call", "occurred_at": AS_OF, "who": "me"}]}, "events[0].who", "must be one of actor"),
        ({"events": [{"kind": "call", "occurred_at": "9999-12-31"}]}, "events[0]", "must be recorded by as_of"),
    ],
)
def test_problem_names_field_and_rule(client: TestClient, content: Any, field: str, rule: str) -> None:
    problem = refused(client, content)

    assert field in [error["field"] for error in problem["errors"]]
    error = next(error for error in problem["errors"] if error["field"] == field)
    assert error["rule"].startswith(rule)
    assert error["value"]
    assert error["remedy"]
    assert problem["detail"]


def test_every_broken_rule_is_named_up_to_a_limit(client: TestClient) -> None:
    problem = refused(client, {"fields": {f"unknown_{number}": 1 for number in range(MAX_ERRORS + 10)}})

    assert len(problem["errors"]) == MAX_ERRORS
    assert problem["detail"].endswith(f"(and {MAX_ERRORS + 9} more)")


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(
        ["\ud800", "\0", "<script>", "'; DROP TABLE leads; --", "0001-01-01", "9999-12-31T23:59:59-12:00"]
    )
    | st.sampled_from([1e308, -0.0, 5e-324, 10**19, float("nan"), float("-inf")])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)


def perhaps(names: list[str], other: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Objects that have some of the names that are known, with any values."""
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=3), other, max_size=8) | anything


events = perhaps(
    ["kind", "occurred_at", "recorded_at", "value", "text", "actor"],
    anything | st.sampled_from([*SCHEMA.event_codes, AS_OF, "2026-08-01", "lead"]),
)
hostile_leads = st.fixed_dictionaries(
    {"fields": perhaps(list(SCHEMA.fields), anything)},
    optional={
        "lead_id": anything,
        "as_of": scalars | st.datetimes().map(str),
        "created_at": scalars | st.datetimes().map(str),
        "events": st.lists(events, max_size=4) | anything,
    },
)


@given(anything | hostile_leads | st.fixed_dictionaries({"leads": st.lists(hostile_leads | anything, max_size=4)}))
def test_no_json_breaks_the_service(client: TestClient, content: Any) -> None:
    answer = client.post("/score", content=json.dumps(content).encode(), headers={"content-type": "application/json"})

    assert answer.status_code in (200, 400, 422)
    for score in answer.json().get("scores", [answer.json()]):
        if "probability" in score:
            assert_adds_up(score)


@given(body=st.binary(max_size=60), where=st.integers(0))
def test_no_bytes_break_the_service(client: TestClient, champion: Champion, body: bytes, where: int) -> None:
    lead = json.dumps(example_lead(champion)).encode()
    cut = where % len(lead)
    answer = client.post("/score", content=lead[:cut] + body + lead[cut:], headers={"content-type": "application/json"})

    assert answer.status_code in (200, 400, 422)

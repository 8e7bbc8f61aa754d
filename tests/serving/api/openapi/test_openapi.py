"""The description holds for what the service takes and gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from starlette.testclient import TestClient

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.api.openapi import describe
from serving.api.openapi.shapes import event_schema, example_value, field_schema, fields_schema
from serving.champion.champion import Champion
from serving.runtime.app import ROUTES

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(client: TestClient) -> Json:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    document: Json = answer.json()
    return document


def validator(document: Json, name: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resource(
        "urn:api", Resource.from_contents(document | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    )
    return Draft202012Validator(
        {"$ref": f"urn:api#/components/schemas/{name}"}, registry=registry, format_checker=FormatChecker()
    )


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_route_is_described(document: Json) -> None:
    described = {(path, method.upper()) for path, operations in document["paths"].items() for method in operations}

    assert document["openapi"] == "3.1.0"
    assert described == {
        (route.path_format, method) for route in ROUTES for method in (route.methods or set()) - {"HEAD"}
    }


def test_lead_is_described_as_it_is_read(document: Json, client: TestClient) -> None:
    described = document["components"]["schemas"]["Lead"]

    assert described["required"] == ["fields"]
    assert not validator(document, "Lead").is_valid({})
    assert client.post("/score", json={}).status_code == 422
    assert described["properties"]["created_at"]["description"].endswith("its first event, or else `as_of`.")


def test_every_operation_has_what_openapi_asks_for(document: Json) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert all(re.fullmatch(r"[1-5]\d\d", status) for status in operation["responses"])
        assert all(response["description"] for response in operation["responses"].values())


def test_schemas_are_json_schemas_and_references_lead_somewhere(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)

    assert {name.removeprefix("#/components/schemas/") for name in references(document)} == set(schemas)


def test_examples_succeed_as_they_are(client: TestClient, document: Json) -> None:
    examples = document["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]["examples"]

    one = client.post("/score", json=examples["one"]["value"])
    many = client.post("/score", json=examples["many"]["value"])

    validator(document, "Lead").validate(examples["one"]["value"])
    validator(document, "Leads").validate(examples["many"]["value"])
    assert (one.status_code, many.status_code) == (200, 200)
    validator(document, "Score").validate(one.json())
    validator(document, "Scores").validate(many.json())
    assert [score["lead_id"] for score in many.json()["scores"]] == ["L-1001", None]


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_example_of_a_form_succeeds_as_it_is(client: TestClient, document: Json, media_type: str) -> None:
    content = document["paths"]["/leads"]["post"]["requestBody"]["content"][media_type]
    example = content["examples"]["one"]["value"]
    parts = [(name, (None, text)) for name, text in example.items()]

    answer = client.post("/leads", **({"files": parts} if "multipart" in media_type else {"data": example}))

    assert content["schema"]["$ref"].endswith("/FormLead")
    assert set(example) <= set(document["components"]["schemas"]["FormLead"]["properties"])
    assert answer.status_code == 201
    validator(document, "LeadReceipt").validate(answer.json())


def test_answers_with_problems_are_as_described(client: TestClient, document: Json) -> None:
    many = client.post("/score", json={"leads": [{"lead_id": "x", "fields": {"budget": 3}}, {"fields": {}}]})

    validator(document, "Scores").validate(many.json())
    for answer in (client.post("/score", json=3), client.post("/score"), client.get("/score"), client.get("/nowhere")):
        assert answer.headers["content-type"] == "application/problem+json"
        validator(document, "Problem").validate(answer.json())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fields.budget", "a lot"),
        ("fields.cost_of_not_solving", -1),
        ("fields.wants_contact", "perhaps"),
        ("fields.shoe_size", 43),
        ("lead_id", ""),
        ("created_at", 3),
        ("events.0.kind", "fax"),
        ("events.0.actor", "boss"),
        ("events.0.who", "me"),
        ("events.0.value", "three"),
        ("colour", "red"),
    ],
)
def test_description_and_service_refuse_the_same(
    client: TestClient, document: Json, lead: Json, path: str, value: Any
) -> None:
    target: Any = lead
    *way, last = path.split(".")
    for part in way:
        target = target[int(part) if part.isdigit() else part]
    assert validator(document, "Lead").is_valid(lead)
    target[last] = value

    assert not validator(document, "Lead").is_valid(lead)
    assert client.post("/score", json=lead).status_code == 422


def test_fields_are_described_as_they_are_asked(champion: Champion, document: Json) -> None:
    described = document["components"]["schemas"]["Fields"]["properties"]
    schema = champion.model.schema

    assert list(described) == list(schema.fields)
    assert all(field.ask in described[name]["description"] for name, field in schema.answers.items())
    assert described["budget"]["enum"] == [*schema.fields["budget"].values, None]
    assert all(described[name]["deprecated"] for name in schema.by_role("late"))


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (LeadField(role="answer", obstacle="need", values=("a", "b"), others=True), ["a", "c", None], [3, True]),
        (LeadField(role="channel"), ["a", None], [3]),
        (LeadField(role="answer", obstacle="need", type="number", maximum=3), [3, -1e9, None], [4, "3"]),
        (LeadField(role="answer", obstacle="need", type="number", minimum=5, maximum=9), [5, 9], [4, 10]),
        (LeadField(role="answer", obstacle="need", type="flag"), [True, None], ["yes", 1]),
        (LeadField(role="answer", obstacle="need", type="text"), ["some words", None], [3]),
        (LeadField(role="answer", obstacle="need", type="date"), ["2026-01-01", "2026-01-01T10:00:00Z", None], [3]),
    ],
)
def test_type_of_a_field_says_what_it_takes(field: LeadField, good: list[Any], bad: list[Any]) -> None:
    described = Draft202012Validator(field_schema(field))

    assert described.is_valid(example_value(field))
    assert all(described.is_valid(value) for value in good)
    assert not any(described.is_valid(value) for value in bad)


def test_schema_without_kinds_has_answers_as_events() -> None:
    schema = LeadSchema(fields={"budget": LeadField(role="answer", obstacle="money", values=("none", "some"))})
    events = Draft202012Validator(event_schema(schema))

    assert events.is_valid({"kind": "budget", "occurred_at": "2026-01-01T00:00:00Z", "value": "some"})
    assert not events.is_valid({"kind": "call", "occurred_at": "2026-01-01T00:00:00Z"})
    assert fields_schema(schema)["additionalProperties"] is False


def test_description_says_the_limits(champion: Champion) -> None:
    text = describe(champion)["paths"]["/score"]["post"]["description"]

    assert "20 leads and 100,000 bytes" in text
    assert "Europe/Berlin" in text

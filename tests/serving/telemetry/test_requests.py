"""Every request has an id and a line in the log, and neither logs nor errors have secrets."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.store.keys import Role, Secret
from serving.telemetry.logs import JsonFormatter

Json = dict[str, Any]


def lines(caplog: pytest.LogCaptureFixture) -> list[Json]:
    return [json.loads(JsonFormatter().format(record)) for record in caplog.records]


@pytest.fixture(autouse=True)
def everything_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_line_tells_of_a_request(
    client: TestClient, tokens: dict[Role, Secret], lead: Json, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/score?note=private", json=lead, headers={"x-request-id": "crm-17"})

    (said,) = (line for line in lines(caplog) if line["logger"] == "glengarry.access")
    assert said["ms"] > 0
    said = {name: said[name] for name in ("request_id", "method", "route", "status", "key", "role")}
    key = tokens["admin"].split("_")[1]
    assert said == {
        "request_id": "crm-17", "method": "POST", "route": "/score", "status": 422, "key": key, "role": "admin"
    }  # fmt: skip


def test_route_is_named_by_its_template(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/leads/ann@example.com/why")
    client.get("/nowhere/ann@example.com")
    client.request("GUESS", "/leads")

    said = [line for line in lines(caplog) if line["logger"] == "glengarry.access"]
    assert [(line["method"], line["route"], line["status"]) for line in said] == [
        ("GET", "/leads/{lead_id}/why", 404),
        ("unmatched", "unmatched", 404),
        ("unmatched", "unmatched", 405),
    ]
    assert "ann" not in json.dumps([line for line in lines(caplog) if line["logger"].startswith("glengarry")])


@pytest.mark.parametrize("sent", [None, "", "two words", "a" * 129, "new\x0bline", "ключ".encode()])
def test_id_is_made_where_none_is_sent_that_can_be_used(client: TestClient, sent: Any) -> None:
    headers: Any = {} if sent is None else {"x-request-id": sent}
    first, second = client.get("/", headers=headers), client.get("/", headers=headers)

    assert len(first.headers["x-request-id"]) == 16
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_problem_names_its_request(client: TestClient) -> None:
    refused = client.post("/score", json={}, headers={"x-request-id": "crm-18"})
    many = client.post("/score", json={"leads": [{}]}, headers={"x-request-id": "crm-19"})

    assert (refused.json()["request_id"], refused.headers["x-request-id"]) == ("crm-18", "crm-18")
    assert many.json()["scores"][0]["problem"]["request_id"] is None


def test_no_secret_reaches_logs_or_errors(
    client: TestClient, tokens: dict[Role, Secret], lead: Json, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tokens["form"].split("_", 2)[2]
    answers = [
        client.post("/score", json=lead, headers={"authorization": f"Bearer {tokens['form']}"}),
        client.get(f"/leads?key={tokens['form']}"),
        client.get(f"/{tokens['form']}"),
        client.get("/", headers={"authorization": f"Bearer {tokens['form']}x"}),
        client.post("/leads", content=tokens["form"], headers={"content-type": "application/json"}),
    ]

    assert [answer.status_code for answer in answers[2:]] == [404, 401, 400]
    ours = [line for line in lines(caplog) if not line["logger"].startswith(("httpx", "httpcore"))]  # the client's own
    assert len(ours) >= len(answers)
    assert secret not in json.dumps(ours)
    assert secret not in "".join(answer.text for answer in answers)

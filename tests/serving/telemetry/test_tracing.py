"""Traces: a span a request and a stage, in the trace of the caller; off, there is nothing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.keys import Role, Secret
from serving.store.store import open_store
from serving.telemetry import tracing

Json = dict[str, Any]

TRACE, CALLER = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7
PARENT = {"traceparent": f"00-{TRACE:032x}-{CALLER:016x}-01"}


@pytest.fixture
def spans(
    champion: Champion, store_url: str, tokens: dict[Role, Secret], lead: Json, monkeypatch: pytest.MonkeyPatch
) -> list[ReadableSpan]:
    """The spans of a score, a lead that is kept, and a call that is refused."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "find_exporter", lambda endpoint: {"http://collector/v1/traces": exporter}[endpoint])
    limits = champion.limits.model_copy(update={"traces": "http://collector/v1/traces"})
    traced = replace(champion, deployment=champion.deployment.model_copy(update={"service": limits}))
    with TestClient(
        create_app(lambda: traced, lambda: open_store(store_url)), headers=bearer(tokens["admin"])
    ) as client:
        assert client.post("/score", json=lead, headers=PARENT).status_code == 200
        assert client.post("/leads", json={"fields": {}, "lead_id": "traced@example.com"}).status_code == 201
        assert client.post("/score?up_to=reasons", json={"fields": {"budget": "private"}}).status_code == 422
    return list(exporter.get_finished_spans())


def test_stages_stand_in_the_span_of_their_request(spans: list[ReadableSpan]) -> None:
    roots = [span for span in spans if span.kind.name == "SERVER"]
    within: dict[str, list[str]] = {}
    for root in roots:
        trace = root.context.trace_id
        inner = [span for span in spans if span.context.trace_id == trace and span is not root]
        within.setdefault(root.name, []).append(" ".join(sorted(span.name for span in inner)))

    assert within == {"POST /score": ["read score", "read score"], "POST /leads": ["read score write"]}


def test_trace_of_the_caller_goes_on(spans: list[ReadableSpan]) -> None:
    first = next(span for span in spans if span.name == "POST /score")

    assert first.parent is not None
    assert (first.context.trace_id, first.parent.span_id) == (TRACE, CALLER)
    assert dict(first.attributes or {}) == {
        "http.request.method": "POST", "http.route": "/score", "http.response.status_code": 200
    }  # fmt: skip


def test_spans_hold_nothing_of_what_was_sent(spans: list[ReadableSpan]) -> None:
    told = "".join(span.to_json() for span in spans)

    assert "private" not in told
    assert "example.com" not in told


def test_off_there_are_no_spans_and_without_the_exporter_it_says_what_to_install(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Any = client.app
    assert app.state.services.telemetry.tracer is None
    assert tracing.find_provider("") is None

    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(tracing.TracingError, match=r"install `glengarry\[traces\]`"):
        tracing.find_provider("http://127.0.0.1:4318/v1/traces")

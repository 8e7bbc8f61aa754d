"""Calls of the service: its words where it refuses, and an event that names the agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from serving.agents.service_calls import AgentName, RefusedCallError, ServiceCalls
from serving.agents.tools import TOOLS

DESK = AgentName("desk", "1.2")


def call(answer: Callable[[httpx2.Request], httpx2.Response], name: str, **arguments: Any) -> Any:
    async def run() -> Any:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://service") as client:
            return await ServiceCalls(client).call(TOOLS[name], arguments, "gly_key", DESK)

    return asyncio.run(run())


def test_a_call_has_the_key_and_its_arguments_and_no_other() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"leads": []})

    assert call(answer, "queue", route="rep", limit=5) == {"leads": []}
    (request,) = seen
    assert (request.method, request.url.path, request.headers["authorization"]) == ("GET", "/queue", "Bearer gly_key")
    assert dict(request.url.params) == {"route": "rep", "limit": "5"}


def test_what_is_logged_is_the_agents_whatever_it_says() -> None:
    sent: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content))
        return httpx2.Response(201, json={})

    call(answer, "log", lead_id="L1", kind="call")
    assert {name: sent[0][name] for name in ("actor", "agent_name", "agent_version", "kind")} == {
        "actor": "agent",
        "agent_name": "desk",
        "agent_version": "1.2",
        "kind": "call",
    }
    assert sent[0]["occurred_at"].endswith("+00:00")


@pytest.mark.parametrize("lie", ["actor", "rep_id", "value", "recorded_at", "x" * 1_000])
def test_who_acted_is_not_for_an_agent_to_say(lie: str) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request)

    with pytest.raises(RefusedCallError, match="What an agent logs must be one of lead_id, kind, text"):
        call(answer, "log", lead_id="L1", kind="call", **{lie: "R1"})


@pytest.mark.parametrize("lead_id", [".", "..", "..."])
def test_an_id_of_dots_leads_to_no_other_route(lead_id: str) -> None:
    seen: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.raw_path)
        return httpx2.Response(200, json={})

    call(answer, "lead", lead_id=lead_id)
    assert seen == [b"/leads/" + b"%2E" * len(lead_id)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [('{"detail": "budget must be known"}', "budget must be known"), ("<html>", "got status 422")],
)
def test_a_refusal_is_told_in_its_own_words(content: str, sentence: str) -> None:
    with pytest.raises(RefusedCallError, match=sentence) as refused:
        call(lambda _: httpx2.Response(422, text=content), "lead", lead_id="L1")
    assert refused.value.status == 422

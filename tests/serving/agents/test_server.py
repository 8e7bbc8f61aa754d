"""Tools for agents, tried with the package's own client over both transports: the service's sentences, by the rights of the key."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import uvicorn
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import METHOD_NOT_FOUND, CallToolResult, Implementation

from bench.harness.keys import bearer, make_tokens
from bench.harness.processes import SECONDS, environment, free_port
from features.records.clock import to_microseconds
from serving.agents.server import http_app, run_http
from serving.agents.service_calls import ServiceCalls, client_of
from serving.agents.tools import TOOLS
from serving.champion.champion import Champion
from serving.settings.settings import KEY_VARIABLE
from serving.store.keys import Role, Secret, create_key
from serving.store.store import Store, open_store
from tests.serving.browser import served

WHO = Implementation(name="desk", version="1.2")
LEAD = "a/b c"


@dataclass
class Desk:
    """A running service with three leads, the same tools over HTTP and over stdio, and keys."""

    service: str
    tools: str
    keys: dict[str, Secret]
    store: Store
    home: Path

    def ask(self, path: str, key: str = "admin") -> Any:
        answer = httpx.get(f"{self.service}{path}", headers=bearer(self.keys[key]))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def run(self, transport: str, key: str, act: Callable[[Client], Awaitable[Any]]) -> Any:
        async def connected() -> Any:
            async with self.client(transport, key) as client:
                return await act(client)

        return asyncio.run(connected())

    def call(self, name: str, key: str = "admin", transport: str = "http", **arguments: Any) -> CallToolResult:
        told = self.run(transport, key, lambda client: client.call_tool(name, arguments))
        assert isinstance(told, CallToolResult)
        return told

    @asynccontextmanager
    async def client(self, transport: str, key: str) -> AsyncIterator[Client]:
        async with AsyncExitStack() as stack:
            server: Any
            if transport == "http":
                sender = await stack.enter_async_context(
                    httpx2.AsyncClient(headers=bearer(self.keys[key]), timeout=SECONDS)
                )
                server = streamable_http_client(self.tools, http_client=sender)
            else:
                server = StdioServerParameters(
                    command=sys.executable,
                    args=["-m", "serving.cli", "mcp", "--url", self.service],
                    env=environment(self.home) | {KEY_VARIABLE: str(self.keys[key])},
                    cwd=self.home,
                )
            yield await stack.enter_async_context(Client(server, client_info=WHO, read_timeout_seconds=SECONDS))


@pytest.fixture(scope="module")
def desk(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("agents")
    url = f"sqlite:///{folder / 'store.db'}"
    tokens: dict[Role, Secret] = make_tokens(url)
    store = open_store(url)
    seven = create_key(store, "seven", "rep", to_microseconds(datetime.now(UTC)), "R07")
    with served(champion, url) as service:
        leads = [
            {"lead_id": LEAD, "fields": {"budget": "none"}},
            {"lead_id": "L1", "fields": {}},
            {"lead_id": "L2", "fields": {}},
        ]
        told = {
            "leads": {"leads": leads},
            "events": {"lead_id": "L1", "kind": "call", "occurred_at": "2026-10-20T10:00:00Z", "rep_id": "R07"},
        }
        for path, content in told.items():
            httpx.post(f"{service}/{path}", json=content, headers=bearer(tokens["admin"])).raise_for_status()
        with tools_of(service) as tools:
            yield Desk(service, tools, {**tokens, "seven": seven}, store, folder)  # type: ignore[dict-item]
    store.close()


@contextmanager
def tools_of(service: str) -> Iterator[str]:
    """The tools over HTTP, on a port of their own."""
    port = free_port()
    servers: list[uvicorn.Server] = []
    thread = threading.Thread(
        target=lambda: asyncio.run(run_http(service, "127.0.0.1", port, begin=servers.append)), daemon=True
    )
    thread.start()
    end = time.monotonic() + SECONDS
    while not servers or not servers[0].started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/mcp"
    servers[0].should_exit = True
    thread.join(SECONDS)


def sentences(score: Any) -> list[str]:
    return [one["sentence"] for side in ("for", "against") for one in score["reasons"][side]]


def text_of(told: CallToolResult) -> str:
    (content,) = told.content
    assert content.type == "text"
    return content.text


@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_an_agent_asks_why_and_gets_the_services_own_sentences(desk: Desk, transport: str) -> None:
    async def act(client: Client) -> Any:
        tools = (await client.list_tools()).tools
        why = await client.call_tool("why", {"lead_id": LEAD})
        missing = await client.call_tool("why", {"lead_id": "nobody"})
        return tools, why, missing

    tools, why, missing = desk.run(transport, "rep", act)

    assert {tool.name for tool in tools} == {*TOOLS}
    of_api = desk.ask("/leads/a%2Fb%20c/why")
    assert why.structured_content == of_api
    assert json.loads(text_of(why)) == of_api
    assert len(sentences(of_api)) > 3
    assert missing.is_error
    problem = httpx.get(f"{desk.service}/leads/nobody/why", headers=bearer(desk.keys["rep"])).json()
    assert text_of(missing) == problem["detail"]


def test_the_sentences_are_those_of_the_page(desk: Desk) -> None:
    told = desk.call("why", lead_id=LEAD).structured_content
    with httpx.Client(base_url=desk.service) as browser:
        browser.post("/pages/login", data={"key": desk.keys["rep"]})
        page = browser.get("/pages/leads/a%2Fb%20c").text
    strongest = [one["sentence"] for one in told["reasons"]["against"][:2]]
    assert strongest
    assert all(sentence in page for sentence in strongest)


def test_every_tool_is_described_by_the_services_own_description_and_reads_but_one(desk: Desk) -> None:
    async def act(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in desk.run("http", "rep", act)}
    for tool in tools.values():
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint == (tool.name != "log")
        assert tool.annotations.destructive_hint is False
        assert tool.description
    assert tools["what_if"].input_schema["required"] == ["lead_id"]
    assert "budget" in tools["what_if"].input_schema["properties"]
    assert tools["queue"].input_schema["properties"]["whose"]["enum"] == ["mine", "team", "unowned", "everyone"]
    assert {"call", "budget"} <= {*tools["log"].input_schema["properties"]["kind"]["enum"]}


def test_every_reading_tool_answers_as_its_route_does(desk: Desk) -> None:
    for tool in TOOLS.values():
        if tool.method == "GET":
            arguments: dict[str, Any] = {"lead_id": LEAD} if "{lead_id}" in tool.path else {}
            arguments |= {"budget": "over 50,000"} if tool.name == "what_if" else {}
            told = desk.call(tool.name, **arguments)
            if tool.name == "plan" and told.is_error:  # the record of a small company may hold too few wins
                assert "wins" in text_of(told)
                continue
            assert not told.is_error, text_of(told)
            if tool.name not in ("what_if", "ask_next"):  # the moment of the one is now, of the other a part is told
                assert told.structured_content == desk.ask(tool.address(arguments))
    asked = desk.call("ask_next", lead_id=LEAD).structured_content
    assert asked["ask_next"] == desk.ask("/leads/a%2Fb%20c/why")["ask_next"]
    assert "reasons" not in asked


def test_the_key_of_a_rep_sees_its_own_and_is_refused_what_the_service_refuses_it(desk: Desk) -> None:
    own = desk.call("queue", "seven").structured_content
    assert [lead["lead_id"] for lead in own["leads"]] == ["L1"]
    everyone = desk.call("queue", "seven", whose="everyone").structured_content
    assert {lead["lead_id"] for lead in everyone["leads"]} == {LEAD, "L1", "L2"}
    assert desk.call("reps", "seven").structured_content == desk.ask("/reps", "seven")
    for tool, arguments in (("plan", {}), ("log", {"lead_id": "L1", "kind": "call"})):
        refused = desk.call(tool, "seven", **arguments)
        assert refused.is_error
        assert "must be of role" in text_of(refused)
        assert "got rep" in text_of(refused)


def test_what_breaks_a_rule_comes_back_in_the_services_words(desk: Desk) -> None:
    refused = desk.call("queue", route="moon")
    assert refused.is_error
    assert "'route' must be one of decline" in text_of(refused)
    refused = desk.call("what_if", lead_id=LEAD, budget="a fortune")
    assert "'budget' must be" in text_of(refused)
    refused = desk.call("why")
    assert "'lead_id' must be given" in text_of(refused)
    refused = desk.call("dance")
    assert "A tool must be one of queue, lead" in text_of(refused)


def test_what_an_agent_logs_is_kept_under_its_name_and_version(desk: Desk) -> None:
    told = desk.call("log", "admin", "stdio", lead_id="L2", kind="call", text="asked for a date", event_id="c1")
    assert not told.is_error, text_of(told)
    (event,) = desk.ask("/leads/L2")["events"]
    assert (event["actor"], event["agent_name"], event["agent_version"]) == ("agent", "desk", "1.2")
    assert (event["text"], event["rep_id"]) == ("asked for a date", None)
    assert desk.ask("/leads?search=L2")["leads"][0]["owner"] is None
    own = desk.call("log", lead_id="L2", kind="email", agent_name="scout", agent_version="7")
    assert not own.is_error, text_of(own)
    names = {(one["agent_name"], one["agent_version"]) for one in desk.ask("/leads/L2")["events"]}
    assert names == {("desk", "1.2"), ("scout", "7")}


@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_an_inspector_finds_tools_alone_and_each_call_as_it_was_described(desk: Desk, transport: str) -> None:
    """What `npx @modelcontextprotocol/inspector --cli` asks a server: what it is, what it lists, and calls by these schemas."""

    async def act(client: Client) -> None:
        assert client.server_info is not None
        assert client.server_info.name == "glengarry"
        assert client.server_info.version
        assert "quoted as they stand" in (client.instructions or "")
        offered = client.server_capabilities.model_dump(exclude_none=True)
        assert offered.keys() <= {"tools", "experimental"}
        for ask in (client.list_resources, client.list_resource_templates, client.list_prompts):
            with pytest.raises(MCPError) as caught:
                await ask()
            assert caught.value.code == METHOD_NOT_FOUND
        for tool in (await client.list_tools()).tools:
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name)
            assert tool.title
            Draft202012Validator.check_schema(tool.input_schema)
            assert set(tool.input_schema["required"]) <= tool.input_schema["properties"].keys()
        told = await client.call_tool("queue", {"limit": 1})
        assert not told.is_error
        assert json.loads(text_of(told)) == told.structured_content

    desk.run(transport, "seven", act)


@pytest.mark.parametrize("key", ["", "gly_0123456789ab_nothing", "form"])
def test_over_http_nobody_comes_in_without_a_key_that_reads(desk: Desk, key: str) -> None:
    sent = str(desk.keys.get(key, key))
    headers = {**(bearer(sent) if sent else {}), "accept": "application/json, text/event-stream"}
    answer = httpx.post(desk.tools, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)
    assert answer.status_code == (403 if key == "form" else 401)
    of_service = httpx.get(f"{desk.service}/", headers=bearer(sent) if sent else {}).json()
    assert answer.json()["detail"] == of_service["detail"]


def test_another_host_or_page_is_not_answered(desk: Desk) -> None:
    headers = {**bearer(desk.keys["admin"]), "accept": "application/json, text/event-stream"}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for name, value in (("host", "elsewhere.example"), ("origin", "https://elsewhere.example")):
        answer = httpx.post(desk.tools, json=request, headers={**headers, name: value})
        assert answer.status_code in (403, 421)


@pytest.mark.parametrize("odd", [[1], {"n": 1}, None, True, 1.5])
def test_a_request_with_an_id_that_no_answer_can_have_is_refused(desk: Desk, odd: object) -> None:
    headers = {**bearer(desk.keys["admin"]), "accept": "application/json, text/event-stream"}
    answer = httpx.post(desk.tools, json={"jsonrpc": "2.0", "id": odd, "method": "tools/list"}, headers=headers)
    assert (answer.status_code, answer.json()["id"], answer.json()["error"]["code"]) == (400, None, -32600)
    notice = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert httpx.post(desk.tools, json=notice, headers=headers).status_code == 202


def test_a_message_with_two_lengths_is_refused_and_nothing_behind_it_is_answered(desk: Desk) -> None:
    port = httpx.URL(desk.tools).port
    head = f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {desk.keys['admin']}\r\n"
    two = "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port or 0), 30) as connection:
        connection.sendall(f"{head}{two}{head}content-length: 2\r\n\r\n{{}}".encode())
        answers = connection.makefile("rb").read()
    assert answers.startswith(b"HTTP/1.1 400")
    assert b"got Content-Length and Transfer-Encoding" in answers
    assert answers.count(b"HTTP/1.1") == 1


def test_a_service_that_is_gone_is_said_so() -> None:
    async def ask() -> int:
        async with client_of(f"http://127.0.0.1:{free_port()}") as gone:
            app = http_app(ServiceCalls(gone), "127.0.0.1")
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:1") as client:
                answer = await client.post("/mcp", json={})
                assert "start it with `glengarry serve`" in answer.json()["detail"]
                return answer.status_code

    assert asyncio.run(ask()) == 503

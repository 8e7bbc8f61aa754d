"""Whatever anybody sends: it is refused by a rule or kept as it is, it harms nobody, and it is never a defect."""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from serving.api.openapi.shapes import example_lead, example_told
from serving.champion.champion import Champion
from serving.runtime.app import ACCESS, create_app
from serving.runtime.silent_connections import close_silent_connections
from serving.store.keys import Role, Secret
from serving.store.store import open_store
from tests.serving.conftest import Service
from tests.serving.pages.routes.conftest import token_of

Json = dict[str, Any]

JSON = {"content-type": "application/json"}
TOLD = sorted({access.path for access in ACCESS if access.method == "POST" and "{" not in access.path})
"""Every route that takes a body, by the app's own table."""

NO_JSON = {
    "nothing": b"",
    "deep": b'{"fields":' * 5_000 + b"1" + b"}" * 5_000,
    "NaN": b'{"fields": {"budget": NaN}}',
    "Infinity": b'{"fields": {"budget": -Infinity}}',
    "huge number": b'{"fields": {"budget": 1e400}}',
    "huge whole number": b'{"fields": {"budget": %s}}' % (b"9" * 4_000),
    "null byte": b'{"lead_id": "a\0b"}',
    "null character": b'{"lead_id": "a\\u0000b"}',
    "invalid UTF-8": b'{"lead_id": "\xc3\x28"}',
    "UTF-16": '{"fields": {}}'.encode("utf-16"),
    "lone surrogate": b'{"lead_id": "\\ud800"}',
    "name twice": b'{"lead_id": "a", "lead_id": "b"}',
    "lists that are never closed": b"[" * 50_000,
    "objects that are never closed": b'{"a":' * 10_000,
    "two bodies": b'{"fields": {}}{"fields": {}}',
}
# A lead is not lost to one field.
KEPT = {("/leads", body) for body in ("NaN", "Infinity", "huge number", "huge whole number")}
NASTY = (
    "'; DROP TABLE leads; --",
    '" OR 1=1 --',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "../../etc/passwd",
    "%00%0a%0d",
    "a\r\nSet-Cookie: stolen=1",
    "\u202egnp.exe",
    "🜏" * 20,
)


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path in TOLD for body in NO_JSON if (path, body) not in KEPT]
)
def test_what_is_not_json_is_refused_by_every_route(client: TestClient, path: str, body: str) -> None:
    answer = client.post(path, content=NO_JSON[body], headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:glengarry:problem:invalid-json"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b'{"fields": {"budget": NaN, "source": "fair"}}', "must be a number that JSON knows"),
        (b'{"fields": {"budget": "a\\ud800", "source": "fair"}}', "must have whole characters other than null"),
        (b'{"fields": {"budget": %s, "source": "fair"}}' % (b"9" * 4_000), "must be an integer of at most 64 bits"),
    ],
)
def test_a_lead_is_kept_without_a_field_that_no_record_can_hold(client: TestClient, body: bytes, rule: str) -> None:
    answer = client.post("/leads", content=body, headers=JSON)

    assert answer.status_code == 201, answer.text
    assert [(one["field"], one["rule"]) for one in answer.json()["set_aside"]] == [("fields.budget", rule)]
    assert client.get(f"/leads/{answer.json()['lead_id']}").json()["fields"] == {"source": "fair"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"lead_id": "a\\ud800", "fields": {"budget": "none"}}',
        b'{"created_at": NaN, "fields": {"budget": NaN}}',
        b'{"fields": {"budget": [NaN]}}',
    ],
)
def test_a_lead_whose_own_members_are_bad_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/leads", content=body, headers=JSON).status_code == 400


@pytest.mark.parametrize("path", TOLD)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json; charset=utf-16", "", "💥"]
)
def test_other_content_types_are_refused_by_every_route(client: TestClient, path: str, content_type: str) -> None:
    answer = client.post(path, content=b"{}", headers={b"content-type": content_type.encode()})

    assert answer.status_code == 415


@pytest.mark.parametrize("path", TOLD)
@pytest.mark.parametrize("content", [None, True, 0, "x", [], [{}], {}, {"fields": None}, {"leads": {}}, {"no": [[]]}])
def test_json_of_another_shape_is_refused_by_every_route(client: TestClient, path: str, content: Any) -> None:
    answer = client.post(path, content=json.dumps(content), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("nasty", NASTY)
def test_code_of_other_languages_in_every_text_is_text(service: Service, champion: Champion, nasty: str) -> None:
    # Ids are of one line, as are the paths that name them; and the test client would decode a percent sign twice.
    told, lead_id = example_told(champion), f"L {nasty.splitlines()[0].replace('%', '')}"
    texts = {name: nasty for name, field in champion.model.schema.fields.items() if field.type == "text"}
    service.tell("/leads", {"lead_id": lead_id, "fields": told["lead"]["fields"] | texts | {"source": nasty}})
    names = dict.fromkeys(("event_id", "rep_id", "text"), nasty)
    service.tell("/events", told["event"] | {"lead_id": lead_id} | names)
    names = dict.fromkeys(("outcome_id", "rep_id", "reason"), nasty)
    service.tell("/outcomes", told["outcome"] | {"lead_id": lead_id} | names)
    service.tell("/feedback", {"lead_id": lead_id, "agrees": False, "comment": nasty})

    (listed,) = service.ask("/leads")["leads"]
    assert listed["lead_id"] == lead_id
    path = f"/leads/{''.join(f'%{byte:02X}' for byte in lead_id.encode())}"
    known = service.ask(path)
    assert known["fields"] | {"source": nasty} | texts == known["fields"]
    assert known["events"][0]["text"] == known["outcomes"][0]["reason"] == known["feedback"][0]["comment"] == nasty
    assert service.ask(f"{path}/why")["lead_id"] == lead_id


@pytest.mark.parametrize("name", ["lead_id", "created_at", "fields", "events", "as_of", "unheard_of"])
@pytest.mark.parametrize("nasty", [*NASTY, 1e308, -1e308, 5e-324, 2**63 - 1, -(2**63), [], {}, True])
def test_anything_anywhere_in_a_lead_is_scored_or_refused(
    client: TestClient, champion: Champion, name: str, nasty: Any
) -> None:
    assert client.post("/score", json=example_lead(champion) | {name: nasty}).status_code in (200, 422)


@pytest.mark.parametrize("nasty", [*NASTY, 1e308, -1e308, 5e-324, 2**63 - 1, -(2**63), [], {}, True])
def test_anything_in_every_field_is_scored_or_refused_by_the_name_of_the_field(
    client: TestClient, champion: Champion, nasty: Any
) -> None:
    for name in champion.model.schema.fields:
        answer = client.post("/score", json={"fields": {name: nasty}})
        assert answer.status_code in (200, 422)
        if answer.status_code == 422:
            assert {error["field"] for error in answer.json()["errors"]} == {f"fields.{name}"}
        else:
            assert 0 < answer.json()["probability"] < 1


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00"])
def test_first_and_last_year_are_years(client: TestClient, as_of: str) -> None:
    answer = client.post("/score", json={"fields": {}, "as_of": as_of})
    assert answer.status_code in (200, 422)

    told = client.post("/leads", json={"fields": {}, "created_at": as_of, "lead_id": as_of})
    assert told.status_code in (201, 422)
    if told.status_code == 201:
        assert client.get(f"/leads/{as_of}").json()["created_at"] == as_of


def test_null_characters_in_paths_and_pages_are_nobody_s_defect(service: Service) -> None:
    """PostgreSQL takes none, and a text that reached it would be answered as a defect of ours."""
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    for path, method in (("/leads/L%00", "GET"), ("/leads/L%00/similar", "GET"), ("/leads/L%00", "DELETE")):
        service.ask(path, status=404, method=method)

    pages = service.client
    assert pages.post("/pages/login", data={"key": "gly_0123456789ab_\0"}).status_code == 400
    pages.post("/pages/login", data={"key": service.tokens["rep"]})
    token = token_of(pages.get("/pages/leads/L1").text)
    said = pages.post("/pages/leads/L1", data={"token": token, "verdict": "too low", "comment": "a\0b"})
    assert said.status_code == 400
    assert service.ask("/feedback")["feedback"] == []


def test_thousand_events_are_looked_at(client: TestClient, champion: Champion) -> None:
    as_of, kind = "2026-10-01T00:00:00Z", next(iter(champion.model.schema.kinds))
    events = [{"kind": kind, "occurred_at": f"2026-09-{1 + n % 29:02d}T00:{n % 60:02d}:00Z"} for n in range(1_000)]
    answer = client.post("/score", json={"fields": {}, "as_of": as_of, "events": events})

    assert answer.status_code == 200


@pytest.fixture(scope="module")
def port(champion: Champion, store_url: str, tokens: dict[Role, Secret]) -> Iterator[int]:
    """The port of a real server, for what no client library sends."""
    assert tokens
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(lambda: champion, lambda: open_store(store_url)), log_config=None)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


def head(tokens: dict[Role, Secret], *more: str) -> bytes:
    lines = ["POST /score HTTP/1.1", "host: x", f"x-api-key: {tokens['crm']}", "content-type: application/json", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def answered(port: int, request: bytes) -> bytes:
    """Return the first line that comes back; empty where the connection is closed instead."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        try:
            connection.sendall(request)
            return connection.makefile("rb").readline()
        except ConnectionError:
            return b""


def is_well(port: int, tokens: dict[Role, Secret]) -> bool:
    body = json.dumps({"fields": {}}).encode()
    return answered(port, head(tokens, f"content-length: {len(body)}") + body) == b"HTTP/1.1 200 OK\r\n"


def test_bodies_that_never_come_to_an_end_hold_up_nobody(port: int, tokens: dict[Role, Secret]) -> None:
    with ExitStack() as stack:
        for _ in range(50):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            slow.sendall(head(tokens, "content-length: 1000") + b'{"fields"')
        assert is_well(port, tokens)
    assert is_well(port, tokens)


def test_chunks_without_end_are_cut_off(port: int, tokens: dict[Role, Secret], champion: Champion) -> None:
    chunk = b"%x\r\n%s\r\n" % (50_000, b" " * 50_000)
    endless = head(tokens, "transfer-encoding: chunked") + chunk * (20 * champion.limits.most_bytes // 50_000)

    assert answered(port, endless) in (
        b"HTTP/1.1 413 Content Too Large\r\n",
        b"HTTP/1.1 413 Request Entity Too Large\r\n",
        b"",
    )
    assert is_well(port, tokens)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /score HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n" * 1_000 + b"x",
    ],
    ids=["long header", "long path", "negative length", "TLS", "no host", "empty lines"],
)
def test_what_is_hardly_http_is_refused(port: int, tokens: dict[Role, Secret], request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        try:
            connection.sendall(request_)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline()
        except OSError:  # the service has hung up: a ConnectionError, or "not connected" at the shutdown
            answer = b""

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert is_well(port, tokens)


@pytest.mark.parametrize("hidden", [b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n", b""])
def test_request_with_two_lengths_is_refused_and_nothing_behind_it_is_answered(
    port: int, tokens: dict[Role, Secret], hidden: bytes
) -> None:
    body = b'{"fields": {}}'
    two = f"content-length: {len(body)}\r\ntransfer-encoding: chunked"
    request = head(tokens, two) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(request + hidden)
        answers = connection.makefile("rb").read()

    assert answers.startswith(b"HTTP/1.1 400")
    assert b"got Content-Length and Transfer-Encoding" in answers
    assert answers.count(b"HTTP/1.1") == 1
    assert is_well(port, tokens)


class Connection:
    """A connection as uvicorn has it: with the call that it has in hand, or had last."""

    def __init__(self, cycle: object = None) -> None:
        self.cycle = cycle

    def connection_made(self, transport: object) -> None:
        self.transport = transport


@pytest.mark.parametrize(
    ("cycles", "closed"),
    [
        ([None, None, None], True),
        ([None, "a", None], False),
        (["a done", "a done", "a done"], True),
        (["a done", "b done", "c done"], False),
        (["a", "a", "a"], False),
        (["a", "a done", "b"], False),
    ],
)
def test_connection_that_is_silent_is_closed_and_no_other(cycles: list[str | None], closed: bool) -> None:
    class Kind(Connection):
        """A class of connections of its own, as it is changed."""

    calls = {name: SimpleNamespace(response_complete=name.endswith("done")) for name in cycles if name}
    transport = SimpleNamespace(closing=False)
    transport.close = lambda: setattr(transport, "closing", True)
    transport.is_closing = lambda: transport.closing
    looks: list[tuple[Any, ...]] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(loop, "call_later", lambda _, look, *arguments: looks.append((look, *arguments)))
            close_silent_connections(Kind, 20.0)
            connection = Kind()
            connection.connection_made(transport)
            for name in cycles:
                connection.cycle = calls.get(name or "")
                if looks:
                    look, *arguments = looks.pop()
                    look(*arguments)

    asyncio.run(run())
    assert transport.closing is closed


def test_connections_of_uvicorn_have_what_tells_silent_ones() -> None:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    code = inspect.getsource(AutoHTTPProtocol)
    assert "self.cycle: RequestResponseCycle = None" in code
    assert "def connection_made(" in code

"""What the stand-ins of the three CRMs have in common: what published documentation says of requests, checked; and what it says of answers.

They are not the vendors' servers. Shapes are written after the vendors' references: a request that breaks one is an error of the test, and is
kept in `broken`. Each stand-in can be told to fail, to ask for a wait, and to refuse single records.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
from jsonschema import ValidationError

Json = dict[str, Any]
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def object_shape(properties: Json, *optional: str) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def list_shape(items: Json, most: int) -> Json:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most}


TEXT: Json = {"type": "string"}
DIGITS: Json = {"type": "string", "pattern": "^[0-9]+$"}


@dataclass
class StandIn:
    """What all three have in common: records, a clock of their own, and how they may be made to fail.

    Attributes
    ----------
    failures
        Answers that are given first, instead of what was asked; an exception is raised.
    asked
        (method, path) of each request.
    broken
        What was wrong with requests by the published shapes.
    refused
        Ids of records that cannot be written.
    """

    token: str = "a token of the CRM"
    records: dict[str, Json] = field(default_factory=dict)
    failures: deque[httpx.Response | Exception] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    ticks: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            request.read()
            path = request.url.path
            self.asked.append((request.method, path))
            if self.failures:
                failure = self.failures.popleft()
                if isinstance(failure, Exception):
                    raise failure
                return failure
            if path.endswith("/token"):
                return self.give_token(request)
            if request.headers.get("authorization") != f"Bearer {self.token}":
                return httpx.Response(401, json={"message": "no good token", "errorCode": "INVALID_SESSION_ID"})
            try:
                return self.answer(request, path)
            except ValidationError as error:
                self.broken.append(f"{request.method} {path}: {error.message}")
                return httpx.Response(400, json={"message": error.message, "category": "VALIDATION_ERROR"})

    def give_token(self, request: httpx.Request) -> httpx.Response:
        said = parse_qs(request.content.decode())
        if said.get("grant_type") != ["client_credentials"] or said.get("client_secret") != ["a secret"]:
            return httpx.Response(400, json={"error": "invalid_client"})
        return httpx.Response(200, json={"access_token": self.token, "token_type": "Bearer"})

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        raise NotImplementedError

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def now(self) -> datetime:
        self.ticks += 1
        return START + timedelta(seconds=self.ticks)

    def times(self, method: str, part: str) -> int:
        return sum(one == method and part in path for one, path in self.asked)


def iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def served(stand_in: StandIn, before: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Let a stand-in answer over the network, and yield its address; `before` is called before each answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            before()
            length = int(self.headers.get("content-length", "0"))
            address = f"http://{self.headers['host']}{self.path}"
            request = httpx.Request(
                self.command, address, headers=list(self.headers.items()), content=self.rfile.read(length)
            )
            try:
                answer = stand_in(request)
            except Exception:  # noqa: BLE001 - a failure that was asked for: the connection ends
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            for name, told in answer.headers.items():
                if name not in ("content-length", "transfer-encoding"):
                    self.send_header(name, told)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

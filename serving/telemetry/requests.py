"""Around every request: its id, its figures, its line in the log and its span."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.schemas import request_ids
from serving.telemetry.telemetry import Telemetry
from serving.telemetry.tracing import request_span

access = logging.getLogger("glengarry.access")

UNMATCHED = "unmatched"
"""Stands for the path where there is no such route: paths are made up by whoever sends them."""
LEFT = 499
"""Status in figures and log of a request whose client left before there was an answer; nginx's number."""
HEADER = request_ids.HEADER.encode()


@dataclass(slots=True)
class AnsweredRequest:
    """What is told of a request once it is over."""

    status: int = LEFT
    route: str = UNMATCHED
    key: str = ""
    role: str = ""


class Observed:
    """ASGI middleware that observes requests and changes nothing but the header with the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it when it is over."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        since = perf_counter()
        telemetry: Telemetry = scope["app"].state.services.telemetry
        request_id = request_ids.request_id(_header(scope, HEADER))
        sent_id = (HEADER, request_id.encode())
        answered = AnsweredRequest()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                message["headers"] = [*message.get("headers", ()), sent_id]
            await send(message)

        token = request_ids.current.set(request_id)
        try:
            with request_span(telemetry.tracer, scope) as span:
                try:
                    await self.app(scope, receive, named)
                finally:
                    _complete(answered, scope.get("state", {}))
                    span.tell(answered.route, answered.status)
        finally:
            _tell(telemetry, scope["method"], answered, perf_counter() - since)
            request_ids.current.reset(token)


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for header, value in scope["headers"] if header == name), b"")


def _complete(answered: AnsweredRequest, state: Mapping[str, Any]) -> None:
    """Add what the route has found out."""
    answered.route = state.get("route", UNMATCHED)
    key = state.get("key")
    if key is not None:
        answered.key, answered.role = key.key_id, key.role


def _tell(telemetry: Telemetry, method: str, answered: AnsweredRequest, seconds: float) -> None:
    figures = telemetry.figures
    method = method if answered.route != UNMATCHED else UNMATCHED  # a method may be made up as well
    figures.requests.labels(method, answered.route, str(answered.status)).inc()
    figures.request_seconds.labels(method, answered.route).observe(seconds)
    if access.isEnabledFor(logging.INFO):
        told = {
            "request_id": request_ids.current.get(),
            "method": method,
            "route": answered.route,
            "status": answered.status,
            "ms": round(seconds * 1000, 2),
            "key": answered.key,
            "role": answered.role,
        }
        access.info("%s %s %d", method, answered.route, answered.status, extra={"fields": told})

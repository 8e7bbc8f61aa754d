"""What is answered when a request meets an error: a page where a person reads it, a problem elsewhere, and a defect once in the log."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.forms.visitors import is_visitor, not_sent
from serving.pages.routes.answers import defect_page
from serving.pages.routes.headers import is_page
from serving.schemas.lengths import TWO_LENGTHS, has_two_lengths
from serving.schemas.problems import (
    RefusedError,
    of_damage,
    of_refusal,
    of_store_error,
    plain_problem,
    problem_response,
)
from serving.store.engine import StoreError
from serving.store.seals import DamagedRecordError
from serving.telemetry.requests import UNMATCHED

log = logging.getLogger("glengarry")

Refused = Callable[[Request, Exception], RefusedError]
"""What is told of an error that a request meets."""
OnError = Callable[[Request, Exception], Awaitable[Response]]
"""Answers an error that a request meets."""


def error_handlers(on_page: OnError) -> dict[Any, OnError]:
    """Return what answers each error: with a page where a person reads it, and with a problem elsewhere."""

    def in_kind(refused: Refused) -> OnError:
        async def on_error(request: Request, error: Exception) -> Response:
            if is_page(request.url.path):
                return await on_page(request, error)
            return _told(request, refused(request, error))

        return on_error

    return {
        RefusedError: in_kind(of_refusal),
        StoreError: in_kind(of_store_error),
        DamagedRecordError: in_kind(of_damage),
        HTTPException: in_kind(of_http_error),
    }


def _told(request: Request, refused: RefusedError) -> Response:
    if is_visitor(request):
        return not_sent(request, refused)
    return problem_response(refused.problem, refused.headers)


def of_http_error(request: Request, error: Exception) -> RefusedError:
    """Return what is answered where there is no such route or method."""
    if not isinstance(error, HTTPException):
        raise error
    detail = f"There is no {request.method} {request.url.path}: GET / lists what there is."
    return RefusedError(plain_problem(error.status_code, detail), error.headers)


class ErrorGuard:
    """Answers a defect of ours with a problem and logs it once, before BentoML and uvicorn each log it again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and catch what comes back."""
        if scope["type"] == "http" and has_two_lengths(scope["headers"]):
            await problem_response(_TWO_LENGTHS, {"connection": "close"})(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            log.info("the client left %s", _named(scope))
            if not started:  # nobody hears it, but BentoML waits for an answer, and a graceful stop for BentoML
                await Response(status_code=HTTPStatus.BAD_REQUEST)(scope, receive, send)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("defect in %s", _named(scope))
            await _of_defect(Request(scope))(scope, receive, send)


_TWO_LENGTHS = plain_problem(HTTPStatus.BAD_REQUEST, TWO_LENGTHS)


def _of_defect(request: Request) -> Response:
    if is_page(request.url.path):
        return defect_page(request)
    told = "A defect of the service; its log says more."
    return _told(request, RefusedError(plain_problem(HTTPStatus.INTERNAL_SERVER_ERROR, told)))


def _named(scope: Scope) -> str:
    """Return what a log may call a request: paths may hold a person's address."""
    return f"{scope['method']} {scope.get('state', {}).get('route', UNMATCHED)}"

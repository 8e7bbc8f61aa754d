"""Pages as responses: each in the frame of who is logged in, and one for everything that goes wrong."""

import logging
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serving.pages.render import Frame, render
from serving.schemas.problems import HEADERS, RETRY_SECONDS, RefusedError
from serving.store.engine import StoreError
from serving.store.seals import DamagedRecordError
from serving.telemetry.requests import UNMATCHED

log = logging.getLogger("glengarry")

NOT_FOUND = "The address may have been mistyped, or the record was erased. The list of leads has all that are open."
GONE = f"Nothing was changed. Try the same again in {RETRY_SECONDS} seconds."
WHO_HELPS = "Whoever runs the service sees by glengarry doctor what else is wrong."
DEFECT = "Nothing that was acknowledged is lost. The service’s log says more."


def page(request: Request, template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """Return a page in the frame of whoever asks for it."""
    frame: Frame = getattr(request.state, "frame", Frame())
    return HTMLResponse(render(template, frame, **content), status)


def error_page(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """Return the page that says what went wrong and what to do."""
    answer = page(request, "error", status, heading=title, detail=detail)
    answer.headers.update({name: value for name, value in HEADERS.get(status, {}).items() if name == "retry-after"})
    return answer


def forbidden_page(request: Request, detail: str) -> HTMLResponse:
    """Return the page for somebody whose key is for other things."""
    return error_page(request, HTTPStatus.FORBIDDEN, "Not with this key", detail)


async def on_error(request: Request, error: Exception) -> Response:
    """Answer with a page whatever a page raises.

    Raises
    ------
    Exception
        If it is a defect, which is told elsewhere.
    """
    match error:
        case StoreError():
            log.error("%s %s: %s", request.method, getattr(request.state, "route", UNMATCHED), error)
            title = "The store does not answer"
            return error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, title, GONE)
        case DamagedRecordError():
            log.error("%s %s: %s", request.method, getattr(request.state, "route", UNMATCHED), error)
            return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "A record was damaged", f"{error} {WHO_HELPS}")
        case RefusedError():
            status = error.problem.status
            detail = NOT_FOUND if status == HTTPStatus.NOT_FOUND else error.problem.detail
            return error_page(request, status, error.problem.title, detail)
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return error_page(request, HTTPStatus.NOT_FOUND, "There is no such page", NOT_FOUND)
        case HTTPException():
            title = HTTPStatus(error.status_code).phrase
            return error_page(request, error.status_code, title, "The page is not made for that.")
    raise error


def defect_page(request: Request) -> Response:
    """Return the page that a defect of ours is answered with."""
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke on our side", DEFECT)

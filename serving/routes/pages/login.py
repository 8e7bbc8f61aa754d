"""Logging in with a key, and out."""

import time
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.intake.audit import Refusal
from serving.keys import Key, KeyRing
from serving.pages.queue import QUEUE
from serving.pages.render import Frame
from serving.problems import NO_KEY, NOT_ALLOWED
from serving.routes.access import note
from serving.routes.pages.answers import forbidden_page, page
from serving.routes.pages.entry import LOGIN, SEE_OTHER, STALE, field, holder, read_form, same_site, wrong_role
from serving.routes.pages.session import PATH, Sessions, drop_cookie, keep_cookie
from serving.settings import ServiceSettings

NOT_GOOD = "This key is not good: it may be mistyped, or revoked. Ask whoever runs the service for another."


async def form(request: Request) -> Response:
    """Show the form that takes the key; whoever is logged in already goes on."""
    wanted = safe_place(request.query_params.get("next", ""))
    _, key = await holder(request)
    if key is not None and key.role != "form":
        return RedirectResponse(wanted, SEE_OTHER)
    return page(request, "login", next=wanted, problem="")


async def login(request: Request) -> Response:
    """Begin a session, if the key is good and there are pages for it."""
    sent = await read_form(request)
    if not same_site(request):
        return forbidden_page(request, STALE)
    ring: KeyRing = request.app.state.keys
    key = await run_in_threadpool(ring.find, field(sent, "key"))
    wanted = safe_place(field(sent, "next"))
    if key is None:
        note(request, Refusal("POST", LOGIN, NO_KEY.title, None))
        return page(request, "login", HTTPStatus.UNAUTHORIZED, next=wanted, problem=NOT_GOOD)
    if key.role == "form":
        note(request, Refusal("POST", LOGIN, NOT_ALLOWED.title, key.key_id))
        return forbidden_page(request, wrong_role(key.role))
    return _begun(request, key, wanted)


def _begun(request: Request, key: Key, wanted: str) -> Response:
    sessions: Sessions = request.app.state.sessions
    limits: ServiceSettings = request.app.state.champion.limits
    answer = RedirectResponse(wanted, SEE_OTHER)
    keep_cookie(answer, sessions.write(sessions.begin(key.key_id, time.time(), limits.session_hours)), limits)
    return answer


async def logout(request: Request) -> Response:
    """End the session."""
    request.state.frame = Frame()
    answer = RedirectResponse(LOGIN, SEE_OTHER)
    drop_cookie(answer, request.app.state.champion.limits)
    return answer


async def start(request: Request) -> Response:  # noqa: ARG001 - as of every page
    """Go to the first page."""
    return RedirectResponse(QUEUE, SEE_OTHER)


def safe_place(wanted: str) -> str:
    """Return where to go after the login: a page of ours, whatever was asked for.

    Examples
    --------
    >>> safe_place("/pages/leads/L1?from=mail"), safe_place("https://elsewhere.example"), safe_place("/pages/../x")
    ('/pages/leads/L1?from=mail', '/pages/leads', '/pages/leads')
    """
    ours = wanted.startswith(f"{PATH}/") and ".." not in wanted and "\\" not in wanted and wanted.isprintable()
    return wanted if ours and not wanted.startswith(LOGIN) else QUEUE

"""Logging in with a key, and out."""

import logging
import time
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.auth import note, written
from serving.api.services import entry_services_of
from serving.intake.audit import Refusal
from serving.intake.calls import Call
from serving.pages.list_choices import QUEUE
from serving.pages.render import Frame
from serving.pages.routes.answers import forbidden_page, page
from serving.pages.routes.ended import SessionBeginning, SessionEnding
from serving.pages.routes.entry import LOGIN, SEE_OTHER, STALE, field, holder, read_form, same_site, wrong_role
from serving.pages.routes.logins import logins_of
from serving.pages.routes.session import PATH, Session, drop_cookie, keep_cookie
from serving.schemas.problems import NO_KEY, NOT_ALLOWED
from serving.store.engine import StoreError
from serving.store.keys import Key

log = logging.getLogger("glengarry")

NOT_GOOD = "This key is not good: it may be mistyped, or revoked. Ask whoever runs the service for another."


async def form(request: Request) -> Response:
    """Show the form that takes the key; whoever is logged in already goes on."""
    wanted = safe_place(request.query_params.get("next", ""))
    _, key = await holder(request)
    if key is not None and key.role != "form":
        return RedirectResponse(wanted, SEE_OTHER)
    return page(request, "login", next=wanted, problem="", openid=entry_services_of(request).deployment.login)


async def login(request: Request) -> Response:
    """Begin a session, if the key is good and there are pages for it."""
    sent = await read_form(request)
    if not same_site(request):
        return forbidden_page(request, STALE)
    ring = entry_services_of(request).keys
    key = await run_in_threadpool(ring.find, field(sent, "key"))
    wanted = safe_place(field(sent, "next"))
    if key is None:
        note(request, Refusal("POST", LOGIN, NO_KEY.title, None))
        openid = entry_services_of(request).deployment.login
        return page(request, "login", HTTPStatus.UNAUTHORIZED, next=wanted, problem=NOT_GOOD, openid=openid)
    if key.role == "form":
        note(request, Refusal("POST", LOGIN, NOT_ALLOWED.title, key.key_id))
        return forbidden_page(request, wrong_role(key.role))
    return await begun(request, key, wanted)


async def begun(request: Request, key: Key, wanted: str) -> Response:
    """Begin a session of a key, and go on to what was wanted."""
    sessions = logins_of(request).sessions
    limits = entry_services_of(request).deployment.service
    session = sessions.begin(key.key_id, time.time(), limits.session_hours)
    try:
        await written(request, Call(SessionBeginning(session)))
    except StoreError as error:
        log.warning("a session begins that is not listed, as the store does not take it: %s", error)
    answer = RedirectResponse(wanted, SEE_OTHER)
    keep_cookie(answer, sessions.write(session), limits)
    return answer


async def logout(request: Request) -> Response:
    """End the session, for whoever else has its cookie too."""
    session: Session = request.state.session
    try:
        await written(request, Call(SessionEnding(session)))
    except StoreError as error:
        log.warning("a session is ended in this worker alone, as the store does not take it: %s", error)
    logins_of(request).ended.add(session)
    request.state.frame = Frame()
    answer = RedirectResponse(LOGIN, SEE_OTHER)
    drop_cookie(answer, entry_services_of(request).deployment.service)
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

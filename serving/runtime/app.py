"""The ASGI app that BentoML serves: routes, and a problem for everything that goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.records.clock import to_microseconds
from models.registry import Registry
from serving.analytics.cache import SingleFlightCache
from serving.analytics.report_settings import ReportSettings
from serving.analytics.reports import Reports
from serving.api import feedback, form_posts, lead, listing, records, webhook_calls
from serving.api.about import index, openapi
from serving.api.auth import Access, guarded, routes_of
from serving.api.card_links import Cards
from serving.api.cards import card
from serving.api.forms.origins import FormOrigins
from serving.api.forms.visitors import is_visitor, not_sent
from serving.api.letters import letter
from serving.api.metrics import metrics
from serving.api.model import model
from serving.api.openapi import describe
from serving.api.openid import OpenIdProviders
from serving.api.plan import plan
from serving.api.post_limits import PostLimits
from serving.api.queue import queue
from serving.api.reports import report
from serving.api.score import score
from serving.api.services import Current, Services
from serving.api.slashes import EscapedSlashes
from serving.api.what_if import what_if
from serving.champion.cache import Noted
from serving.champion.champion import Champion
from serving.champion.versions import Load, VersionCache
from serving.intake.calls import carry_out
from serving.intake.refusals import Refusals
from serving.pages.routes import table
from serving.pages.routes.answers import defect_page
from serving.pages.routes.api_docs import FrontDoors
from serving.pages.routes.attempts import Attempts
from serving.pages.routes.ended import EndedSessions
from serving.pages.routes.headers import PageHeaders, is_page
from serving.pages.routes.logins import Logins
from serving.pages.routes.session import Sessions
from serving.runtime.parent_watchdog import end_with_parent
from serving.schemas.problems import (
    RefusedError,
    of_damage,
    of_refusal,
    of_store_error,
    plain_problem,
    problem_response,
)
from serving.store.accounts import fill_accounts
from serving.store.engine import StoreError
from serving.store.health import Pulse
from serving.store.keys import KeyRing
from serving.store.seals import DamagedRecordError
from serving.store.store import Store
from serving.store.writer import Writer
from serving.telemetry.requests import UNMATCHED, Observed
from serving.telemetry.telemetry import Telemetry
from serving.telemetry.tracing import find_provider

log = logging.getLogger("glengarry")

ACCESS = (
    Access("GET", "/", index, ("crm", "rep", "admin")),
    Access("GET", "/openapi.json", openapi, ("crm", "rep", "admin")),
    Access("POST", "/score", score, ("crm", "rep", "admin")),
    Access("POST", "/leads", form_posts.leads, ("form", "crm", "admin"), admission=form_posts.admit_post),
    Access("GET", "/leads", listing.listing, ("crm", "rep", "admin")),
    Access("GET", "/queue", queue, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/scores", lead.scores, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/why", lead.why, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/what-if", what_if, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/similar", lead.similar, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/card", card, ("crm", "rep", "admin")),
    Access("POST", "/leads/{lead_id:path}/letter", letter, ("rep", "admin")),
    Access("GET", "/leads/{lead_id:path}", lead.lead, ("crm", "rep", "admin")),
    Access("DELETE", "/leads/{lead_id:path}", records.erase, ("admin",)),
    Access("POST", "/events", records.events, ("crm", "admin")),
    Access("POST", "/outcomes", records.outcomes, ("crm", "admin")),
    Access("POST", "/deletions", records.deletions, ("crm", "admin")),
    Access("POST", "/merges", records.merges, ("crm", "admin")),
    Access("POST", "/webhooks/{name}", webhook_calls.take, ("crm", "admin"), admission=webhook_calls.admit_webhook),
    Access("POST", "/feedback", records.feedback, ("rep", "admin")),
    Access("GET", "/feedback", feedback.listing, ("rep", "admin")),
    Access("GET", "/metrics", metrics, ("rep", "admin"), opened_by=lambda limits: limits.metrics == "open"),
    Access("GET", "/model", model, ("crm", "rep", "admin")),
    Access("GET", "/plan", plan, ("admin",)),
    Access("GET", "/sources", report("sources"), ("rep", "admin")),
    Access("GET", "/funnel", report("funnel"), ("rep", "admin")),
    Access("GET", "/reps", report("reps"), ("rep", "admin")),
)
"""Every route, and whose keys open it. Beside them, BentoML tells without a key how it is."""

ROUTES = routes_of(ACCESS, guarded)

REGISTRY_TURNS = 2
"""So many requests ask the registry at a time."""
REASONS_SECONDS = 3_600.0
"""For which the record of each reason is kept: it takes a day's outcomes to move it."""
RECORD_SECONDS = 60.0
"""For so long the record of the model is kept: it is made of every lead's first score."""


Follow = Callable[[Champion, Callable[[Champion], None]], Coroutine[Any, Any, None]]
"""Given the champion that serves, calls what it is given with each new one, until it is cancelled."""
Refused = Callable[[Request, Exception], RefusedError]
"""What is told of an error that a request meets."""
OnError = Callable[[Request, Exception], Awaitable[Response]]
"""Answers an error that a request meets."""


def create_app(
    load: Callable[[], Champion],
    open_store: Callable[[], Store],
    load_version: Load | None = None,
    follow: Follow | None = None,
    session_secret: Callable[[], str] = token_hex,
    watched: Callable[[], Noted] = Noted,
    yardstick: Callable[[], ReportSettings] = ReportSettings,
    environment: Mapping[str, str] | None = None,
    registry: Callable[[], Registry] | None = None,
) -> Starlette:
    """Return the app; each process that starts it loads its champion and opens the store then.

    Parameters
    ----------
    load_version
        Loads another version of the model, where scores by it are compared with later ones.
    follow
        Brings each new champion; without it, the first one serves for good.
    session_secret
        Tells by what sessions are signed; by default they end with the process.
    watched
        Tells when the champion was last brought up to date with new outcomes, and how far inputs have moved; None where nobody looks.
    yardstick
        Tells what sources, funnel and reps are held against.
    environment
        Holds the secrets by which CRMs sign their calls.
    registry
        Finds the registry, for the page of the model; None where there is none.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        store, champion = open_store(), load()
        current = Current(champion, describe(champion))
        telemetry = Telemetry(champion.intake.fields, find_provider(champion.limits.traces))
        together = carry_out(lambda: current.champion, telemetry)
        writer = Writer(store, _now, together, telemetry.figures)
        refusals = Refusals(writer.submit)
        secret = session_secret()
        app.state.services = Services(
            current=current,
            store=store,
            pulse=Pulse(store),
            writer=writer,
            refusals=refusals,
            keys=KeyRing(store),
            cards=Cards(secret),
            post_limits=PostLimits(),
            versions=VersionCache(lambda: current.champion, load_version),
            reports=Reports(store, yardstick()),
            telemetry=telemetry,
            watched=watched,
            registry=registry,
            registry_turns=asyncio.Semaphore(REGISTRY_TURNS),
            environment=environment or {},
            model_records=SingleFlightCache(RECORD_SECONDS, most=1),
            reason_records=SingleFlightCache(REASONS_SECONDS, most=1),
            overview_figures=SingleFlightCache(RECORD_SECONDS, most=1),
        )
        app.state.logins = Logins(Sessions(secret), EndedSessions(store), Attempts(secret), OpenIdProviders())

        def tell_accounts(champion: Champion) -> None:
            asyncio.get_running_loop().run_in_executor(None, _tell_accounts, store, champion)

        def serve(champion: Champion) -> None:
            current.champion, current.openapi = champion, describe(champion)
            tell_accounts(champion)

        tell_accounts(champion)
        writer.start()
        async with _running(end_with_parent()), _running(follow(champion, serve) if follow else None):
            yield
        refusals.flush()
        await run_in_threadpool(writer.stop)
        refusals.close()
        telemetry.close()
        store.close()

    return Starlette(
        routes=[*ROUTES, *table.ROUTES],
        lifespan=lifespan,
        middleware=[
            Middleware(EscapedSlashes),
            Middleware(Observed),
            Middleware(FrontDoors),
            Middleware(PageHeaders),
            Middleware(ErrorGuard),
            Middleware(FormOrigins),
        ],
        exception_handlers=error_handlers(table.on_error),
    )


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


def _tell_accounts(store: Store, champion: Champion) -> None:
    """Tell the account of leads that were stored by settings that named another field, or none."""
    try:
        fill_accounts(store, champion.model.schema, _now())
    except StoreError as error:
        log.warning("accounts of stored leads are told at the next start, as the store cannot be reached: %s", error)


def _now() -> int:
    return to_microseconds(datetime.now(UTC))


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None] | None) -> AsyncIterator[None]:
    """Let work go on beside the requests, and cancel it in the end."""
    if work is None:
        yield
        return
    task = asyncio.create_task(work, name=getattr(work, "__qualname__", ""))
    task.add_done_callback(_tell)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s has ended, which was to go on", task.get_name(), exc_info=task.exception())


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
        if scope["type"] == "http" and _has_two_lengths(scope):
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


_TWO_LENGTHS = plain_problem(
    HTTPStatus.BAD_REQUEST,
    "A request must say how long its body is once, got Content-Length and Transfer-Encoding: send one of them.",
)


def _has_two_lengths(scope: Scope) -> bool:
    """Return whether a request says in two ways where it ends: a proxy may believe the other, and pass a second request on within it."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}


def _of_defect(request: Request) -> Response:
    if is_page(request.url.path):
        return defect_page(request)
    told = "A defect of the service; its log says more."
    return _told(request, RefusedError(plain_problem(HTTPStatus.INTERNAL_SERVER_ERROR, told)))


def _named(scope: Scope) -> str:
    """Return what a log may call a request: paths may hold a person's address."""
    return f"{scope['method']} {scope.get('state', {}).get('route', UNMATCHED)}"

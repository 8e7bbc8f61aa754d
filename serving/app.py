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

from features.clock import to_microseconds
from models.registry import Registry
from serving.champion import Champion
from serving.copies import Drift, Refreshed
from serving.forms.limits import PostLimits
from serving.forms.origins import FormOrigins
from serving.forms.visitors import is_visitor, not_sent
from serving.intake.calls import carry_out
from serving.intake.refusals import Refusals
from serving.kept import KeptAnswers
from serving.keys import KeyRing
from serving.openapi import describe
from serving.parent import end_with_parent
from serving.problems import RefusedError, of_refusal, of_store_error, plain_problem, problem_response
from serving.reports import Reports
from serving.routes import asking, feedback, forms, listing, telling, webhooks
from serving.routes.about import index, openapi
from serving.routes.access import Access, guarded, routes_of
from serving.routes.metrics import metrics
from serving.routes.model import model
from serving.routes.pages import table as pages
from serving.routes.pages.answers import defect_page
from serving.routes.pages.headers import PageHeaders, is_page
from serving.routes.pages.session import Sessions
from serving.routes.reports import report
from serving.routes.score import score
from serving.shelf import Load, Shelf
from serving.store.engine import StoreError
from serving.store.pulse import Pulse
from serving.store.store import Store
from serving.store.writer import Writer
from serving.telemetry.requests import UNMATCHED, Observed
from serving.telemetry.telemetry import Telemetry
from serving.telemetry.tracing import find_provider
from serving.yardstick import Yardstick

log = logging.getLogger("glengarry")

ACCESS = (
    Access("GET", "/", index, ("crm", "rep", "admin")),
    Access("GET", "/openapi.json", openapi, ("crm", "rep", "admin")),
    Access("POST", "/score", score, ("crm", "rep", "admin")),
    Access("POST", "/leads", forms.leads, ("form", "crm", "admin"), admission=forms.admit_post),
    Access("GET", "/leads", listing.listing, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/scores", asking.scores, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/why", asking.why, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}/similar", asking.similar, ("crm", "rep", "admin")),
    Access("GET", "/leads/{lead_id:path}", asking.lead, ("crm", "rep", "admin")),
    Access("DELETE", "/leads/{lead_id:path}", telling.erase, ("admin",)),
    Access("POST", "/events", telling.events, ("crm", "admin")),
    Access("POST", "/outcomes", telling.outcomes, ("crm", "admin")),
    Access("POST", "/webhooks/{name}", webhooks.take, ("crm", "admin"), admission=webhooks.admit_webhook),
    Access("POST", "/feedback", telling.feedback, ("rep", "admin")),
    Access("GET", "/feedback", feedback.listing, ("rep", "admin")),
    Access("GET", "/metrics", metrics, ("rep", "admin"), opened_by=lambda limits: limits.metrics == "open"),
    Access("GET", "/model", model, ("crm", "rep", "admin")),
    Access("GET", "/sources", report("sources"), ("rep", "admin")),
    Access("GET", "/funnel", report("funnel"), ("rep", "admin")),
    Access("GET", "/reps", report("reps"), ("rep", "admin")),
)
"""Every route, and whose keys open it. Beside them, BentoML tells without a key how it is."""

ROUTES = routes_of(ACCESS, guarded)

REGISTRY_TURNS = 2
"""So many requests ask the registry at a time."""
RECORD_SECONDS = 60.0
"""For so long the record of the model is kept: it is made of every lead's first score."""


Follow = Callable[[Champion, Callable[[Champion], None]], Coroutine[Any, Any, None]]
"""Given the champion that serves, calls what it is given with each new one, until it is cancelled."""
Refused = Callable[[Request, Exception], RefusedError]
"""What is told of an error that a request meets."""


def create_app(
    load: Callable[[], Champion],
    open_store: Callable[[], Store],
    load_version: Load | None = None,
    follow: Follow | None = None,
    session_secret: Callable[[], str] = token_hex,
    watched: Callable[[], tuple[Refreshed | None, Drift | None]] = lambda: (None, None),
    yardstick: Callable[[], Yardstick] = Yardstick,
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
        def serve(champion: Champion) -> None:
            app.state.champion, app.state.openapi = champion, describe(champion)

        app.state.store = store = open_store()
        app.state.pulse = Pulse(store)
        app.state.watched = watched
        champion = load()
        serve(champion)
        app.state.telemetry = telemetry = Telemetry(champion.model.schema.fields, find_provider(champion.limits.traces))
        app.state.shelf = Shelf(lambda: app.state.champion, load_version)
        app.state.keys = KeyRing(store)
        app.state.sessions = Sessions(session_secret())
        app.state.registry, app.state.registry_turns = registry, asyncio.Semaphore(REGISTRY_TURNS)
        app.state.environment = environment or {}
        app.state.post_limits = PostLimits()
        together = carry_out(lambda: app.state.champion, telemetry)
        app.state.writer = writer = Writer(store, _now, together, telemetry.figures)
        app.state.refusals = refusals = Refusals(writer.submit)
        app.state.reports = Reports(store, yardstick())
        app.state.model_records = KeptAnswers(RECORD_SECONDS, most=1)
        writer.start()
        async with _running(end_with_parent()), _running(follow(champion, serve) if follow else None):
            yield
        refusals.flush()
        await run_in_threadpool(writer.stop)
        refusals.close()
        telemetry.close()
        store.close()

    return Starlette(
        routes=[*ROUTES, *pages.ROUTES],
        lifespan=lifespan,
        middleware=[Middleware(Observed), Middleware(PageHeaders), Middleware(Guard), Middleware(FormOrigins)],
        exception_handlers={
            RefusedError: _in_kind(of_refusal),
            StoreError: _in_kind(of_store_error),
            HTTPException: _in_kind(of_http_error),
        },
    )


def _in_kind(refused: Refused) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an error with a page where a person reads it, and with a problem elsewhere."""

    async def on_error(request: Request, error: Exception) -> Response:
        if is_page(request.url.path):
            return await pages.on_error(request, error)
        return _told(request, refused(request, error))

    return on_error


def _told(request: Request, refused: RefusedError) -> Response:
    if is_visitor(request):
        return not_sent(request, refused)
    return problem_response(refused.problem, refused.headers)


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


class Guard:
    """Answers a defect of ours with a problem and logs it once, before BentoML and uvicorn each log it again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and catch what comes back."""
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


def _of_defect(request: Request) -> Response:
    if is_page(request.url.path):
        return defect_page(request)
    told = "A defect of the service; its log says more."
    return _told(request, RefusedError(plain_problem(HTTPStatus.INTERNAL_SERVER_ERROR, told)))


def _named(scope: Scope) -> str:
    """Return what a log may call a request: paths may hold a person's address."""
    return f"{scope['method']} {scope.get('state', {}).get('route', UNMATCHED)}"

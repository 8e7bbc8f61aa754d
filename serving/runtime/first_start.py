"""The first start: `glengarry serve` in an empty folder has no settings and no model, and opens the page of own data instead.

It listens to this machine alone, its key is made anew each time and shown once, and whatever else is asked of it is answered by 503, so that
what sends leads keeps them, and what watches over services sees that this one is not ready.
"""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.records.clock import to_microseconds
from features.settings.folders import private_folder
from serving.api.openid import OpenIdProviders
from serving.batch.own_data import FOLDER
from serving.champion.champion import Champion, Deployment
from serving.champion.finding import NoChampionError
from serving.intake.calls import Call, carry_out
from serving.intake.refusals import Refusals
from serving.pages.own_data import OWN
from serving.pages.routes import table
from serving.pages.routes.api_docs import FrontDoors
from serving.pages.routes.attempts import Attempts
from serving.pages.routes.ended import EndedSessions
from serving.pages.routes.headers import PageHeaders, is_page
from serving.pages.routes.logins import Logins
from serving.pages.routes.session import Sessions
from serving.runtime.error_answers import ErrorGuard, error_handlers
from serving.runtime.server import STOP_SECONDS, refuse_taken
from serving.schemas.problems import plain_problem, problem_response
from serving.settings.settings import STORE_FILE, STORE_VARIABLE, Settings
from serving.store.keys import KeyRing, create_key, revoke_named
from serving.store.store import Store, open_store
from serving.store.writer import Writer
from serving.telemetry.requests import Observed
from serving.telemetry.telemetry import Telemetry

FIRST = "first-start"
"""The folder of its store, and the name of its key."""
NO_MODEL = f"There is no model here yet, so nothing is kept or scored: train one on {OWN}, or write settings with `glengarry init FOLDER`."
SETTINGS = Settings()
"""As of a file that says nothing."""


def is_first_start(folder: Path, environment: Mapping[str, str]) -> bool:
    """Return whether nothing lies in a folder but hidden files and what a first start leaves there itself.

    A store that the environment names belongs to an installation whose settings are missing: that is no first start.
    """
    output = folder / SETTINGS.output
    others = [file for file in folder.iterdir() if not file.name.startswith(".") and file != output]
    written = {file.name for file in output.iterdir()} if output.is_dir() else set()
    return not others and written <= {FOLDER, FIRST} and STORE_VARIABLE not in environment


def serve_first(folder: Path) -> None:
    """Serve the page of own data until SIGTERM or SIGINT.

    Raises
    ------
    PortTakenError
        If something else listens there.
    """
    service = SETTINGS.service
    refuse_taken(service)
    output = folder.resolve() / SETTINGS.output
    store = open_store(f"sqlite:///{(private_folder(output / FIRST) / STORE_FILE).as_posix()}")
    revoke_named(store, FIRST, _now())
    key = create_key(store, FIRST, "admin", _now())
    url = f"http://{service.host}:{service.port}"
    sys.stdout.write(
        "There are no settings in this folder, and nothing else: a first start. Drop an export of your CRM on a page, and train on it:\n\n"
        f"  {url}{OWN} (log in with {key})\n\n"
        "This machine alone reaches it. Calls are answered by 503 until there is a model. Ctrl-C ends it; what was dropped stays.\n"
    )
    sys.stdout.flush()
    app = create_first_app(store, output, os.environ)
    uvicorn.run(
        app,
        host=service.host,
        port=service.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@dataclass(frozen=True)
class FirstServices:
    """What a first start answers with: logins, and a folder for own data."""

    writer: Writer[Call]
    refusals: Refusals
    keys: KeyRing
    telemetry: Telemetry
    environment: Mapping[str, str]
    output: Path
    deployment: Deployment = field(default=Deployment(name=SETTINGS.registry.model, version="0"))
    zone: tzinfo = SETTINGS.zone
    settings_file: Path | None = None


def create_first_app(store: Store, output: Path, environment: Mapping[str, str]) -> Starlette:
    """Return the app of a first start; it closes the store when it ends.

    Parameters
    ----------
    output
        The folder in which own data are to lie.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        telemetry = Telemetry()
        writer = Writer(store, _now, carry_out(_no_champion, telemetry), telemetry.figures)
        refusals = Refusals(writer.submit)
        secret = token_hex()
        app.state.services = FirstServices(writer, refusals, KeyRing(store), telemetry, environment, output)
        app.state.logins = Logins(Sessions(secret), EndedSessions(store), Attempts(secret), OpenIdProviders())
        writer.start()
        yield
        refusals.flush()
        await run_in_threadpool(writer.stop)
        refusals.close()
        store.close()

    return Starlette(
        routes=[
            *table.FIRST_ROUTES,
            Route("/livez", _alive),
            Route("/{path:path}", _no_model, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
        ],
        lifespan=lifespan,
        middleware=[Middleware(one) for one in (Observed, FrontDoors, PageHeaders, ErrorGuard)],
        exception_handlers=error_handlers(partial(table.on_error, pages=table.FIRST_PAGES)),
    )


async def _alive(request: Request) -> Response:  # noqa: ARG001 - as of every route
    return Response()


async def _no_model(request: Request) -> Response:
    if is_page(request.url.path):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return problem_response(plain_problem(HTTPStatus.SERVICE_UNAVAILABLE, NO_MODEL))


def _no_champion() -> Champion:
    raise NoChampionError(NO_MODEL)


def _now() -> int:
    return to_microseconds(datetime.now(UTC))

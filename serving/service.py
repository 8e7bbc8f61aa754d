"""The BentoML service: the app of `serving.runtime.app`, mounted at the root. No logic stands here.

BentoML itself answers `/livez`, `/healthz` and `/readyz`, and nothing else. Its own figures and traces cost more than all of ours and are off.
"""

import logging
import os
import sys
from contextlib import closing
from datetime import UTC, datetime

import bentoml
from bentoml.exceptions import BentoMLConfigException
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from features.records.clock import to_microseconds
from features.settings.passing import sweep_passing
from serving.analytics.history import learning
from serving.analytics.report_settings import find_report_settings
from serving.champion.champion import Champion
from serving.champion.finding import provide_champion, start_worker
from serving.runtime.app import create_app
from serving.runtime.banner import greeting
from serving.runtime.delivery_loop import tell_store_of
from serving.runtime.parent_watchdog import PARENT_VARIABLE
from serving.runtime.reload import follow, watched
from serving.runtime.silent_connections import close_silent_connections
from serving.runtime.storage import find_registry, find_store, load_version, provide_session_secret
from serving.settings.secret import SESSIONS
from serving.settings.settings import SHOWN_KEY_VARIABLE
from serving.store.reading import outcomes_unknown
from serving.telemetry.logs import configure
from serving.telemetry.tracing import find_provider

log = logging.getLogger("glengarry")


def start() -> Champion:
    """Load the champion of a worker, whose silent connections are closed from now on; what one that was killed has left goes."""
    close_silent_connections()
    sweep_passing()
    return start_worker()


app = create_app(
    start,
    lambda: find_store(os.environ),
    load_version,
    follow,
    lambda: os.environ[SESSIONS.variable],
    watched,
    lambda: find_report_settings(os.environ),
    os.environ,
    find_registry(os.environ),
)


HEALTH = frozenset({"/livez", "/healthz", "/readyz"})


class Ours:
    """Sends all requests but those about health to our app, before BentoML looks for routes of its own, which know no keys."""

    def __init__(self, bento: ASGIApp, ours: ASGIApp) -> None:
        self._bento, self._ours = bento, ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_ours = scope["type"] == "http" and scope["path"] not in HEALTH
        await (self._ours if is_ours else self._bento)(scope, receive, send)


@bentoml.asgi_app(app, path="/")  # BentoML starts it and stops it
@bentoml.service(
    name="glengarry",
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": [".*"]},
)
class GlengarryService:
    """Keeps leads and scores them."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def before_start() -> None:
        """Find champion and store once, before any worker starts; without them, BentoML ends with the message and exit code 1.

        If it was started by `glengarry serve`, it says where it answers and calls to try.
        """
        try:
            champion = provide_champion(os.environ)
            configure(champion.limits.log)
            find_provider(champion.limits.traces)
            os.environ[PARENT_VARIABLE] = str(os.getpid())
            with closing(find_store(os.environ)) as store:
                shown_key = os.environ.pop(SHOWN_KEY_VARIABLE, None)
                origin = find_report_settings(os.environ).origin
                tell_store_of(store, os.environ, to_microseconds(datetime.now(UTC)))
                log.info(learning(origin.learns_from, store.ask(outcomes_unknown, *champion.model.outcomes_known)))
                said = "" if shown_key is None else greeting(champion, store, shown_key)
            provide_session_secret(os.environ)
        except (LookupError, ValueError, OSError) as error:
            raise BentoMLConfigException(str(error)) from error
        sys.stdout.write(said)
        sys.stdout.flush()

    async def __is_ready__(self) -> bool:
        """Return whether there is a champion and the store answers, or did so lately: `/readyz` asks."""
        return await run_in_threadpool(app.state.services.pulse.lately)


GlengarryService.add_asgi_middleware(Ours, ours=app)  # type: ignore[attr-defined]  # a class in name only

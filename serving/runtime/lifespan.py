"""What a process of the app opens when it starts, what goes on beside its requests, and what it closes in the end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from features.records.clock import to_microseconds
from models.registry import Registry
from serving.analytics.cache import SingleFlightCache
from serving.analytics.report_settings import ReportSettings
from serving.analytics.reports import Reports
from serving.api.card_links import Cards
from serving.api.openapi import describe
from serving.api.openid import OpenIdProviders
from serving.api.post_limits import PostLimits
from serving.api.services import Current, Services
from serving.champion.cache import Noted
from serving.champion.champion import Champion
from serving.champion.versions import Load, VersionCache
from serving.intake.calls import carry_out
from serving.intake.refusals import Refusals
from serving.pages.routes.attempts import Attempts
from serving.pages.routes.ended import EndedSessions
from serving.pages.routes.logins import Logins
from serving.pages.routes.session import Sessions
from serving.runtime.parent_watchdog import end_with_parent
from serving.store.accounts import fill_accounts
from serving.store.engine import StoreError
from serving.store.health import Pulse
from serving.store.keys import KeyRing
from serving.store.store import Store
from serving.store.writer import Writer
from serving.telemetry.telemetry import Telemetry
from serving.telemetry.tracing import find_provider

log = logging.getLogger("glengarry")

REGISTRY_TURNS = 2
"""So many requests ask the registry at a time."""
REASONS_SECONDS = 3_600.0
"""For which the record of each reason is kept: it takes a day's outcomes to move it."""
RECORD_SECONDS = 60.0
"""For so long the record of the model is kept: it is made of every lead's first score."""


Follow = Callable[[Champion, Callable[[Champion], None]], Coroutine[Any, Any, None]]
"""Given the champion that serves, calls what it is given with each new one, until it is cancelled."""


@dataclass(frozen=True)
class AppParts:
    """Where a process finds what the app works with.

    Attributes
    ----------
    load
        Loads the champion.
    open_store
        Opens the store.
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

    load: Callable[[], Champion]
    open_store: Callable[[], Store]
    load_version: Load | None
    follow: Follow | None
    session_secret: Callable[[], str]
    watched: Callable[[], Noted]
    yardstick: Callable[[], ReportSettings]
    environment: Mapping[str, str]
    registry: Callable[[], Registry] | None

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Open what requests need, let work go on beside them, and close all of it once what was taken in is stored."""
        store, champion = self.open_store(), self.load()
        secret = self.session_secret()
        services = self._services(store, champion, secret)
        app.state.services = services
        app.state.logins = Logins(Sessions(secret), EndedSessions(store), Attempts(secret), OpenIdProviders())

        def tell_accounts(champion: Champion) -> None:
            asyncio.get_running_loop().run_in_executor(None, _tell_accounts, store, champion)

        def serve(champion: Champion) -> None:
            services.current.champion, services.current.openapi = champion, describe(champion)
            tell_accounts(champion)

        tell_accounts(champion)
        services.writer.start()
        following = self.follow(champion, serve) if self.follow else None
        async with _running(end_with_parent()), _running(following):
            yield
        services.refusals.flush()
        await run_in_threadpool(services.writer.stop)
        services.refusals.close()
        services.telemetry.close()
        store.close()

    def _services(self, store: Store, champion: Champion, secret: str) -> Services:
        current = Current(champion, describe(champion))
        telemetry = Telemetry(champion.intake.fields, find_provider(champion.limits.traces))
        writer = Writer(store, _now, carry_out(lambda: current.champion, telemetry), telemetry.figures)
        return Services(
            current=current,
            store=store,
            pulse=Pulse(store),
            writer=writer,
            refusals=Refusals(writer.submit),
            keys=KeyRing(store),
            cards=Cards(secret),
            post_limits=PostLimits(),
            versions=VersionCache(lambda: current.champion, self.load_version),
            reports=Reports(store, self.yardstick()),
            telemetry=telemetry,
            watched=self.watched,
            registry=self.registry,
            registry_turns=asyncio.Semaphore(REGISTRY_TURNS),
            environment=self.environment,
            model_records=SingleFlightCache(RECORD_SECONDS, most=1),
            reason_records=SingleFlightCache(REASONS_SECONDS, most=1),
            overview_figures=SingleFlightCache(RECORD_SECONDS, most=1),
        )


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

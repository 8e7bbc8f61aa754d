"""Delivering: the watch has a thread for each receiver that brings it what happens, and starts them anew when the settings change."""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from threading import Event, Thread

from serving.champion.cache import ModelCache
from serving.champion.finding import NoChampionError
from serving.champion.latest import LatestChampion
from serving.champion.versions import VersionCache
from serving.outbox.change import explainer
from serving.outbox.courier import Courier, process_name
from serving.outbox.delivery import Delivery
from serving.outbox.messages import MessageDelivery, MessageDesk
from serving.outbox.webhook import WebhookDelivery
from serving.pages.moves import reason
from serving.runtime.message_desk import desk_of, link_of
from serving.runtime.storage import find_store, load_version
from serving.runtime.threads import have_ended
from serving.settings.settings import SETTINGS_VARIABLE, STORE_VARIABLE, Settings, load_settings
from serving.store.deliveries import Notice, register, release
from serving.store.engine import StoreError
from serving.store.store import Store

log = logging.getLogger("glengarry")

STOP_SECONDS = 3.0
AFTER_TROUBLE = 5.0
"""Seconds after which it is tried again where the store did not answer."""

Explain = Callable[[Notice], Mapping[str, object] | None]


def deliveries_of(
    settings: Settings,
    environment: Mapping[str, str],
    explain: Explain = lambda _: None,
    desk: MessageDesk | None = None,
) -> list[Delivery]:
    """Return every receiver that the settings name: the one list of them.

    Parameters
    ----------
    desk
        From what people are written to; without it, they are sent trials alone.
    """
    outbox = settings.outbox
    targets = [WebhookDelivery(target, outbox.hosts, environment, time.time, explain) for target in outbox.targets]
    return [*targets, *people_of(settings, environment, desk)]


def people_of(settings: Settings, environment: Mapping[str, str], desk: MessageDesk | None) -> list[MessageDelivery]:
    """Return the people whom the settings name."""
    zone, link = settings.lead_schema.zone, link_of(settings)
    return [MessageDelivery(one, zone, environment, time.time, desk, link) for one in settings.outbox.messages]


def tell_store(store: Store, settings: Settings, deliveries: Sequence[Delivery], now: int) -> None:
    """Let the store know who is to be told what, from now on."""
    receivers = {delivery.name: delivery.kinds for delivery in deliveries}
    with store.writing(now) as transaction:
        if register(transaction, receivers, settings.outbox.moved_by):
            names = ", ".join(sorted(receivers)) or "nobody"
            transaction.add_audit("receivers changed", "outbox", names)
            log.info("what happens is told to: %s", names)


def tell_store_of(store: Store, environment: Mapping[str, str], now: int) -> None:
    """Let the store know before the first lead comes in; a Bento without settings has nobody to tell."""
    if SETTINGS_VARIABLE in environment:
        settings = load_settings(Path(environment[SETTINGS_VARIABLE]))
        tell_store(store, settings, deliveries_of(settings, environment), now)


class Delivering:
    """The threads that deliver.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings, self._clock = settings, clock
        self._started: Settings | None = None
        self._stop = Event()
        self._threads: list[Thread] = []
        self._store: Store | None = None

    def take(self, settings: Settings) -> None:
        """Go on by other settings, from the next look on."""
        self._settings = settings

    def look(self) -> None:
        """Start what delivers, if there is anybody to tell, the settings are not those of before, and what delivered by these has ended.

        What has not ended after a while is looked at again the next time: whoever looks has more to do.
        """
        if self._started is not None and _read_by(self._started) == _read_by(self._settings):
            return
        self._stop.set()
        if not have_ended(self._threads, STOP_SECONDS):
            return
        self.end(patience=None)
        try:
            self._start()
        except (StoreError, ValueError) as error:  # an address or a schema that is none, too
            log.warning("nothing is delivered for now: %s", error)

    def end(self, patience: float | None = STOP_SECONDS) -> None:
        """Let the threads end what they have begun, for so many seconds in all: what then is under way is sent again by the next process."""
        self._stop.set()
        have_ended(self._threads, patience)
        if self._store is not None:
            try:
                with self._store.writing(round(self._clock() * 1e6)) as transaction:
                    release(transaction, process_name())
            except StoreError as error:
                log.info("what this process held of the outbox is free in two minutes: %s", error)
            self._store.close()
        self._threads, self._store, self._started = [], None, None

    def _start(self) -> None:
        self._stop = Event()
        settings = self._settings
        has_store = settings.store_is_there or STORE_VARIABLE in os.environ
        if not deliveries_of(settings, os.environ) and not has_store:
            return  # nobody is told, nor was anybody
        store = self._store = find_store(os.environ)
        serving = LatestChampion(ModelCache(settings.copies))
        explain = explainer(store, VersionCache(serving, load_version), reason)

        def explain_safely(notice: Notice) -> Mapping[str, object] | None:
            try:
                return explain(notice)
            except (NoChampionError, ValueError, OSError) as error:
                log.info("a change is told without its parts: %s", error)
                return None

        desk = desk_of(settings, store, serving)
        deliveries = deliveries_of(settings, os.environ, explain_safely, desk)
        tell_store(store, settings, deliveries, round(self._clock() * 1e6))
        for delivery in deliveries:
            courier = Courier(store, delivery, self._clock, process_name(), Random())
            thread = Thread(target=bring_until, args=(courier, self._stop), name=f"to-{delivery.name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._started = settings


def _read_by(settings: Settings) -> tuple[object, ...]:
    """Return what of the settings delivering goes by."""
    return settings.outbox, settings.lead_schema, settings.login.address, settings.accountability


def bring_until(courier: Courier, stop: Event) -> None:
    """Bring notices until it is said to stop; nothing that a receiver or the store does ends it."""
    wait = 0.0
    while not stop.wait(wait):
        try:
            wait = 0.0 if courier.bring() else courier.delivery.rhythm.seconds
        except StoreError as error:
            log.warning("%s is told later: %s", courier.delivery.name, error)
            wait = AFTER_TROUBLE
        except Exception:
            log.exception("defect in telling %s, which is tried again", courier.delivery.name)
            wait = AFTER_TROUBLE

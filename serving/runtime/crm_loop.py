"""Writing back and pulling by itself: the watch has a thread for each CRM of the settings that is on, and starts them anew when these change.

A thread looks for new scores every half second, so a CRM shows one within seconds; that is a question of an index, and asks nothing of the CRM.
What fails is said in the log and by `glengarry crm status`, and is tried again, later and later.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import httpx

from serving.champion.cache import CachedModel, ModelCache
from serving.champion.champion import Champion, NoChampionError, from_copies
from serving.crm.connect import connect, connect_crm
from serving.crm.http import CrmBusyError, CrmError, CrmTokenError
from serving.crm.pull import pull, tell_store
from serving.crm.writeback import WriteBack
from serving.runtime.storage import find_store
from serving.settings.crm import CrmSettings
from serving.settings.secret import EXPLORATION
from serving.settings.settings import Settings
from serving.store.crm_records import CrmPosition, end_turn, keep_crm_position, take_turn
from serving.store.engine import StoreError
from serving.store.store import Store

log = logging.getLogger("glengarry")

EVERY = 0.5
"""Seconds between two looks for new scores."""
TURN = 600.0
"""Seconds for which one process works for a CRM, before another machine's may: it takes its turn anew long before."""
OTHERS = 30.0
"""Seconds after which it is asked again whose turn it is."""
FIRST_REST, LONGEST_REST = 5.0, 300.0
"""Seconds after a round that failed, doubled with each one."""
DOUBLINGS = 6
LONGEST_ASKED = 86_400.0
"""Seconds that a CRM may ask to be left alone; it is asked again after them, however long it wanted."""
STOP_SECONDS = 3.0
TROUBLE = "trouble"
"""Name of the position that says what went wrong last."""
MICRO = 1_000_000


class LatestChampion:
    """The champion among the copies under the settings of today, read again when another serves."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings, self._environment = settings, environment
        self._copies = ModelCache(settings.copies)
        self._read: tuple[CachedModel | None, Champion] | None = None

    def __call__(self) -> Champion:
        """Return it.

        Raises
        ------
        NoChampionError
            If there is none that can be read.
        """
        there = self._copies.serving()
        if self._read is None or self._read[0] != there:
            champion = from_copies(self._copies).under(self._settings)
            secret = EXPLORATION.find(self._environment, self._settings.var)
            self._read = (there, replace(champion, secret=secret))
        return self._read[1]


class CrmRounds:
    """What is done for one CRM, round by round.

    Parameters
    ----------
    clock
        Microseconds UTC.
    holder
        By what other machines know this one.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        crm: CrmSettings,
        champion: Callable[[], Champion],
        environment: Mapping[str, str],
        clock: Callable[[], int],
        holder: str,
        transport: httpx.BaseTransport | None = None,
        **times: Any,
    ) -> None:
        self.store, self.crm, self.champion, self.clock, self.holder = store, crm, champion, clock, holder
        self._target = connect(crm, environment, transport, **times)
        self._webhook = settings.webhooks.get(crm.webhook)
        self._source = connect_crm(crm, environment, transport, **times) if self._webhook is not None else None
        self._writer = WriteBack(store, crm, self._target, settings.lead_schema, clock, self._tell)
        self._rest_until = self._turn_until = self._next_pull = 0
        self._failures, self._trouble = 0, ""

    def look(self) -> None:
        """Do what is to be done now; whatever a CRM or the store may do is said, and tried again later."""
        now = self.clock()
        if now < self._rest_until:
            return
        try:
            if not self._has_turn(now):
                self._rest(OTHERS)
                return
            self._round(now)
        except CrmBusyError as error:
            log.warning("%s", error)
            self._rest(min(error.wait, LONGEST_ASKED))
        except (CrmError, CrmTokenError, StoreError, NoChampionError) as error:
            self._failed(str(error))
        except Exception as error:
            log.exception("defect in the work for crm %s", self.crm.name)
            self._failed(f"a defect: {type(error).__name__}")
        else:
            self._failures = 0
            self._note("")

    def close(self) -> None:
        """Let others work for the CRM, and close all connections."""
        try:
            with self.store.writing(self.clock()) as transaction:
                end_turn(transaction, self.crm.name, self.holder)
        except StoreError as error:
            log.info("the turn of crm %s ends by itself: %s", self.crm.name, error)
        self._target.close()
        if self._source is not None:
            self._source.close()

    def _round(self, now: int) -> None:
        report = self._writer.round()
        if report.made:
            log.warning("crm %s has new properties: %s", self.crm.name, ", ".join(report.made))
        if report.written:
            log.info("crm %s was told %d scores", self.crm.name, report.written)
        if self._source is not None and self._webhook is not None and now >= self._next_pull:
            pulled = pull(self.store, self.crm, self._webhook, self._source, self.champion, self.clock)
            self._next_pull = self.clock() + round(self.crm.pull_minutes * 60 * MICRO)
            if pulled.records:
                log.info("crm %s: %d records were changed", self.crm.name, sum(pulled.records.values()))

    def _has_turn(self, now: int) -> bool:
        if now < self._turn_until:
            return True
        with self.store.writing(now) as transaction:
            taken = take_turn(transaction, self.crm.name, self.holder, now, now + round(TURN * MICRO))
        self._turn_until = now + round(TURN / 2 * MICRO) if taken else 0
        return taken

    def _tell(self, told: Any) -> Any:
        return tell_store(self.store, self.champion, told, self.clock())

    def _failed(self, trouble: str) -> None:
        self._failures += 1
        if trouble != self._trouble:
            log.error("crm %s is tried again later: %s", self.crm.name, trouble)
        self._rest(min(FIRST_REST * 2.0 ** min(self._failures - 1, DOUBLINGS), LONGEST_REST))
        self._note(trouble)

    def _rest(self, seconds: float) -> None:
        self._rest_until = self.clock() + round(seconds * MICRO)

    def _note(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        try:
            with self.store.writing(self.clock()) as transaction:
                keep_crm_position(transaction, self.crm.name, TROUBLE, CrmPosition(self.clock(), trouble))
        except StoreError as error:
            log.info("what is wrong with crm %s is not kept: %s", self.crm.name, error)


class CrmWatch:
    """The threads that work for CRMs."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings, self._environment = settings, environment
        self._started: Settings | None = None
        self._stop = Event()
        self._threads: list[Thread] = []
        self._store: Store | None = None

    def take(self, settings: Settings) -> None:
        """Go on by other settings, from the next look on."""
        self._settings = settings

    def look(self) -> None:
        """Start what works for the CRMs that are on, if the settings are not those of before."""
        if self._started is not None and self._started == self._settings:
            return
        self.end(patience=None)
        wanted = [one for one in self._settings.crm if one.state == "on"]
        try:
            if wanted:
                self._start(wanted)
            self._started = self._settings
        except (StoreError, ValueError) as error:  # an address or a schema that is none, too
            log.warning("CRMs are not told for now: %s", error)

    def end(self, patience: float | None = STOP_SECONDS) -> None:
        """Let the threads end their round, for so many seconds: what is not kept of it then is done again."""
        self._stop.set()
        for thread in self._threads:
            thread.join(patience)
        if self._store is not None:
            self._store.close()
        self._threads, self._store, self._started = [], None, None

    def _start(self, wanted: list[CrmSettings]) -> None:
        self._stop, settings = Event(), self._settings
        store = self._store = find_store(self._environment)
        champion = LatestChampion(settings, self._environment)
        holder = f"{socket.gethostname()} {settings.folder}"
        for crm in wanted:
            rounds = CrmRounds(store, settings, crm, champion, self._environment, _now, holder)
            thread = Thread(target=work_until, args=(rounds, self._stop), name=f"crm-{crm.name}", daemon=True)
            thread.start()
            self._threads.append(thread)


def work_until(rounds: CrmRounds, stop: Event) -> None:
    """Work for a CRM, round by round, until it is to stop."""
    try:
        while not stop.wait(EVERY):
            rounds.look()
    finally:
        rounds.close()


def _now() -> int:
    return time.time_ns() // 1_000

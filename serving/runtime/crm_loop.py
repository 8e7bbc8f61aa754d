"""Writing back and pulling by itself: the watch has a thread for each CRM of the settings that is on, and starts them anew when these change.

Writing and pulling each fail, rest and go on by themselves. A thread looks for new scores every half second, so a CRM shows one within seconds; that is a question of an index, and asks nothing of the CRM.
What fails is said in the log and by `glengarry crm status`, and is tried again, later and later.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import Any, cast

import httpx

from serving.champion.cache import ModelCache
from serving.champion.champion import Champion
from serving.champion.finding import NoChampionError
from serving.champion.latest import LatestChampion
from serving.crm.connect import connect, connect_crm
from serving.crm.http import CrmBusyError, CrmError, CrmTokenError
from serving.crm.pull import pull, tell_store
from serving.crm.target import Crm
from serving.crm.turn import CrmTurn, TurnError
from serving.crm.writeback import WriteBack
from serving.outbox.courier import has_ended, process_name
from serving.runtime.storage import find_store
from serving.runtime.threads import have_ended
from serving.settings.crm import CrmSettings
from serving.settings.secret import EXPLORATION
from serving.settings.settings import Settings
from serving.settings.webhooks import WebhookSettings
from serving.store.crm_health import TROUBLE, crm_healths, forget_troubles
from serving.store.crm_records import CrmPosition, crm_position, keep_crm_position
from serving.store.engine import StoreError
from serving.store.store import Store

log = logging.getLogger("glengarry")

EVERY = 0.5
"""Seconds between two looks for new scores."""
OTHERS = 30.0
"""Seconds after which it is asked again whose turn it is."""
FIRST_REST, LONGEST_REST = 5.0, 300.0
"""Seconds after a round that failed, doubled with each one."""
DOUBLINGS = 6
LONGEST_ASKED = 86_400.0
"""Seconds that a CRM may ask to be left alone; it is asked again after them, however long it wanted."""
STOP_SECONDS = 3.0
MICRO = 1_000_000


@dataclass
class CrmJob:
    """Writing or pulling for one CRM: what fails in the one keeps nothing of the other from being done.

    Attributes
    ----------
    work
        Does what is to be done now, and returns for how many seconds there then is nothing to do.
    rest_until
        Microseconds UTC.
    failures, trouble
        How often it failed in a row, and why.
    """

    work: Callable[[], float]
    rest_until: int = 0
    failures: int = 0
    trouble: str = ""


class CrmRounds:
    """What is done for one CRM, round by round.

    Parameters
    ----------
    clock
        Microseconds UTC.
    holder
        By what other processes know this one.
    stop
        Ends the work before its next batch or page.
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
        stop: Event | None = None,
        **times: Any,
    ) -> None:
        self.store, self.crm, self.champion, self.clock = store, crm, champion, clock
        self._stop = Event() if stop is None else stop
        self.turn = CrmTurn(store, crm.name, clock, holder, has_ended, self._stop.is_set)
        self._target = connect(crm, environment, transport, **times)
        self._webhook = settings.webhooks.get(crm.webhook)
        self._source = connect_crm(crm, environment, transport, **times) if self._webhook is not None else None
        self._writer = WriteBack(store, crm, self._target, settings.lead_schema, clock, self._tell, self.turn.take)
        self._jobs = [CrmJob(self._write)] + ([CrmJob(self._pull)] if self._source is not None else [])
        self._trouble: str | None = None  # as the store has it; None before it was asked

    def look(self) -> None:
        """Do what is to be done now; whatever a CRM or the store may do is said, and tried again later."""
        for job in self._jobs:
            if self.clock() >= job.rest_until and not self._stop.is_set():
                self._do(job)
        self.turn.end()
        self._note("; ".join(dict.fromkeys(job.trouble for job in self._jobs if job.trouble)))

    def close(self) -> None:
        """Let others work for the CRM, and close all connections."""
        self.turn.end()
        self._target.close()
        if self._source is not None:
            self._source.close()

    def _do(self, job: CrmJob) -> None:
        try:
            rest = job.work()
        except TurnError as error:
            log.info("%s", error)
            self._rest(job, OTHERS)
        except CrmBusyError as error:
            log.warning("%s", error)
            job.trouble = str(error)
            self._rest(job, min(error.wait, LONGEST_ASKED))
        except (CrmError, CrmTokenError, StoreError, NoChampionError) as error:
            self._failed(job, str(error))
        except Exception as error:
            log.exception("defect in the work for crm %s", self.crm.name)
            self._failed(job, f"a defect: {type(error).__name__}")
        else:
            job.failures, job.trouble = 0, ""
            self._rest(job, rest)

    def _write(self) -> float:
        report = self._writer.round()
        if report.made:
            log.warning("crm %s has new properties: %s", self.crm.name, ", ".join(report.made))
        if report.written:
            log.info("crm %s was told %d scores", self.crm.name, report.written)
        return 0.0

    def _pull(self) -> float:
        source, webhook = cast("Crm", self._source), cast("WebhookSettings", self._webhook)
        pulled = pull(self.store, self.crm, webhook, source, self.champion, self.clock, go_on=self.turn.take)
        if pulled.records:
            log.info("crm %s: %d records were changed", self.crm.name, sum(pulled.records.values()))
        return self.crm.pull_minutes * 60

    def _tell(self, told: Any) -> Any:
        return tell_store(self.store, self.champion, told, self.clock())

    def _failed(self, job: CrmJob, trouble: str) -> None:
        job.failures += 1
        if trouble != job.trouble:
            log.error("crm %s is tried again later: %s", self.crm.name, trouble)
        job.trouble = trouble
        self._rest(job, min(FIRST_REST * 2.0 ** min(job.failures - 1, DOUBLINGS), LONGEST_REST))

    def _rest(self, job: CrmJob, seconds: float) -> None:
        job.rest_until = self.clock() + round(seconds * MICRO)

    def _note(self, trouble: str) -> None:
        try:
            if self._trouble is None:
                position = self.store.ask(crm_position, self.crm.name, TROUBLE)
                self._trouble = "" if position is None else position.place
            if trouble != self._trouble:
                with self.store.writing(self.clock()) as transaction:
                    keep_crm_position(transaction, self.crm.name, TROUBLE, CrmPosition(self.clock(), trouble))
                self._trouble = trouble
        except StoreError as error:
            log.info("what is wrong with crm %s is not kept: %s", self.crm.name, error)


class CrmWatch:
    """The threads that work for CRMs."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings, self._environment = settings, environment
        self._started: tuple[object, ...] | None = None
        self._stop = Event()
        self._threads: list[Thread] = []
        self._store: Store | None = None

    def take(self, settings: Settings) -> None:
        """Go on by other settings, from the next look on."""
        self._settings = settings

    def look(self) -> None:
        """Start what works for the CRMs that are on, if the settings are not those of before and what worked by these has ended.

        What has not ended after a while is looked at again the next time: whoever looks has more to do.
        """
        wanted = _read_by_crms(self._settings)
        if self._started == wanted:
            return
        self._stop.set()
        if not have_ended(self._threads, STOP_SECONDS):
            return
        self.end(patience=None)
        try:
            on = [one for one in self._settings.crm if one.state == "on"]
            if on or self._settings.store_is_there:
                self._forget_others(on)
            if on:
                self._start(on)
            self._started = wanted
        except (StoreError, ValueError) as error:  # an address or a schema that is none, too
            log.warning("CRMs are not told for now: %s", error)

    def end(self, patience: float | None = STOP_SECONDS) -> None:
        """Let the threads end their round, for so many seconds in all: what is not kept of it then is done again."""
        self._stop.set()
        have_ended(self._threads, patience)
        if self._store is not None:
            self._store.close()
        self._threads, self._store, self._started = [], None, None

    def _forget_others(self, wanted: list[CrmSettings]) -> None:
        """Say nothing more of what was wrong with CRMs that are on no longer."""
        now = _now()
        with closing(find_store(self._environment)) as store:
            if store.ask(crm_healths):
                with store.writing(now) as transaction:
                    forget_troubles(transaction, [one.name for one in wanted])

    def _start(self, wanted: list[CrmSettings]) -> None:
        self._stop, settings = Event(), self._settings
        store = self._store = find_store(self._environment)

        def with_secret(champion: Champion) -> Champion:
            return replace(champion, secret=EXPLORATION.find(self._environment, settings.var))

        champion = LatestChampion(ModelCache(settings.copies), with_secret)
        for crm in wanted:
            rounds = CrmRounds(store, settings, crm, champion, self._environment, _now, process_name(), stop=self._stop)
            thread = Thread(target=work_until, args=(rounds, self._stop), name=f"crm-{crm.name}", daemon=True)
            thread.start()
            self._threads.append(thread)


def _read_by_crms(settings: Settings) -> tuple[object, ...]:
    """Return what of the settings the work for CRMs is begun with; what the champion reads comes with its copy."""
    return settings.crm, settings.webhooks, settings.lead_schema, settings.copies, settings.var


def work_until(rounds: CrmRounds, stop: Event) -> None:
    """Work for a CRM, round by round, until it is to stop."""
    try:
        while not stop.wait(EVERY):
            rounds.look()
    finally:
        rounds.close()


def _now() -> int:
    return time.time_ns() // 1_000

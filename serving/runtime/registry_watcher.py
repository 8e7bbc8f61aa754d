"""The watch: a process of its own that asks the registry who is champion, and puts a new one among the copies for the workers.

So no worker has to load MLflow to serve, and a version that is broken enough to bring a process down brings down this one. It ends with the worker that
started it.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from models.registry import NoModelError, Registry, RegistryError
from serving.champion.cache import ModelCache, Refused, Watched
from serving.champion.finding import NoChampionError, checked, from_copies, from_registry, put
from serving.runtime.crm_loop import CrmWatch
from serving.runtime.decision_loop import DecisionWatch
from serving.runtime.delivery_loop import Delivering
from serving.runtime.drift_loop import Drifting
from serving.runtime.refresh_loop import Refreshing, refresh_command
from serving.runtime.silence_loop import Silences
from serving.runtime.storage import find_store
from serving.runtime.tidying import Tidying
from serving.runtime.upkeep_loop import UpkeepWatch
from serving.runtime.waiting_loop import WaitingWatch
from serving.runtime.week_loop import WeekWatch
from serving.settings.settings import Settings, SettingsError, load_settings
from serving.store.announcing import Announce, Announcer, nobody
from serving.store.notices import NewNotice
from serving.telemetry.logs import configure

log = logging.getLogger("glengarry")

EVERY = 10.0
"""Seconds between two questions to the registry."""
TICK = 0.5
MAX_TRIES = 2
"""Loads of a version that the process may end over: a kill or a full memory is no fault of the version, a crash comes again."""


class Watch:
    """Asks the registry, and remembers what it refused.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float], announce: Announce = nobody) -> None:
        self.settings, self._announce = settings, announce
        self.copies = ModelCache(settings.copies)
        self.registry = Registry(settings.registry, settings.var)
        self.clock = clock
        last = self.copies.watched()
        self.refused = last.refused
        self.tries = last.tries if last.trying else 0
        if self.tries >= MAX_TRIES:
            self._refuse(last.trying, f"the process ended {self.tries} times while it was loaded")

    def look(self) -> None:
        """Ask once who is champion; put a new one among the copies, unless it is broken."""
        try:
            version = self.registry.version_of()
        except (NoModelError, RegistryError) as error:
            self._trouble(str(error))
            return
        serving = self.copies.serving()
        if serving is not None and (serving.name, serving.version) == (self.settings.registry.model, version):
            self.refused = None
        elif self.refused is None or self.refused.version != version:
            self._take(version)
        self._note()

    def settle(self, settings: Settings) -> None:
        """Let the champion that serves go on under other settings: what they allow holds at once."""
        self.settings = settings
        try:
            champion = from_copies(self.copies)
        except NoChampionError:
            return
        put(champion.under(settings), self.copies)

    def _take(self, version: str) -> None:
        self.tries += 1
        self._note(trying=version)
        try:
            champion = checked(from_registry(self.settings))
        except RegistryError as error:
            self._trouble(str(error))
        except Exception as error:
            log.exception("version %s is refused", version)
            self._refuse(version, str(error) or repr(error))
        else:
            put(champion, self.copies)
            self.refused = None
            log.warning("version %s serves from now on", champion.deployment.version)

    def _refuse(self, version: str, why: str) -> None:
        log.error("version %s is refused, and the one before goes on serving: %s", version, why)
        self._announce([NewNotice("version.refused", {"after": {"version": version, "by": "the service", "why": why}})])
        self.refused = Refused(version=version, why=why)
        self._note()

    def _trouble(self, trouble: str) -> None:
        last = self.copies.watched()
        if trouble != last.trouble:
            log.error("the last good model goes on serving: %s", trouble)
        self.tries = 0
        self.copies.note(last.model_copy(update={"trouble": trouble, "trying": "", "tries": 0}))

    def _note(self, trying: str = "") -> None:
        self.tries = self.tries if trying else 0
        self.copies.note(Watched(asked_at=self.clock(), trying=trying, tries=self.tries, refused=self.refused))


class SettingsFile:
    """A settings file, read again when it was written."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._written = self._time()

    def changed(self) -> Settings | None:
        """Return the settings if the file was written since it was last asked, and can be used."""
        written = self._time()
        if written == self._written:
            return None
        self._written = written
        try:
            settings = load_settings(self.file)
        except SettingsError as error:
            log.error("the settings of before go on: %s", error)
            return None
        log.warning("%s was changed: what may be told of leads, forms and webhooks holds from now on", self.file)
        return settings

    def _time(self) -> int:
        try:
            return self.file.stat().st_mtime_ns
        except OSError:
            return 0


def watch(settings_file: Path, parent: int) -> None:
    """Ask the registry every few seconds, and refresh when it is time, as long as the process that started this one lives."""
    settings = load_settings(settings_file)
    configure(settings.service.log)
    file = SettingsFile(settings_file)
    announce = Announcer(lambda: find_store(os.environ), time.time, settings.untold)
    looking = Watch(settings, time.time, announce)
    command = refresh_command(settings_file)
    drifting = Drifting(looking.copies, looking.registry, settings.lead_schema, time.time, announce)
    refreshing = Refreshing(looking.copies, settings.service.refresh_hours, command, time.time, announce)
    tidying = Tidying(time.time)
    listening = Silences(looking.copies, settings.lead_schema.zone, time.time, announce)
    waiting = WaitingWatch(settings.lead_schema, time.time)
    weeks = WeekWatch(settings.lead_schema.zone, time.time, announce)
    decisions = DecisionWatch(looking.registry, time.time, announce)
    upkeep = UpkeepWatch(looking.copies, settings.var, time.time, announce)
    delivering = Delivering(settings, time.time)
    working = CrmWatch(settings)
    others = (delivering, working, looking, refreshing, drifting, tidying, listening, waiting, weeks, decisions, upkeep)
    looks = [one.look for one in others]
    next_look = time.monotonic() + EVERY  # the start has just asked
    try:
        delivering.look()
        working.look()
        while os.getppid() == parent:
            if time.monotonic() >= next_look:
                if (changed := file.changed()) is not None:
                    for take in (looking.settle, delivering.take, working.take):
                        spared(partial(take, changed))
                for each in looks:
                    spared(each)
                next_look = time.monotonic() + EVERY
            time.sleep(TICK)
    finally:
        refreshing.end()
        delivering.end()
        working.end()


def spared(work: Callable[[], None]) -> None:
    """Do what is to be done; where it cannot be done now, the rest of the watch goes on, and it is done the next time."""
    try:
        work()
    except (OSError, ValueError) as error:
        # A full disk or settings that somebody is just writing: what serves goes on, and is looked after again.
        log.error("the watch looks again in %g seconds, because: %s", EVERY, error)
    except Exception:
        log.exception("defect in what the watch looks after, which it does again in %g seconds", EVERY)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the worker ends this process when it is done
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    watch(Path(sys.argv[1]), int(sys.argv[2]))

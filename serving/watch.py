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
from pathlib import Path

from models.registry import NoModelError, Registry, RegistryError
from serving.champion import checked, from_registry, put
from serving.copies import Copies, Refused, Watched
from serving.drift import Drifting
from serving.refreshing import Refreshing, refresh_command
from serving.settings import Settings, load_settings
from serving.telemetry.logs import configure

log = logging.getLogger("glengarry")

EVERY = 10.0
"""Seconds between two questions to the registry."""
TICK = 0.5


class Watch:
    """Asks the registry, and remembers what it refused.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.copies = Copies(settings.copies)
        self.registry = Registry(settings.registry, settings.var)
        self.clock = clock
        last = self.copies.watched()
        self.refused = last.refused
        if last.trying:
            self._refuse(last.trying, "loading it brought the process down")

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

    def _take(self, version: str) -> None:
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
        self.refused = Refused(version=version, why=why)
        self._note()

    def _trouble(self, trouble: str) -> None:
        last = self.copies.watched()
        if trouble != last.trouble:
            log.error("the last good model goes on serving: %s", trouble)
        self.copies.note(last.model_copy(update={"trouble": trouble, "trying": ""}))

    def _note(self, trying: str = "") -> None:
        self.copies.note(Watched(asked_at=self.clock(), trying=trying, refused=self.refused))


def watch(settings_file: Path, parent: int) -> None:
    """Ask the registry every few seconds, and refresh when it is time, as long as the process that started this one lives."""
    settings = load_settings(settings_file)
    configure(settings.service.log)
    looking = Watch(settings, time.time)
    command = refresh_command(settings_file)
    drifting = Drifting(looking.copies, looking.registry, time.time)
    refreshing = Refreshing(looking.copies, settings.service.refresh_hours, command, time.time)
    next_look = time.monotonic() + EVERY  # the start has just asked
    try:
        while os.getppid() == parent:
            if time.monotonic() >= next_look:
                looking.look()
                refreshing.look()
                drifting.look()
                next_look = time.monotonic() + EVERY
            time.sleep(TICK)
    finally:
        refreshing.end()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the worker ends this process when it is done
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    watch(Path(sys.argv[1]), int(sys.argv[2]))

"""How a worker follows the copies: it takes the champion that is put there, between two requests, and sees to it that somebody watches."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from starlette.concurrency import run_in_threadpool

from features.settings.folders import private_folder
from serving.champion.cache import ModelCache, Noted
from serving.champion.champion import Champion
from serving.champion.finding import COPIES_VARIABLE, NoChampionError, from_copies, settle, tell_differences
from serving.settings.settings import DEFAULT_FILE, SETTINGS_VARIABLE

log = logging.getLogger("glengarry")

EVERY = 1.0
"""Seconds between two looks at the copies."""
RESTART = 15
"""So many looks pass before a watch that has ended is started anew."""
LOCK = "watch.lock"

Serve = Callable[[Champion], None]


class Watchman:
    """Sees to it that one worker, and no more, has a watch running; if that worker ends, another takes over.

    Parameters
    ----------
    command
        Starts the watch.
    """

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        self.command = command
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._wait = 0

    @property
    def watches(self) -> bool:
        """Whether the watch is ours, and runs."""
        return self._process is not None and self._process.poll() is None

    def see(self) -> None:
        """Start the watch if nobody has, or if ours has ended a while ago."""
        if self._lock is None:
            self._lock = _locked(self.folder / LOCK)
        if self._lock is None or self.watches:
            return
        if self._process is not None and self._wait == 0:
            log.error("the watch on the registry ended with code %s, and is started anew", self._process.returncode)
            self._wait = RESTART
        self._wait -= 1
        if self._wait <= 0:
            self._wait = 0
            self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)

    def end(self) -> None:
        """Stop the watch, if it is ours."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        if self._lock is not None:
            self._lock.close()


def _locked(file: Path) -> IO[str] | None:
    """Return a file that is locked for this process until it is closed; None if another has it."""
    import fcntl  # not on Windows, where BentoML does not serve either

    private_folder(file.parent)
    opened = file.open("w", encoding="utf-8")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        opened.close()
        return None
    return opened


class Follower:
    """Takes what is put among the copies.

    Parameters
    ----------
    champion
        The one that serves so far.
    serve
        Called in the event loop, so no request sees half of a change; a request that has begun ends with the champion it began with.
    """

    def __init__(self, copies: ModelCache, champion: Champion, serve: Serve) -> None:
        self.copies = copies
        self.serve = serve
        self.secret = champion.secret
        kept, mine = copies.serving(), champion.deployment
        self.seen = kept if kept is not None and (kept.name, kept.version) == (mine.name, mine.version) else None

    async def look(self) -> None:
        """Serve what is among the copies, if it is new."""
        kept, before = self.copies.serving(), self.seen
        if kept is None or kept == before:
            return
        self.seen = kept
        try:
            champion = await run_in_threadpool(from_copies, self.copies)
        except NoChampionError as error:
            log.exception("version %s cannot be read from the copies, and the one before goes on serving", kept.version)
            if _passes(error.__cause__):
                self.seen = before
            return
        self.serve(replace(champion, secret=self.secret))
        log.warning("process %d serves version %s", os.getpid(), champion.deployment.version)
        tell_differences(champion)
        settle()


def _passes(cause: BaseException | None) -> bool:
    """Return whether the next look may succeed where this one met an error: too many open files, say, but not one that is missing."""
    return isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)


def watched() -> Noted:
    """Return what the watch has noted among the copies that the environment names; nothing without copies."""
    if COPIES_VARIABLE not in os.environ:
        return Noted()
    return ModelCache(Path(os.environ[COPIES_VARIABLE])).noted()


async def follow(champion: Champion, serve: Serve) -> None:
    """Follow the copies that the environment names, until cancelled; without one there is nothing to follow."""
    if COPIES_VARIABLE in os.environ:
        await follow_copies(champion, serve, os.environ)


async def follow_copies(champion: Champion, serve: Serve, environment: Mapping[str, str], every: float = EVERY) -> None:
    """Follow copies until cancelled, and see to it that the registry is watched."""
    folder = Path(environment[COPIES_VARIABLE])
    settings = Path(environment.get(SETTINGS_VARIABLE, DEFAULT_FILE)).resolve()
    watchman = Watchman(
        folder, [sys.executable, "-m", "serving.runtime.registry_watcher", str(settings), str(os.getpid())]
    )
    follower = Follower(ModelCache(folder), champion, serve)
    try:
        while True:
            try:
                watchman.see()
                await follower.look()
            except OSError as error:  # no process or file to be had just now: the next round tries again
                log.warning("the copies are looked at again in a moment, because: %s", error)
            await asyncio.sleep(every)
    finally:
        watchman.end()

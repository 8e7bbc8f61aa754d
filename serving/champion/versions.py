"""The versions of the model that scores were given by, at hand for replays and for comparing scores."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Lock

from models.registry import NoModelError, Registry, RegistryError
from serving.champion.champion import Champion, Deployment
from serving.settings.settings import Settings

MAX_MODELS = 16
"""Models held in memory, without past leads; each takes some megabytes, and there may be a new one every night."""
RETRY_SECONDS = 60.0
"""Seconds after which a version is tried again that was not to be had."""

Load = Callable[[str], Champion]


class VersionCache:
    """Champions by version: the one that serves, and older ones as they are asked for, those kept that were asked for last.

    One is loaded at a time. A registry that does not answer takes a minute to say so: what was not to be had is not tried anew at once.

    Parameters
    ----------
    current
        Which champion serves.
    load
        Loads another version, and raises `LookupError`, `OSError` or `ValueError` where it cannot.
    clock
        Seconds that never run back.
    """

    def __init__(
        self,
        current: Callable[[], Champion] | None,
        load: Load | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._current, self._load, self._clock = current, load, clock
        self._lock = Lock()
        self._missed: dict[tuple[str, str], float] = {}
        self._loaded: OrderedDict[tuple[str, str], Champion] = OrderedDict()

    def find(self, name: str, version: str) -> Champion | None:
        """Return a version of a model, None if it is not to be had."""
        if self._current is not None:
            current = self._current()
            if (current.version.name, current.version.version) == (name, version):
                return current
        with self._lock:
            if (name, version) not in self._loaded:
                self._fetch(name, version)
            else:
                self._loaded.move_to_end((name, version))
            return self._loaded.get((name, version))

    def _fetch(self, name: str, version: str) -> None:
        """Load a version, unless it was not to be had just before."""
        if self._load is None or self._clock() < self._missed.get((name, version), -math.inf):
            return
        self._missed[name, version] = self._clock() + RETRY_SECONDS
        with suppress(NoModelError, RegistryError, ValueError, OSError):
            champion = self._load(version)
            if champion.version.name == name:
                self._loaded[name, version] = replace(champion, beside=replace(champion.beside, past=None))
                del self._missed[name, version]
        if len(self._loaded) > MAX_MODELS:
            self._loaded.popitem(last=False)


def from_registry(settings: Settings, secret: str = "") -> Load:
    """Return what loads versions from the registry that the settings name; by the secret they draw lots, as they did when they served."""

    def load(version: str) -> Champion:
        loaded = Registry(settings.registry, settings.var).load(version)
        deployment = Deployment(name=settings.registry.model, version=loaded.version)
        return Champion(loaded.model, deployment, loaded.beside, secret)

    return load

"""Whether every decision on a version was told, found out by the watch every minute if anybody wants to hear of them.

A decision stands in the registry, its notice in the store. The command that decides writes the notice too; where it ended between the two,
or the store was away, it is written here, and it is one notice whoever writes it.
"""

import logging
import os
from collections.abc import Callable
from contextlib import closing

from models.registry import Registry, RegistryError
from serving.outbox.decisions import VERSION_KINDS, decisions_of, told_of
from serving.runtime.storage import find_store
from serving.store.announcing import Announce
from serving.store.engine import StoreError
from serving.store.notices import wanted_notices

log = logging.getLogger("glengarry")

EVERY = 60.0


class DecisionWatch:
    """Looks now and then, and writes the notices that are missing.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, registry: Registry, clock: Callable[[], float], announce: Announce) -> None:
        self._registry, self._clock, self._announce = registry, clock, announce
        self._next = clock()

    def look(self) -> None:
        """Look, if it is time; notices that are kept because the store was away are written too."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + EVERY
        self._announce([])
        try:
            with closing(find_store(os.environ)) as store:
                wanted = store.ask(wanted_notices)
                if VERSION_KINDS.isdisjoint(wanted.kinds):
                    return
                found = decisions_of(self._registry, wanted, round(self._clock() * 1e6))
                told = store.ask(told_of, [one.notice_id for one in found]) if found else set()
            notices = [one.notice() for one in found if one.notice_id not in told]
            self._announce([notice for notice in notices if notice is not None])
        except (StoreError, RegistryError, ValueError) as error:  # settings that somebody is just writing, too
            log.warning("whether every decision was told is looked at later: %s", error)

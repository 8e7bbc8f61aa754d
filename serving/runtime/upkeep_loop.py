"""What an operator has to do something about, found out by the watch every ten minutes: a disk that fills up, a webhook whose messages break a rule."""

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from features.records.clock import DAY
from serving.champion.cache import ModelCache, Upkeep
from serving.runtime.storage import find_store
from serving.store.announcing import Announce, nobody
from serving.store.engine import StoreError
from serving.store.leftovers import broken_since
from serving.store.notices import NewNotice

log = logging.getLogger("glengarry")

EVERY = 600.0


class UpkeepWatch:
    """Looks now and then, and notes what it finds among the copies.

    Parameters
    ----------
    var
        The folder for everything that the service writes.
    clock
        Seconds since 1970.
    announce
        Tells whoever wants to hear of what was not so at the last look.
    """

    def __init__(self, copies: ModelCache, var: Path, clock: Callable[[], float], announce: Announce = nobody) -> None:
        self.copies, self._var, self._clock, self._announce = copies, var, clock, announce
        self._next = clock()
        self._last = copies.upkeep() or Upkeep(free=1.0)

    def look(self) -> None:
        """Look, if it is time."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + EVERY
        now, last = round(self._clock() * 1e6), self._last
        try:
            with closing(find_store(os.environ)) as store:
                unread = store.ask(broken_since, now - DAY)
        except (StoreError, ValueError) as error:  # settings that somebody is just writing, too
            log.warning("whether webhooks are understood is not told for now: %s", error)
            unread = last.unread
        usage = shutil.disk_usage(self._var)
        found = Upkeep(free=usage.free / usage.total, unread=unread)
        self._announce(upkeep_notices(last, found))
        self._last = found  # a full disk may take no note
        self.copies.note_upkeep(found)


def upkeep_notices(before: Upkeep, after: Upkeep) -> list[NewNotice]:
    """Return what is to be told that was not so at the last look.

    Examples
    --------
    >>> [one.kind for one in upkeep_notices(Upkeep(free=0.1), Upkeep(free=0.09, unread={"crm": 2}))]
    ['disk.low', 'webhook.unread']
    >>> upkeep_notices(Upkeep(free=0.09, unread={"crm": 2}), Upkeep(free=0.08, unread={"crm": 3}))
    []
    """
    notices = []
    if after.is_disk_low and not before.is_disk_low:
        free = {"before": {"free": round(before.free, 4)}, "after": {"free": round(after.free, 4)}}
        notices.append(NewNotice("disk.low", free))
    for name in sorted(after.unread.keys() - before.unread.keys()):
        content = {"after": {"webhook": name, "messages": after.unread[name]}}
        notices.append(NewNotice("webhook.unread", content))
    return notices

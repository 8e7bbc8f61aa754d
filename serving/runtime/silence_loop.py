"""Whether a source has fallen silent, found out by the watch every ten minutes: a form that broke is otherwise seen when the quarter is over."""

import logging
import os
from collections.abc import Callable
from zoneinfo import ZoneInfo

from features.records.clock import DAY, to_datetime
from models.accountability.silence import WINDOW_DAYS, Silence, silences
from serving.champion.cache import ModelCache, Quiet, QuietSource
from serving.runtime.storage import find_store
from serving.store.announcing import Announce, nobody
from serving.store.arrivals import arrivals_since
from serving.store.engine import StoreError
from serving.store.notices import NewNotice

log = logging.getLogger("glengarry")

EVERY = 600.0
LOOKED_BACK = 2 * WINDOW_DAYS * DAY
"""A source that has been silent for longer is one that has ended."""


class Silences:
    """Looks now and then, and notes among the copies which sources are silent.

    Parameters
    ----------
    clock
        Seconds since 1970.
    announce
        Tells whoever wants to hear of a source that has fallen silent.
    """

    def __init__(
        self, copies: ModelCache, zone: ZoneInfo, clock: Callable[[], float], announce: Announce = nobody
    ) -> None:
        self._announce = announce
        self.copies, self.zone, self.clock = copies, zone, clock
        self._next = clock()

    def look(self) -> None:
        """Look, if it is time."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY
        now = round(self.clock() * 1e6)
        try:
            store = find_store(os.environ)
            try:
                arrivals = store.ask(arrivals_since, now - LOOKED_BACK)
            finally:
                store.close()
        except StoreError as error:
            log.warning("whether sources are silent is not told for now: %s", error)
            return
        found = silences(arrivals, now, self.zone)
        before = self.copies.quiet()
        known = {(one.source, one.since) for one in before.sources} if before else set()
        new = [one for one in found if (one.source, one.since / 1e6) not in known]
        self._announce([_notice(one) for one in new])
        for one in new:
            said = "no lead has come from %s since %s, where about %.0f were to be expected"
            log.warning(said, one.source, f"{to_datetime(one.since):%Y-%m-%d %H:%M} UTC", one.expected)
        noted = [QuietSource(source=one.source, since=one.since / 1e6, expected=one.expected) for one in found]
        self.copies.note_quiet(Quiet(looked_at=self.clock(), sources=tuple(noted)))


def _notice(one: Silence) -> NewNotice:
    after = {"source": one.source, "since": to_datetime(one.since).isoformat(), "expected": one.expected}
    return NewNotice("intake.quiet", {"after": after}, once=f"quiet {one.source} {one.since}")

"""Whether a promised call is due, or a lead waits too long for the first word, found out by the watch every minute if anybody wants to hear of it."""

import logging
import os
from collections.abc import Callable
from contextlib import closing

from features.settings.schema import LeadSchema
from serving.pages.queue import WAITS
from serving.runtime.storage import find_store
from serving.store.engine import StoreError
from serving.store.notices import wanted_notices
from serving.store.waiting import calls_due, leads_waiting

log = logging.getLogger("glengarry")

EVERY = 60.0


class WaitingWatch:
    """Looks now and then, and writes a notice once of each.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, schema: LeadSchema, clock: Callable[[], float]) -> None:
        self.schema, self.clock = schema, clock
        self._next = clock()

    def look(self) -> None:
        """Look, if it is time."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY
        now = round(self.clock() * 1e6)
        ours = self.schema.rep_kinds
        try:
            with closing(find_store(os.environ)) as store:
                wanted = store.ask(wanted_notices).kinds
                notices = store.ask(calls_due, now) if "lead.call_due" in wanted else []
                notices += store.ask(leads_waiting, now, WAITS, ours) if "lead.waits" in wanted else []
                if notices:
                    with store.writing(now) as transaction:
                        transaction.announce(notices)
        except (StoreError, ValueError) as error:  # settings that somebody is just writing, too
            log.warning("who waits is not told for now: %s", error)

"""Tidying the store: once a day the watch lets go of what is kept for a while only."""

import logging
import os
from collections.abc import Callable

from serving.runtime.storage import find_store
from serving.store.answers import forget_old_answers
from serving.store.backlog import forget_old_notices
from serving.store.engine import StoreError
from serving.store.leftovers import forget_old_leftovers
from serving.store.letters import forget_old_letter_links
from serving.store.sessions import forget_sessions

log = logging.getLogger("glengarry")

EVERY = 86_400.0
FIRST = 600.0
"""Seconds after the start: what is started again and again need not tidy each time."""


class Tidying:
    """Tidies now and then.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._next = clock() + FIRST

    def look(self) -> None:
        """Tidy, if a day has passed."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY
        try:
            store = find_store(os.environ)
            try:
                now = round(self.clock() * 1e6)
                gone = forget_old_answers(store, now)
                with store.writing(now) as transaction:
                    forget_sessions(transaction, now)
                    forget_old_notices(transaction, now)
                    forget_old_letter_links(transaction, now)
                    forget_old_leftovers(transaction.connection, now)
            finally:
                store.close()
        except StoreError as error:
            log.warning("old answers are let go of tomorrow: %s", error)
        else:
            if gone:
                log.info("answers to calls of long ago that were let go of: %d", gone)

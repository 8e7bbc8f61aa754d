"""Whether the store answers: asked now and then, however many want to know."""

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

from serving.store.engine import StoreError
from serving.store.store import Store

FRESH_SECONDS = 2.0
"""So long an answer counts without asking anew."""
LATELY_SECONDS = 10.0
"""A store that answered within these seconds still counts as there: one slow moment sends no traffic away."""


class Pulse:
    """Asks the store, which may take seconds: not to be called in the event loop.

    Parameters
    ----------
    clock
        Seconds that never run back.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._asked = self._answered = -LATELY_SECONDS
        self._lock = threading.Lock()

    def beats(self) -> bool:
        """Return whether the store answers."""
        self._ask()
        return self._answered == self._asked

    def lately(self) -> bool:
        """Return whether the store answers, or did so lately."""
        self._ask()
        return self._clock() - self._answered < LATELY_SECONDS

    def _ask(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._asked < FRESH_SECONDS:
                return
            self._asked = now
            try:
                self._store.ask(lambda connection: connection.execute(sa.select(1)))
            except StoreError:
                return
            self._answered = now

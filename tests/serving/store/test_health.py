"""Whether the store answers is asked now and then, and one slow moment is no absence."""

from __future__ import annotations

from typing import Any

from serving.store.engine import StoreError
from serving.store.health import FRESH_SECONDS, LATELY_SECONDS, Pulse


class Database:
    """A store that answers when the test says so."""

    def __init__(self) -> None:
        self.up, self.asked = True, 0

    def ask(self, question: Any) -> None:
        assert callable(question)
        self.asked += 1
        if not self.up:
            raise StoreError("gone")


def test_store_counts_as_there_until_it_has_been_silent_for_a_while() -> None:
    database, seconds = Database(), [100.0]
    store: Any = database
    pulse = Pulse(store, lambda: seconds[0])

    assert pulse.beats()
    database.up = False
    assert pulse.beats()  # asked a moment ago
    assert database.asked == 1
    seconds[0] += FRESH_SECONDS
    assert not pulse.beats()
    assert pulse.lately()
    seconds[0] += LATELY_SECONDS
    assert not pulse.lately()
    database.up = True
    seconds[0] += FRESH_SECONDS
    assert pulse.lately()
    assert pulse.beats()


def test_store_that_never_answered_is_not_there() -> None:
    database = Database()
    database.up = False
    store: Any = database

    assert not Pulse(store, lambda: 0.0).lately()

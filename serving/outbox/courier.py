"""Couriers: each brings the notices of the store's outbox to one receiver, as long as its process lives, and remembers in the store how far it is."""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import sqlalchemy as sa

from serving.outbox.delivery import Delivery
from serving.store.deliveries import DeliveryState, Failed, Notice, claim, due, has_waiting, settle, state_of
from serving.store.reading import latest
from serving.store.store import Store

log = logging.getLogger("glengarry")

HELD_SECONDS = 120.0
"""So long a process holds a receiver without saying so again; another machine takes over after that."""
LEAST_SECONDS = 90.0
"""So much of that is left at least when a batch begins: more than one call may last."""


def process_name() -> str:
    """Return by what other processes know this one: machine, process, and when that started."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def has_ended(holder: str) -> bool:
    """Return whether a process of this machine has ended; of another machine's nobody here knows.

    Examples
    --------
    >>> has_ended(process_name()), has_ended("elsewhere:1:1")
    (False, False)
    """
    named, _, started = holder.rpartition(":")
    host, _, process = named.rpartition(":")
    return host == socket.gethostname() and process.isdigit() and _started(int(process)) != started


def _started(process: int) -> str:
    """Return what tells a process from a later one of the same number; "gone" if there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    return "there"  # where there is no /proc


class Courier:
    """Brings notices to one receiver.

    Parameters
    ----------
    clock
        Seconds since 1970.
    holder
        This process.
    """

    def __init__(
        self, store: Store, delivery: Delivery, clock: Callable[[], float], holder: str, random: Random
    ) -> None:
        self.store, self.delivery = store, delivery
        self._clock, self._holder, self._random = clock, holder, random
        self._held_until = 0.0
        self._empty_since = self._empty_until = 0

    def bring(self) -> int:
        """Send what is due once; return how many notices were tried.

        Raises
        ------
        StoreError
            If the store cannot be reached: nothing is forgotten, and what was sent may be sent again.
        """
        state, batch = self.store.ask(self._due)
        if batch and self._clock() >= self._held_until - LEAST_SECONDS:
            if not self._claims():
                return 0
            state, batch = self.store.ask(self._due)  # another process may have delivered until now
        results = self.delivery.send(batch, self._held_until) if batch else {}
        if not results:
            return 0
        jitter = self._random.uniform(0.75, 1.25)
        with self.store.writing(self._now()) as transaction:
            after = settle(transaction, state, self.delivery.kinds, batch, results, self._now(), jitter)
        self._say(state, after, [one for one in results.values() if isinstance(one, Failed)])
        return len(results)

    def _due(self, connection: sa.Connection) -> tuple[DeliveryState | None, list[Notice]]:
        """Return how far the receiver is and what is due; the next look begins after what holds nothing for it."""
        now, state = self._now(), state_of(connection, self.delivery.name)
        if state is None or state.off_at is not None or (state.next_at or 0) > now:
            return state, []
        until = latest(connection)
        since = self._empty_until if self._empty_since == state.since else state.since
        rhythm = self.delivery.rhythm
        most = rhythm.probes if state.failures else rhythm.most
        batch = due(connection, replace(state, since=since), self.delivery.kinds, now, most)
        if not batch and not has_waiting(connection, state.name):
            self._empty_since, self._empty_until = state.since, until
        return state, batch

    def _claims(self) -> bool:
        """Say that this process delivers for a while to come; return whether it may."""
        until = self._clock() + HELD_SECONDS
        with self.store.writing(self._now()) as transaction:
            is_mine = claim(transaction, self.delivery.name, self._holder, self._now(), round(until * 1e6), has_ended)
        self._held_until = until if is_mine else 0.0
        return is_mine

    def _say(self, before: DeliveryState, after: DeliveryState | None, failures: list[Failed]) -> None:
        """Log what operators want to know: the first failure of several, an end of them, and that a receiver is switched off."""
        if after is None:
            return
        if after.off_at is not None:
            log.error("%s is switched off and told nothing more: %s", after.name, after.trouble)
        elif failures and not before.failures:
            log.warning("%s does not take every notice, and is told again: %s", after.name, failures[-1].why)
        elif before.failures and not after.failures:
            log.warning("%s takes notices again, after %d failures", after.name, before.failures)

    def _now(self) -> int:
        return round(self._clock() * 1e6)

"""Sessions that were ended: a cookie that was copied before a logout is worth nothing after it, in any worker."""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from serving.intake.calls import CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.routes.session import HOUR, Session
from serving.store.engine import StoreError
from serving.store.sessions import begin_session, end_session, ended_since
from serving.store.store import Store
from serving.store.transaction import Transaction

SECONDS = 5.0
"""Between two questions to the store, as for keys."""
LONGEST = 31 * 24 * HOUR
"""Seconds that any session may last, by the settings."""


def name_of(session: Session) -> str:
    """Return what a session is called where others may read it; nobody can make its cookie of that."""
    return f"session {hashlib.sha256(session.token.encode()).hexdigest()[:32]}"


@dataclass(frozen=True)
class SessionBeginning:
    """A session that begins, as the store keeps it."""

    session: Session

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Keep it."""
        begin_session(transaction, name_of(self.session), self.session.key_id, self.session.ends_at * 1_000_000)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")


@dataclass(frozen=True)
class SessionEnding:
    """A session that ends, as the store keeps it."""

    session: Session

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Write the entry."""
        end_session(transaction, name_of(self.session), self.session.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")


class EndedSessions:
    """Tells which sessions were ended; what it has asked the store it remembers for seconds.

    With the store gone, it tells what it knew last.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._names: frozenset[str] = frozenset()
        self._until = clock()

    async def has(self, session: Session) -> bool:
        """Return whether a session was ended, here or by another worker a few seconds ago."""
        if self._clock() >= self._until:
            await run_in_threadpool(self._ask)
        return name_of(session) in self._names

    def add(self, session: Session) -> None:
        """Take note of a session that was ended here."""
        self._names |= {name_of(session)}

    def _ask(self) -> None:
        with suppress(StoreError):
            self._names = self._store.ask(ended_since, round((time.time() - LONGEST) * 1e6))
        self._until = self._clock() + SECONDS

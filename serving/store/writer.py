"""Group commit: writes that arrive together share a transaction, and each is acknowledged after it is on disk."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from time import perf_counter
from typing import Any, Generic, TypeVar

from serving.store.engine import StoreError
from serving.store.store import Store
from serving.store.transaction import Transaction
from serving.telemetry.figures import Figures

log = logging.getLogger("glengarry")

T = TypeVar("T")
MAX_TOGETHER = 64
"""Writes that share a transaction; more would let the first of them wait too long."""
MAX_WAITING = 10_000


class StoreBusyError(StoreError):
    """More writes wait than the store can take in time."""


class _Waiting(Generic[T]):
    def __init__(self, write: T) -> None:
        self.write = write
        self.answer: Future[Any] = Future()
        self.since = perf_counter()
        self.context = copy_context()


class Writer(Generic[T]):
    """The one thread of a process that writes.

    Parameters
    ----------
    store
        Where to.
    clock
        What time it is, microseconds UTC.
    together
        How writes are carried out, in the context of the first: its trace and its request's id. An error that it raises is nobody's in
        particular: then each is tried alone.
    figures
        Where it is told how many wait, and how long.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        together: Callable[[Transaction, Sequence[T]], list[Any]],
        figures: Figures | None = None,
    ) -> None:
        self._figures = figures or Figures()
        self._store, self._clock, self._together = store, clock, together
        self._waiting: deque[_Waiting[T]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was taken, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def __len__(self) -> int:
        """Return how many writes wait."""
        return len(self._waiting)

    def submit(self, write: T) -> "Future[Any]":
        """Take a write; the future has its answer when it is on disk.

        Raises
        ------
        BusyError
            If too many wait, or the writer is stopping: nothing was taken.
        """
        waiting = _Waiting(write)
        with self._changed:
            if self._stopping or len(self._waiting) >= MAX_WAITING:
                raise StoreBusyError(
                    "The store must keep up with what is written, got too much at once: send it again later."
                )
            self._waiting.append(waiting)
            self._changed.notify()
        return waiting.answer

    def _run(self) -> None:
        while self._waiting or not self._stopping:
            if batch := self._next():
                self._write(batch)

    def _next(self) -> list[_Waiting[T]]:
        """Wait for something to write, or for the end, and return what there is."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            taken = [self._waiting.popleft() for _ in range(min(MAX_TOGETHER, len(self._waiting)))]
        self._count(taken)
        # From here on it cannot be called off; what was called off before is left out.
        return [waiting for waiting in taken if waiting.answer.set_running_or_notify_cancel()]

    def _count(self, taken: Sequence[_Waiting[T]]) -> None:
        now = perf_counter()
        self._figures.waiting.set(len(self._waiting))
        if taken:
            self._figures.group_size.observe(len(taken))
        for waiting in taken:
            self._figures.group_wait.observe(now - waiting.since)

    def _write(self, batch: Sequence[_Waiting[T]]) -> None:
        try:
            answers = batch[0].context.run(self._carry_out, [waiting.write for waiting in batch])
        except StoreError as error:
            answers = [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told, and the thread lives on
            if len(batch) > 1:
                log.warning("%d writes are tried one by one: together they met %r", len(batch), error)
                for waiting in batch:
                    self._write([waiting])
                return
            answers = [error]
        for waiting, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    def _carry_out(self, writes: Sequence[T]) -> list[Any]:
        with self._figures.group_seconds.time(), self._store.writing(self._clock()) as transaction:
            return self._together(transaction, writes)

"""Refused calls on their way into the audit trail: whoever has no key must not be able to fill a disk with them.

The first of a minute each get an entry of their own; those beyond are counted, and each kind of them gets one with the count when the minute
is over. Kinds are few: routes, reasons, and keys that were issued. What the store does not take is counted again, and waits for it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any

from serving.intake.audit import Refusal
from serving.intake.calls import Call
from serving.store.engine import StoreError

log = logging.getLogger("glengarry")

MAX_SINGLE = 100
"""So many in a minute have an entry of their own, in each process."""
MINUTE = 60.0

Submit = Callable[[Call], "Future[Any]"]


class Refusals:
    """The refusals of a process; to be made and told of in its event loop.

    Parameters
    ----------
    submit
        Takes an entry to be written.
    clock
        Seconds that pass.
    """

    def __init__(self, submit: Submit, clock: Callable[[], float] = monotonic) -> None:
        self._submit, self._clock = submit, clock
        self._loop = asyncio.get_running_loop()
        self._until = 0.0
        self._single = 0
        self._counted: Counter[Refusal] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def note(self, refusal: Refusal) -> None:
        """Have a refusal written; nobody waits for it."""
        if self._clock() >= self._until:
            self.flush()
            self._until, self._single = self._clock() + MINUTE, 0
        if self._single < MAX_SINGLE:
            self._single += 1
            self._write(refusal)
        else:
            self._count(refusal)

    def flush(self) -> None:
        """Have those that were counted written."""
        self._stop_timer()
        counted, self._counted = self._counted, Counter()
        for refusal, times in counted.items():
            self._write(replace(refusal, times=times))

    def close(self) -> None:
        """End, when the last entries were written or could not be."""
        self._stop_timer()
        if lost := self._counted.total():
            log.error("%d refusals are not in the audit trail: the service ended before the store took them", lost)

    def _count(self, refusal: Refusal) -> None:
        self._counted[replace(refusal, times=1)] += refusal.times
        if self._timer is None:
            left = self._until - self._clock()
            self._timer = self._loop.call_later(left if left > 0 else MINUTE, self.flush)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write(self, refusal: Refusal) -> None:
        try:
            self._submit(Call(refusal)).add_done_callback(partial(self._written, refusal))
        except StoreError as error:
            self._keep(refusal, error)

    def _written(self, refusal: Refusal, answer: "Future[Any]") -> None:
        """Hear what became of an entry, in the thread that writes."""
        if (error := answer.exception()) is not None:
            self._loop.call_soon_threadsafe(self._keep, refusal, error)

    def _keep(self, refusal: Refusal, error: BaseException) -> None:
        log.warning("%d refusals wait for the audit trail: %s", refusal.times, error)
        self._count(refusal)

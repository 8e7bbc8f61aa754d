"""Refused calls on their way into the audit trail: whoever has no key must not be able to fill a disk with them.

The first of a minute each get an entry of their own; those beyond are counted, and each kind of them gets one with the count when the minute
is over. Kinds are few: routes, reasons, and keys that were issued.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from time import monotonic
from typing import Any

from serving.intake.audit import Refusal
from serving.intake.calls import Call
from serving.store.engine import StoreError

log = logging.getLogger("glengarry")

MOST_SINGLE = 100
"""So many in a minute have an entry of their own, in each process."""
MINUTE = 60.0

Submit = Callable[[Call], "Future[Any]"]


class Refusals:
    """The refusals of a process; to be told of in its event loop.

    Parameters
    ----------
    submit
        Takes an entry to be written.
    clock
        Seconds that pass.
    """

    def __init__(self, submit: Submit, clock: Callable[[], float] = monotonic) -> None:
        self._submit, self._clock = submit, clock
        self._until = 0.0
        self._single = 0
        self._counted: Counter[Refusal] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def note(self, refusal: Refusal) -> None:
        """Have a refusal written; nobody waits for it."""
        if self._clock() >= self._until:
            self.flush()
            self._until, self._single = self._clock() + MINUTE, 0
        if self._single < MOST_SINGLE:
            self._single += 1
            self._write(refusal)
            return
        self._counted[refusal] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._until - self._clock(), self.flush)

    def flush(self) -> None:
        """Have those that were counted written."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        counted, self._counted = self._counted, Counter()
        for refusal, times in counted.items():
            self._write(replace(refusal, times=times))

    def _write(self, refusal: Refusal) -> None:
        try:
            self._submit(Call(refusal)).add_done_callback(_written)
        except StoreError as error:
            log.warning("a refusal is not in the audit trail: %s", error)


def _written(answer: "Future[Any]") -> None:
    if not answer.cancelled() and (error := answer.exception()) is not None:
        log.warning("a refusal is not in the audit trail: %s", error)

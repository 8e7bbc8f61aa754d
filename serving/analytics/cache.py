"""Answers that take long: computed beside the requests, one at a time, and kept for a while."""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")


class SingleFlightCache(Generic[T]):
    """Answers by what was asked; whoever asks for one that is under way waits for it.

    Parameters
    ----------
    seconds, most
        For how long an answer is kept, and how many are.
    clock
        Seconds that never run back.
    """

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._one_at_a_time = asyncio.Lock()
        self._kept: dict[Hashable, tuple[float, asyncio.Task[T]]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, asked: Hashable, compute: Callable[[], T]) -> T:
        """Return the answer to what is asked; it raises what `compute` does, and is then tried again by the next who asks."""
        kept = self._kept.get(asked)
        if kept is None or kept[0] <= self._clock() or _failed(kept[1]):
            self._forget()
            kept = self._clock() + self._seconds, asyncio.create_task(self._compute(compute))
            self._kept[asked] = kept
        return await asyncio.shield(kept[1])  # whoever asked first may leave, and the others still wait

    def at_hand(self, asked: Hashable, compute: Callable[[], T]) -> T | None:
        """Return the answer if it has been computed; else have it computed for whoever asks later, and return None.

        One that is too old is returned once more.
        """
        kept = self._kept.get(asked)
        ready = kept is not None and kept[1].done() and not _failed(kept[1])
        if kept is None or _failed(kept[1]) or (ready and kept[0] <= self._clock()):
            self._forget_others(asked)
            task = asyncio.create_task(self._compute(compute))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # told by the next who asks
            self._kept[asked] = self._clock() + self._seconds, task
        return kept[1].result() if ready and kept is not None else None

    async def _compute(self, compute: Callable[[], T]) -> T:
        async with self._one_at_a_time:
            return await run_in_threadpool(compute)

    def _forget(self) -> None:
        """Let go of what is too old and, while there is too much, of what was kept first; what is under way stays."""
        for asked, (until, task) in list(self._kept.items()):
            if task.done() and (until <= self._clock() or len(self._kept) >= self._most):
                del self._kept[asked]

    def _forget_others(self, asked: Hashable) -> None:
        """Make room, but for what is asked."""
        for other, (_, task) in list(self._kept.items()):
            if other != asked and task.done() and len(self._kept) >= self._most:
                del self._kept[other]


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)

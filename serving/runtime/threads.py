"""Threads that were told to end, waited for no longer than somebody can wait."""

import time
from collections.abc import Sequence
from threading import Thread


def have_ended(threads: Sequence[Thread], patience: float | None) -> bool:
    """Wait for threads, for so many seconds in all, and return whether they have ended; without patience given, for as long as it takes."""
    end = None if patience is None else time.monotonic() + patience
    for thread in threads:
        thread.join(None if end is None else max(end - time.monotonic(), 0.0))
    return not any(thread.is_alive() for thread in threads)

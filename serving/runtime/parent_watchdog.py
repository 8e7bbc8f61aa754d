"""A worker ends with the process that started it: left alone, it would answer on, and keep the port from the next start."""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping

log = logging.getLogger("glengarry")

PARENT_VARIABLE = "GLENGARRY_PARENT"
"""Environment variable that names to the workers the process that starts them: it may have ended before they could look."""
EVERY = 1.0
"""Seconds between two looks."""


async def end_with_parent(environment: Mapping[str, str] = os.environ, every: float = EVERY) -> None:
    """Ask this process to end once its parent has; what was begun is answered before. Without a name, there is no parent."""
    if PARENT_VARIABLE not in environment:
        return
    parent = int(environment[PARENT_VARIABLE])
    while os.getppid() == parent:
        await asyncio.sleep(every)
    log.error("process %d ends, because the one that started it has ended", os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)

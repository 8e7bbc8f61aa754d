"""What workers are given to do in tests of what goes wrong; they import it by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(part: int) -> int:
    return part * part


def dies_once(part: int, folder: Path) -> int:
    """Kill the worker of one part the first time that it is asked."""
    mark = folder / "died"
    if part == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def freezes_once(part: int, folder: Path) -> int:
    """Stop the worker of one part, without ending it, the first time that it is asked."""
    mark = folder / "froze"
    if part == 1 and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)
    return part


def always_dies(part: int) -> int:
    if part == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def fails(part: int) -> int:
    raise LookupError(f"there is no {part}")


def slow(part: int) -> int:
    time.sleep(60)
    return part

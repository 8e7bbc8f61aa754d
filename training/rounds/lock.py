"""One at a time: a lock that the system holds for a process, and lets go of when that ends, however it ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from features.settings.folders import private_folder

FAR = 1 << 30
"""Where Windows locks a byte: past all content, so that others may read who holds the lock."""


class BusyError(BlockingIOError):
    """Another process is at it."""


@contextmanager
def only_one(file: Path, what: str, at: datetime, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock of a file as long as the block runs; the file says who does.

    The file stays when the lock is let go of: only a lock that is held keeps others out, so a process that was killed keeps nobody out.
    A folder that machines share may not carry locks from one to the other.

    Parameters
    ----------
    patience
        Seconds to wait for another process that holds it.

    Raises
    ------
    BusyError
        If another process holds it all that time.
    """
    private_folder(file.parent)
    with file.open("a+", encoding="utf-8") as held:
        try:
            _lock_in_time(held, patience)
        except OSError as error:
            held.seek(0)
            raise BusyError(
                f"Only one {what} may run at a time, got another ({held.read().strip() or 'which has just begun'}): "
                f"wait until it ends, or end it; {file} is let go of with its process."
            ) from error
        try:
            held.seek(0)
            held.truncate()
            held.write(f"process {os.getpid()}, since {at.isoformat(timespec='seconds')}")
            held.flush()
            yield
        finally:
            _unlock(held)


def _lock_in_time(file: IO[str], patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            return _lock(file)
        except OSError:
            if time.monotonic() >= end:
                raise
        time.sleep(min(1.0, patience))


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: IO[str]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

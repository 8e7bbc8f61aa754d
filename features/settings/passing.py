"""Folders that are needed for a moment: they go with the block that needs them, and with the next sweep if that was killed.

A folder is locked for as long as its process lives, so that a sweep takes away only what nobody uses any more.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

MAKING = "glengarry-making-"
PASSING = "glengarry-passing-"
"""Beginning of the name of a folder that is locked; it has this name only once it is. Not hidden: Bentos take no files from hidden folders."""


@contextmanager
def passing_folder(within: Path | None = None) -> Iterator[Path]:
    """Make a folder for its owner alone, which is gone after the block; moved away, it stays.

    Parameters
    ----------
    within
        Where it is made; the system's folder for such things if not given.
    """
    made = Path(mkdtemp(prefix=MAKING, dir=within))
    with _lock(made):
        folder = made.rename(made.with_name(made.name.replace(MAKING, PASSING, 1)))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep_passing(within: Path | None = None) -> int:
    """Take away what processes have left that were killed, and return how many folders that were."""
    gone = 0
    if sys.platform == "win32":  # where folders have no lock, nobody can tell which are in use
        return gone
    for folder in Path(gettempdir() if within is None else within).glob(f"{PASSING}*"):
        with suppress(OSError), _lock(folder):  # one that is in use, somebody else's, or swept by another just now
            shutil.rmtree(folder)
            gone += 1
    return gone


if sys.platform == "win32":

    @contextmanager
    def _lock(folder: Path) -> Iterator[None]:  # noqa: ARG001 - as elsewhere
        """Hold nothing: Windows locks no folder."""
        yield

else:
    import fcntl

    @contextmanager
    def _lock(folder: Path) -> Iterator[None]:
        """Hold a folder's lock; `BlockingIOError` if another process does."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)

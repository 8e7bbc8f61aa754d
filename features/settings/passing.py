"""Folders that are needed for a moment: they go with the block that needs them, and with the next sweep if that was killed.

A folder is locked for as long as its process lives, so that a sweep takes away only what nobody uses any more. Some file systems of a network
lock no folder, and others lock it on one machine alone: a folder says on which machine it was made, and what another one has made is left
alone until it is old.
"""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

MAKING = "glengarry-making-"
PASSING = "glengarry-passing-"
"""Beginning of the name of a folder that is locked; it has this name only once it is. Not hidden: Bentos take no files from hidden folders."""

OLD_SECONDS = 2 * 86_400.0
"""After which no process of another machine uses a folder any more, if it was not changed since: what is made here takes hours at most."""


@contextmanager
def passing_folder(within: Path | None = None) -> Iterator[Path]:
    """Make a folder for its owner alone, which is gone after the block; moved away, it stays.

    Parameters
    ----------
    within
        Where it is made; the system's folder for such things if not given.
    """
    made = Path(mkdtemp(prefix=f"{MAKING}{_machine()}-", dir=within))
    with _lock_where_possible(made):
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
        # One that is in use, somebody else's, swept by another just now, or where no folder can be locked
        with suppress(OSError), _lock(folder):
            if _is_ours(folder) or folder.stat().st_mtime < time.time() - OLD_SECONDS:
                shutil.rmtree(folder)
                gone += 1
    return gone


def _is_ours(folder: Path) -> bool:
    return folder.name.startswith(f"{PASSING}{_machine()}-")


def _machine() -> str:
    """Return what tells this machine, since it was started, from others: containers of one machine share its locks, and this."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").partition("-")[0]
    except OSError:
        return "".join(letter for letter in socket.gethostname() if letter.isalnum())


if sys.platform == "win32":

    @contextmanager
    def _lock(folder: Path) -> Iterator[None]:  # noqa: ARG001 - as elsewhere
        """Hold nothing: Windows locks no folder."""
        yield

    _lock_where_possible = _lock

else:
    import errno
    import fcntl

    NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
    """By which file systems say that they lock no folder: NFS locks what is open for writing, which no folder ever is."""

    @contextmanager
    def _lock(folder: Path) -> Iterator[None]:
        """Hold a folder's lock; `BlockingIOError` if another process does."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _lock_where_possible(folder: Path) -> Iterator[None]:
        """Hold a folder's lock, or nothing where the file system locks none: no sweep takes it there either."""
        with ExitStack() as stack:
            try:
                stack.enter_context(_lock(folder))
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
            yield

"""Folders and files for what is kept: personal data and secrets are in them, so no other user of the machine may look inside."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

OWNER_ALONE = 0o700


def private_folder(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for its owner alone; one that is there stays as it is.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     oct(private_folder(Path(place) / "var" / "reports").parent.stat().st_mode & 0o777)
    '0o700'
    """
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(OWNER_ALONE, exist_ok=True)
    return folder


def write_whole(file: Path, text: str) -> None:
    """Write a file for its owner alone, on disk before it has its name: a reader finds what was before or all of it.

    Raises
    ------
    OSError
        If there is no room, say; the file is then as it was.
    """
    descriptor, name = mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
        sync_folder(file.parent)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes from a folder: of several workers that start together, all are to read the same."""
    import fcntl  # not on Windows, where BentoML does not serve either

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk: a file that was written and named may be gone after a power cut without it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The files of an export: where a table's file is, and its bytes."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from features.reading.table import ReadingError, listed, nearest

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet")


def locate(folder: Path, table: str) -> Path:
    """Return the file of a table that is named by file name or by stem.

    Raises
    ------
    ReadingError
        If there is no such file, or more than one, or it is empty.
    """
    if not folder.is_dir():
        raise ReadingError(
            f"history.source must be a folder or a database URL, got {str(folder)!r}, which is no folder."
        )
    found = [path for suffix in ("", *SUFFIXES) if (path := folder / f"{table}{suffix}").is_file()]
    if len(found) > 1 and found[0].name != table:
        names = " and ".join(path.name for path in found)
        raise ReadingError(f"Table {table!r} must be one file, got {names}: name the file in full in the settings.")
    if not found:
        there = sorted(path.name for path in folder.iterdir() if path.name.endswith(SUFFIXES))
        raise ReadingError(
            f"No file for table {table!r} in {folder}: {nearest(table, there)}"
            f"there are {listed(there)}. Put it there, or name another one as `table` in the settings."
        )
    if found[0].stat().st_size == 0:
        raise ReadingError(f"{found[0].name} must hold a table, got an empty file (0 bytes): export it again.")
    return found[0]


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked if its name ends in `.gz`."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield cast("IO[bytes]", file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ReadingError(f"{path.name} cannot be unpacked: {error}. Copy or export it again.") from error

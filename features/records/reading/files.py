"""The files of an export: where a table's file is, or its sheet or member, and its bytes."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from features.records.reading.bounded import Bounded
from features.records.reading.table import ReadingError

TEXTS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".tab", ".txt", ".txt.gz")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ARCHIVES = (".zip",)
DATABASES = (".duckdb",)
SUFFIXES = (*TEXTS, ".parquet", *WORKBOOKS, *ARCHIVES, *DATABASES)
BUFFER = 1 << 16
"""Bytes that are unpacked at a time."""
PART = "#"
"""Between the name of a workbook, an archive or a database file and that of a table in it."""


@dataclass(frozen=True)
class TableFile:
    """A table's file; `part` is its sheet, member or table in a file that holds several."""

    path: Path
    part: str = ""

    @property
    def name(self) -> str:
        """What the settings and people call it."""
        return f"{self.path.name}{PART}{self.part}" if self.part else self.path.name

    @cached_property
    def suffix(self) -> str:
        """What its bytes are: the ending of the file, or of the archive's member."""
        name = (self.part if self.is_archive else self.path.name).lower()
        return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), Path(name).suffix)

    @property
    def is_archive(self) -> bool:
        """Whether the file is a zip archive."""
        return self.path.suffix.lower() in ARCHIVES

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open its bytes, unpacked."""
        try:
            with self._open() as file:
                yield file
        except (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise ReadingError(f"{self.name} cannot be unpacked: {error}. Copy or export it again.") from error

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        if self.is_archive:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.part) as member:
                yield self._bounded(member, archive.getinfo(self.part).compress_size)
        elif self.path.suffix == ".gz":
            with gzip.open(self.path) as file:
                yield self._bounded(cast("IO[bytes]", file), self.path.stat().st_size)
        else:
            with self.path.open("rb") as plain:
                yield plain

    def _bounded(self, stream: IO[bytes], packed: int) -> IO[bytes]:
        return io.BufferedReader(Bounded(stream, self.name, packed), BUFFER)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked if its name ends in `.gz`."""
    with TableFile(path).open() as file:
        yield file


def _stem(name: str) -> str:
    file = name.rpartition("/")[2]
    return next((file[: -len(suffix)] for suffix in SUFFIXES if file.lower().endswith(suffix)), file)


def in_memory(file: TableFile) -> io.BytesIO:
    """Return a file's bytes for readers that have to go back and forth in them."""
    with file.open() as stream:
        return io.BytesIO(stream.read())

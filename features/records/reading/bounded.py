"""Packed files that unpack to more than any table does: they are refused before memory or disk run out."""

import io
from typing import IO

from features.records.reading.table import ReadingError

ALWAYS_BYTES = 1 << 30
"""So much may come out of any packed file: reading it is a matter of seconds."""
MAX_TIMES = 200
"""Beyond that, what comes out is at most so many times what is packed: tables pack to a fifth or a fiftieth, bombs to a thousandth."""


def most_unpacked(packed: int) -> int:
    """Return how many bytes may come out of so many packed ones."""
    return max(ALWAYS_BYTES, MAX_TIMES * packed)


def too_large(name: str, packed: int) -> ReadingError:
    """Return the error of a file that unpacks to more."""
    return ReadingError(
        f"{name} must unpack to at most {most_unpacked(packed):,} bytes, got more from {packed:,}: no table packs so small. "
        f"If it is yours, unpack it and name the file itself."
    )


class Bounded(io.RawIOBase):
    """A stream that ends in an error once more than a table comes out of it."""

    def __init__(self, stream: IO[bytes], name: str, packed: int) -> None:
        self._stream, self._name, self._packed = stream, name, packed
        self._left = most_unpacked(packed)

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Read into a buffer.

        Raises
        ------
        ReadingError
            If more has come out than may.
        """
        chunk = self._stream.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._name, self._packed)
        buffer[: len(chunk)] = chunk
        return len(chunk)

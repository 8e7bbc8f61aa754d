"""The file of scores: written beside its place, and put there when it is whole."""

import csv
import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from serving.batch.spreadsheets import without_formulas

LINES = frozenset({".jsonl", ".ndjson"})
FORMATS = frozenset({".csv", ".parquet", *LINES})
OUTPUT = pa.schema(
    [
        ("lead_id", pa.string()),
        ("as_of", pa.string()),
        ("probability", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("abstention", pa.string()),
        ("base_rate", pa.float64()),
        ("base_probability", pa.float64()),
        ("step", pa.string()),
        ("route", pa.string()),
        ("expected_amount", pa.float64()),
        ("expected_value", pa.float64()),
        ("rank", pa.int64()),
        ("next_question", pa.string()),
        ("ask_next", pa.string()),
        ("reasons", pa.string()),
        ("unknown", pa.string()),
        ("row", pa.int64()),
        ("problem", pa.string()),
    ]
)
"""Columns of a file of scores: ask_next, reasons, unknown and problem are JSON; row is the lead's in its file, as editors count.

`rank` is 1 for the lead of the file that is worth most: by expected value or, where nothing decides, by probability.
"""

FOLDED = ("ask_next", "reasons", "unknown", "problem")

Row = dict[str, Any]
Writer = Callable[[list[Row]], object]
"""Writes rows of `OUTPUT`."""


class UnknownFormatError(ValueError):
    """A file whose ending does not say how to read or write it."""


class SameFileError(ValueError):
    """A file of scores that would take the place of what they are made of."""


def check_target(target: Path, *sources: Path) -> None:
    """Refuse, before anything is read, a file of scores that cannot be written or would destroy another.

    Raises
    ------
    UnknownFormatError, SameFileError, FileNotFoundError
        Saying what is wrong with it.
    """
    if target.suffix not in FORMATS:
        raise UnknownFormatError(
            f"A file of scores must end in .csv, .parquet, .jsonl or .ndjson, got {target.name!r}."
        )
    for source in sources:
        if target.resolve() == source.resolve() or (target.exists() and target.samefile(source)):
            raise SameFileError(f"The scores must not take the place of {source}: name another file with --out.")
    if not target.resolve().parent.is_dir():
        raise FileNotFoundError(f"There is no folder {target.parent} for the scores: make it, or name another.")


@contextmanager
def open_scores(target: Path) -> Iterator[Writer]:
    """Give a writer of a file that is there only once it is whole; an interrupted one leaves what was there before."""
    place = target.resolve()
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with _writer(target.suffix, part) as write:
            yield write
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


class Ranked:
    """Rows that wait for their rank among all: on disk, so that memory stays bounded.

    Parameters
    ----------
    folder
        Where they wait.
    """

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8", dir=folder)  # noqa: SIM115 - closed by `close`
        self._worth: list[NDArray[np.float64]] = []

    def add(self, rows: list[Row]) -> None:
        """Keep rows; a lead without a score has no rank."""
        self._file.writelines(f"{to_json(row)}\n" for row in rows)
        worth = [_worth(row) for row in rows]
        self._worth.append(np.array(worth, np.float64).reshape(len(rows), 2))

    def write(self, write: Writer, at_once: int) -> None:
        """Write the rows with their ranks, in the order in which they came."""
        worth = np.concatenate([np.empty((0, 2)), *self._worth])
        order = np.lexsort((-worth[:, 1], -worth[:, 0]))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        scored = ~np.isnan(worth[:, 0])
        self._file.seek(0)
        lines = enumerate(self._file)
        while some := list(islice(lines, at_once)):
            write([json.loads(line) | {"rank": int(rank[at]) if scored[at] else None} for at, line in some])

    def close(self) -> None:
        """Let the rows go."""
        self._file.close()


def _worth(row: Row) -> tuple[float, float]:
    probability = row["probability"]
    if probability is None:
        return math.nan, math.nan
    value = row["expected_value"]
    return (probability if value is None else value), probability


def to_json(content: object) -> str:
    """Return a value as one line of JSON."""
    return json.dumps(content, ensure_ascii=False)


def whole(text: str) -> str:
    """Return a text with an escape for half a character, which no file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _writer(suffix: str, part: Path) -> AbstractContextManager[Writer]:
    if suffix == ".csv":
        return _csv_writer(part)
    return _line_writer(part) if suffix in LINES else _parquet_writer(part)


@contextmanager
def _line_writer(part: Path) -> Iterator[Writer]:
    with part.open("w", encoding="utf-8") as file:

        def write(rows: list[Row]) -> None:
            file.writelines(f"{to_json(_unfolded(row))}\n" for row in rows)

        yield write


def _unfolded(row: Row) -> Row:
    """Return a row with its JSON columns as values: a JSON line holds them as they are."""
    return {name: json.loads(value) if name in FOLDED and value is not None else value for name, value in row.items()}


@contextmanager
def _csv_writer(part: Path) -> Iterator[Writer]:
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, OUTPUT.names)
        writer.writeheader()

        def write(rows: list[Row]) -> None:
            """Write texts as no spreadsheet takes them for a formula: an id is what a stranger's form or file says it is."""
            writer.writerows(
                {name: without_formulas(value) if isinstance(value, str) else value for name, value in row.items()}
                for row in rows
            )

        yield write


@contextmanager
def _parquet_writer(part: Path) -> Iterator[Writer]:
    with pq.ParquetWriter(part, OUTPUT) as writer:

        def write(rows: list[Row]) -> None:
            writer.write_table(pa.Table.from_pylist(rows, OUTPUT))

        yield write

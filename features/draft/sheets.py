"""Files that nobody has described: how each is written, and what its columns hold."""

import codecs
import csv
import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.checks import as_text
from features.clock import NEVER, Microseconds
from features.draft.words import COLUMNS, MISSING, says
from features.fields import FALSE, TRUE
from features.reading import ReadingError
from features.reading.files import SUFFIXES, open_bytes
from features.reading.table import plain
from features.settings import FieldType
from features.times import read_times

ROWS = 200_000
"""Rows of each file that are looked at."""
MOST_VALUES = 40
"""A category with more values than this is not listed in full."""
UTC = ZoneInfo("UTC")
FORMATS = (
    "",  # ISO 8601
    *(
        day + clock
        for day in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y")
        for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
    ),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y %H:%M", "%b %d, %Y %H:%M"),
)


@dataclass(frozen=True, eq=False)
class Column:
    """One column as text; NaN where a cell is blank."""

    name: str
    given: pd.Series

    @cached_property
    def missing(self) -> list[str]:
        """Words that stand for "not answered"."""
        distinct = self.given.dropna().unique()
        told = sorted(value for value in distinct if value.strip().casefold() in MISSING)
        return told if len(told) < len(distinct) else []

    @cached_property
    def texts(self) -> pd.Series:
        """Cells that say something, NaN for the others."""
        return self.given.where(~self.given.isin(self.missing))

    @cached_property
    def counts(self) -> pd.Series:
        """Distinct values, the commonest first."""
        return self.texts.value_counts()

    @cached_property
    def values(self) -> list[str]:
        """Distinct values, the commonest first."""
        return [str(value) for value in self.counts.index]

    def refers_to(self, ids: "Column") -> bool:
        """Return whether most of the values are among those of another column."""
        return len(set(self.values) & set(ids.values)) > 0.5 * len(self.values)

    @cached_property
    def filled(self) -> float:
        """Share of rows that say something."""
        return float(self.texts.notna().mean()) if len(self.texts) else 0.0

    @cached_property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return bool(len(self.texts)) and self.filled == 1 and len(self.counts) == len(self.texts)

    @cached_property
    def time_format(self) -> str | None:
        """The strptime format of a column of times, "" for ISO 8601, None for a column of something else."""
        some = pd.Series(self.values[:2000], dtype="str")
        if not len(some) or not some.str.contains(r"\d[-/.: ]").all():
            return None
        column = pa.chunked_array([pa.array(some, pa.string())])
        parts = (column.slice(0, 20), column)  # most formats fail soon
        for form in FORMATS:
            if all((read_times(part, UTC, form or None).utc != NEVER).mean() > 0.9 for part in parts):
                return form
        return None

    @cached_property
    def numbers(self) -> pd.Series | None:
        """The column as numbers, None if it holds something else."""
        numbers = pd.to_numeric(self.texts, errors="coerce").astype("float64")
        return numbers if len(self.counts) and np.isfinite(numbers[self.texts.notna()]).all() else None

    @cached_property
    def type(self) -> FieldType:
        """What a field of these values would be."""
        if 0 < len(self.counts) < 3 and {value.strip().casefold() for value in self.values} <= TRUE | FALSE:
            return "flag"
        if self.numbers is not None:
            return "number"
        if self.time_format is not None:
            return "date"
        wordy = np.mean([len(value.split()) for value in self.values[:1000]]) > 4 if len(self.counts) else False
        return "text" if wordy and len(self.counts) > MOST_VALUES else "category"

    @cached_property
    def times(self) -> Microseconds:
        """The column as times, NEVER where it is none."""
        texts = pa.array(self.texts.astype(object).where(self.texts.notna(), None), pa.string())
        return read_times(pa.chunked_array([texts]), UTC, self.time_format or None).utc


@dataclass(frozen=True, eq=False)
class Sheet:
    """One file and how it is written."""

    path: Path
    columns: list[Column]
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.columns[0].given)

    def times_but(self, *others: Column | None) -> list[Column]:
        """Return the columns of times, without some."""
        return [column for column in self.columns if column.time_format is not None and column not in others]


def best(what: str, columns: Iterable[Column]) -> Column | None:
    """Return the column whose name says most clearly what is looked for, the fullest of equals."""
    return max(columns, key=lambda column: (says(column.name, COLUMNS[what]), column.filled), default=None)


def named(what: str, columns: Iterable[Column]) -> list[Column]:
    """Return the columns whose name says that they are this."""
    return [column for column in columns if says(column.name, COLUMNS[what])]


def load(folder: Path) -> list[Sheet]:
    """Read the beginning of every file of a folder that is a table.

    Raises
    ------
    ReadingError
        If there is none.
    """
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES)) if folder.is_dir() else []
    sheets = [sheet for path in paths if (sheet := _load(path)) is not None]
    if not sheets:
        raise ReadingError(
            f"{folder} must be a folder with at least one table ({', '.join(SUFFIXES)}) of two columns or more, got none: "
            f"export the leads there."
        )
    return sheets


def _load(path: Path) -> Sheet | None:
    encoding, delimiter = "utf-8", ","
    try:
        if path.suffix == ".parquet":
            frame = _parquet(path)
        else:
            encoding, delimiter = _writing(path)
            frame = _csv(path, encoding, delimiter)
    except (ValueError, OSError, pa.ArrowException):
        return None
    if len(frame.columns) < 2 or frame.empty:
        return None
    columns = [Column(str(name), texts.mask(texts.str.strip() == "")) for name, texts in frame.items()]
    return Sheet(path, columns, encoding, delimiter)


def _csv(path: Path, encoding: str, delimiter: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Rows with a cell too many are `glengarry check`'s to tell.
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep=delimiter,
            encoding=encoding,
            encoding_errors="replace",
            dtype=str,
            keep_default_na=False,
            nrows=ROWS,
            on_bad_lines="skip",
            index_col=False,
        )


def _parquet(path: Path) -> pd.DataFrame:
    with pq.ParquetFile(path) as file:
        flat = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        batch = next(file.iter_batches(ROWS, columns=flat), None)
    if batch is None:
        return pd.DataFrame()
    cells = plain(pa.Table.from_batches([batch]), path.name)
    return pd.DataFrame({name: as_text(cells.column(name)).to_pylist() for name in cells.column_names}, dtype="str")


def _writing(path: Path) -> tuple[str, str]:
    """Return encoding and delimiter of a CSV file."""
    with open_bytes(path) as file:
        begin = file.read(1 << 22)
    encoding = "utf-8"
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(begin)
        except UnicodeDecodeError:
            encoding = "cp1252"
    text = begin[: 1 << 16].decode(encoding, "replace")
    return encoding, max(",;\t|", key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> float:
    """Return how many columns a delimiter makes, times the share of rows that have so many."""
    widths = [len(row) for row, _ in zip(csv.reader(io.StringIO(text), delimiter=delimiter), range(50), strict=False)]
    return (widths[0] - 1) * widths[:-1].count(widths[0]) / max(1, len(widths) - 1) if widths else 0

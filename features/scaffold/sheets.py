"""Files that nobody has described: what their columns hold."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.records.clock import Microseconds
from features.records.parsing.cells import as_text
from features.records.parsing.format_search import find_formats
from features.records.parsing.numbers import find_decimals, has_currency, read_number
from features.records.parsing.times import read_times
from features.records.reading import RawTable, ReadingError, TableFile, WantedColumns, read_file, tables_in
from features.records.reading.files import SUFFIXES
from features.records.reading.footers import FOOTER_WORDS
from features.scaffold.words import COLUMNS, MISSING, says
from features.settings.fields import FieldType
from features.settings.source import FILLERS, ISO, NUMBERED_TIMES, HistorySource, TableSource
from features.settings.words import FALSE, TRUE, fold

ROWS = 200_000
"""Rows of each file that are looked at; of those below, the ones with a value that a column of few values has not had before."""
MAX_LATER = 200
"""A column with more new values below than this is no column of few values."""
MAX_VALUES = 40
"""A category with more values than this is not listed in full."""
LEAST_PADDED = 4
"""Digits of a code that zeros fill up: two may be the number of a month."""
POSTAL = "zip zipcode postal postcode plz postleitzahl~ cep"
"""Words of postal codes, which are no amounts."""
UTC = ZoneInfo("UTC")
UNEVEN = 0.3
"""Share of rows with too many or too few cells, from which a text is no table."""
MAX_WORDS = 5
"""Words that the names of columns have on average at most."""
READ = 0.98
"""Share of the cells that must be numbers for a column to be one of numbers: the few others are set aside by `check`."""
MONTH_FIRST = ("%m/%d", "%m-%d", "%m.%d")
TIME_WORDS = "datum~ date time day at on when datum zeitpunkt tag am fecha hora data ora heure jour timestamp created closed start end begin ts tijd unix epoch"
"""Words of columns whose numbers may count from a day."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column as text; NaN where a cell is blank.

    Attributes
    ----------
    joined
        Whether it stands in a table that is joined to this one.
    month_first
        Whether days such as 3/4/2026 begin with the month, where the column itself does not tell; None if nothing does.
    known_formats
        The ways in which its times can be read, where they are known already.
    chosen
        What somebody says that a field of it would be; None where the values tell.
    """

    name: str
    given: pd.Series
    joined: bool = False
    month_first: bool | None = None
    known_formats: tuple[str, ...] = ()
    chosen: FieldType | None = None

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

    @cached_property
    def spellings(self) -> list[str]:
        """Distinct values without regard to blanks and capitals, each as it is written most often, the commonest first."""
        known: dict[str, str] = {}
        for value in self.values:
            known.setdefault(fold(value), value.strip())
        return list(known.values())

    @cached_property
    def filled(self) -> float:
        """Share of rows that say something."""
        return float(self.texts.notna().mean()) if len(self.texts) else 0.0

    @cached_property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return bool(len(self.texts)) and self.filled == 1 and len(self.counts) == len(self.texts)

    @cached_property
    def identifies(self) -> bool:
        """Whether nearly every row has a value of its own, but for rows that go on with the one above."""
        given = int(self.texts.notna().sum())
        return self.filled > 0.5 and len(self.counts) == given > 1

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The ways in which all values can be read as times, the likeliest first; none for a column of something else."""
        if self.known_formats:
            return self.known_formats
        if not len(self.counts) or (len(self.counts) <= 2 and set(map(fold, self.values)) <= TRUE | FALSE):
            return ()
        found = find_formats(self.values)
        if found and (found[0] in NUMBERED_TIMES or found[0].startswith("%Y%m%d")):
            named = says(self.name, TIME_WORDS) and not says(self.name, "id nr number age days")
            return found if named or (found[0].startswith("%Y%m%d") and self._is_calendar) else ()
        if self.month_first is not None and len(found) > 1:
            return tuple(sorted(found, key=lambda form: form.startswith(MONTH_FIRST) != self.month_first))
        return found

    @property
    def _is_calendar(self) -> bool:
        """Return whether many whole numbers are days of a calendar, from all parts of months and years: no other numbers are by chance."""
        days = {value[:8] for value in self.values}
        months, in_month = {day[4:6] for day in days}, {day[6:] for day in days}
        return len(days) >= 30 and len(months) > 6 and len(in_month) > 20

    @property
    def time_format(self) -> str | None:
        """The format of a column of times, "" for ISO 8601, None for a column of something else."""
        if not self.formats:
            return None
        return "" if self.formats[0] == ISO else self.formats[0]

    @property
    def day_and_month_alike(self) -> bool:
        """Whether nothing tells which of day and month stands first."""
        return self.month_first is None and len({form.startswith(MONTH_FIRST) for form in self.formats}) > 1

    @cached_property
    def decimal(self) -> str | None:
        """The decimal mark, where the numbers need one that each of them does not tell."""
        marks = find_decimals(self.values)
        return "," if marks == {","} else None

    @cached_property
    def numbers(self) -> pd.Series | None:
        """The column as numbers, None if it holds something else; a cell that is none is NaN."""
        mark = self.decimal
        told = {value: read_number(value, mark) for value in self.values}  # type: ignore[arg-type]
        rows = sum(int(self.counts[value]) for value, number in told.items() if number is not None)
        if (
            not rows
            or rows < READ * int(self.counts.sum())
            or not np.isfinite([n for n in told.values() if n is not None]).all()
        ):
            return None
        return self.texts.map({value: np.nan if number is None else number for value, number in told.items()}).astype(
            "float64"
        )

    @cached_property
    def type(self) -> FieldType:
        """What a field of these values would be."""
        if self.chosen is not None:
            return self.chosen
        if 0 < len(self.counts) < 3 and {fold(value).removesuffix(".0") for value in self.values} <= TRUE | FALSE:
            return "flag"
        if self.time_format is not None:
            return "date"
        if self.numbers is not None and not self._codes:
            return "number"
        wordy = np.mean([len(value.split()) for value in self.values[:1000]]) > 4 if len(self.counts) else False
        return "text" if wordy and len(self.counts) > MAX_VALUES else "category"

    @cached_property
    def _codes(self) -> bool:
        """Whether cells read as numbers but are none: words that begin with one, such as "5 to 20", codes with letters, postal codes."""
        if says(self.name, POSTAL) or _padded(self.values):
            return True
        return any(any(letter.isalpha() for letter in value) for value in self.values[:MAX_VALUES]) and not any(
            "%" in value or has_currency(value) or value[-1:] in "kKmM" for value in self.values[:MAX_VALUES]
        )

    @cached_property
    def times(self) -> Microseconds:
        """The column as times, NEVER where it is none, or one that stands for none."""
        texts = pa.array(self.texts.astype(object).where(self.texts.notna(), None), pa.string())
        return read_times(pa.chunked_array([texts]), UTC, self.time_format or None, FILLERS).utc

    def take(self, rows: np.ndarray) -> "Column":
        """Return some rows of the column."""
        return replace(self, given=self.given[rows].reset_index(drop=True))


def _padded(values: list[str]) -> bool:
    """Return whether all values have as many digits, and zeros fill up some: a code, whose zeros count.

    Examples
    --------
    >>> _padded(["01067", "80331"]), _padded(["0.50", "1.25"]), _padded(["0", "1067"])
    (True, False, False)
    """
    digits = all(value.isdecimal() for value in values) and len({len(value) for value in values}) == 1
    return digits and len(values[0]) >= LEAST_PADDED and any(value.startswith("0") for value in values)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table of an export.

    Attributes
    ----------
    below
        Rows without an id that go on with the row above, and are not among these.
    folded
        Rows of the same id beyond the first, and are not among these.
    beneath
        Lines below the table that are not among its rows.
    summed
        Columns whose numbers are added up where rows are folded.
    parts
        The files or sheets that it was put together from, if they are several.
    lacking
        Parts with a column that others have and they have not: (part, column).
    seen_until
        The latest time (microseconds) of which a log or a column of changes of any table tells; 0 if there is none.
    until
        No record can be of later (microseconds); None where nobody knows.
    """

    name: str
    columns: list[Column]
    below: int = 0
    folded: int = 0
    summed: tuple[str, ...] = ()
    beneath: "Sheet | None" = None
    parts: tuple[str, ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()
    seen_until: int = 0
    until: int | None = None

    @property
    def rows(self) -> int:
        """How many rows are looked at."""
        return len(self.columns[0].given)

    def times_but(self, *others: Column | None) -> list[Column]:
        """Return the columns of times, without some."""
        return [column for column in self.columns if column.time_format is not None and column not in others]

    def take(self, rows: np.ndarray) -> "Sheet":
        """Return some rows of the table."""
        return replace(self, columns=[column.take(rows) for column in self.columns])


def best(what: str, columns: Iterable[Column]) -> Column | None:
    """Return the column whose name says most clearly what is looked for, the fullest of equals."""
    return max(columns, key=lambda column: (says(column.name, COLUMNS[what]), column.filled), default=None)


def named(what: str, columns: Iterable[Column]) -> list[Column]:
    """Return the columns whose name says that they are this."""
    return [column for column in columns if says(column.name, COLUMNS[what])]


def load(folder: Path) -> list[Sheet]:
    """Read the beginning of every table of a folder.

    Raises
    ------
    ReadingError
        If there is none.
    """
    files = tables_in(folder) if folder.exists() else []
    sheets = [sheet for file in files if (sheet := _load(file)) is not None]
    if not sheets:
        raise ReadingError(
            f"{folder} must be a folder with at least one table ({', '.join(SUFFIXES)}) of two columns or more, got none: "
            f"export the leads there."
        )
    return sheets


@dataclass(frozen=True)
class _Everything(WantedColumns):
    """Wants every column under the export's own name, but for those whose cells are no values."""

    without: frozenset[str] = frozenset()

    def find(self, there: list[str], place: str) -> dict[str, str]:  # noqa: ARG002 - nothing is missing
        return {name: name for name in there if name not in self.without}


def _load(file: TableFile) -> Sheet | None:
    nested: frozenset[str] = frozenset()
    try:
        if file.suffix == ".parquet":
            nested = frozenset(field.name for field in pq.read_schema(file.path) if pa.types.is_nested(field.type))
        wanted = _Everything("history", TableSource(table=file.name), (), (), (), whole=True, without=nested)
        raw = read_file(file, HistorySource(source="."), wanted)
    except (ValueError, OSError, pa.ArrowException):
        return None
    cells = _looked_at(raw.cells)
    if cells.num_columns < 2 or not cells.num_rows or _is_prose(file, raw):
        return None
    frame = {name: pd.Series(as_text(cells.column(name)).to_pylist(), dtype="str") for name in cells.column_names}
    columns = [Column(str(name), texts.mask(texts.str.strip() == "")) for name, texts in frame.items()]
    return _settle_days(_without_footers(Sheet(file.name, columns)))


def _looked_at(cells: pa.Table) -> pa.Table:
    """Return the first rows of a table, and the first below them with each value of a column that is none of theirs: a rare state or kind."""
    first, below = cells.slice(0, ROWS), cells.slice(ROWS)
    if not below.num_rows:
        return first
    rows: set[int] = set()
    for name in cells.column_names:
        later = as_text(below.column(name))
        new = later.unique().drop_null()
        new = new.filter(pc.invert(pc.is_in(new, value_set=as_text(first.column(name)).unique())))
        if 0 < len(new) <= MAX_LATER:
            rows.update(ROWS + pc.index(later, value).as_py() for value in new)
    return pa.concat_tables([first, cells.take(pa.array(sorted(rows), pa.int64()))])


def _is_prose(file: TableFile, raw: RawTable) -> bool:
    """Return whether a text file is no table: its rows have cells by chance."""
    names = [len(name.split()) for name in raw.cells.column_names]
    uneven = len(raw.flawed) > UNEVEN * raw.read
    return uneven or (file.suffix.startswith(".txt") and float(np.mean(names)) > MAX_WORDS)


def _without_footers(sheet: Sheet) -> Sheet:
    """Leave out the lines below a table that are no records: totals, and those with a cell or two."""
    filled = np.sum([column.given.notna().to_numpy() for column in sheet.columns], axis=0)
    usual, last = float(np.median(filled)), sheet.rows
    while last > 1 and filled[last - 1] < 0.5 * usual:
        cells = [str(column.given[last - 1]) for column in sheet.columns if pd.notna(column.given[last - 1])]
        said = any(FOOTER_WORDS.match(cell) for cell in cells)
        alone = filled[last - 1] <= 1 and pd.notna(sheet.columns[0].given[last - 1]) and usual > 2
        if not (said or alone or not cells):
            break
        last -= 1
    if last == sheet.rows:
        return sheet
    return replace(sheet.take(np.arange(last)), beneath=sheet.take(np.arange(last, sheet.rows)))


def _settle_days(sheet: Sheet) -> Sheet:
    """Let the columns whose days tell the order of day and month speak for those whose do not."""
    told = {
        column.formats[0].startswith(MONTH_FIRST)
        for column in sheet.columns
        if column.formats
        and "%d" in column.formats[0]
        and not column.day_and_month_alike
        and not column.formats[0].startswith("%Y")
    }
    if len(told) != 1:
        return sheet
    (month_first,) = told
    columns = [
        replace(column, month_first=month_first) if column.day_and_month_alike else column for column in sheet.columns
    ]
    return replace(sheet, columns=columns)

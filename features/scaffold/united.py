"""Files or sheets that are parts of one table, such as a file a year: the same columns and values, other rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.reading import TableFile
from features.records.reading.locating import ANY, fitting
from features.scaffold.sheets import MAX_VALUES, Column, Sheet
from features.settings.source import ISO

SAME = 0.8
"""Share of the columns that two tables must share by name, and of the values of columns of few values, to be parts of one."""
MAX_REPEATED_SHARE = 0.1
"""Share of ids, or of whole rows where nothing counts them, that may stand in two parts of one table: more are a copy, or numbers that begin anew."""


def united(sheets: list[Sheet], files: Sequence[TableFile]) -> Iterator[Sheet]:
    """Yield tables, those of one that lies in several files or sheets, such as a file a year, put together.

    They have the same columns and values, other ids, and a name with `*` that fits all of them and no other of all `files`.
    """
    left = list(sheets)
    while left:
        first = left.pop(0)
        alike: list[Sheet] = []
        for other in left:
            if all(_are_parts(one, other) for one in (first, *alike)):
                alike.append(other)
        while alike and (pattern := _pattern([first.name, *(other.name for other in alike)], files)) is None:
            alike = alike[:-1]
        whole = _one_below_another(pattern, [first, *alike]) if alike and pattern is not None else None
        if whole is not None:
            left = [other for other in left if other not in alike]
        yield first if whole is None else whole


def same_columns(names: set[str], others: set[str]) -> bool:
    """Return whether two tables have nearly the same columns."""
    return len(names & others) > SAME * max(len(names), len(others))


def _are_parts(one: Sheet, other: Sheet) -> bool:
    there = {column.name: column for column in other.columns}
    pairs = [(column, there[column.name]) for column in one.columns if column.name in there]
    if not same_columns({column.name for column in one.columns}, set(there)) or len(pairs) < 3:
        return False
    few = [
        (c, d)
        for c, d in pairs
        if c.type == d.type == "category" and 1 < len(c.counts) <= MAX_VALUES and not _differs(d)
    ]
    shared = [len(set(c.values) & set(d.values)) / min(len(c.values), len(d.values)) for c, d in few if len(d.counts)]
    ids = [(c, d) for c, d in pairs if c.identifies and d.identifies and c.time_format is None]
    again = [float(np.isin(c.values, d.values).mean()) for c, d in ids]
    if not ids:  # nothing counts the rows: the whole of them says whether they stand in both
        again = [float(np.isin(_rows(d for _, d in pairs), _rows(c for c, _ in pairs)).mean())]
    return bool(shared) and float(np.mean(shared)) >= SAME and all(share <= MAX_REPEATED_SHARE for share in again)


def _rows(columns: Iterable[Column]) -> NDArray[np.uint64]:
    """Return a number for each row, the same for rows that say the same."""
    texts = pd.DataFrame({at: column.texts.fillna("").astype(str) for at, column in enumerate(columns)})
    return np.asarray(pd.util.hash_pandas_object(texts, index=False), np.uint64)


def _differs(column: Column) -> bool:
    """Return whether a column differs from row to row, as names do: no two parts share such values."""
    return len(column.counts) > 0.5 * column.texts.notna().sum()


def _pattern(names: list[str], files: Sequence[TableFile]) -> str | None:
    """Return a name with `*` that fits these files and no other; None if there is none, or if nothing but digits stands before the `*`.

    A name such as `*.csv` would fit any file that is ever put beside them.

    Examples
    --------
    >>> from pathlib import Path
    >>> files = [
    ...     TableFile(Path(name))
    ...     for name in ("leads_2024.csv", "leads_2025.csv", "a.csv", "b.csv", "2024.csv", "2025.csv")
    ... ]
    >>> _pattern(["leads_2024.csv", "leads_2025.csv"], files)
    'leads_*.csv'
    >>> _pattern(["a.csv", "b.csv"], files), _pattern(["2024.csv", "2025.csv"], files[-2:])
    (None, None)
    """
    begin = _beginning(names)
    end = _beginning([name[len(begin) :][::-1] for name in names])[::-1]
    begin = begin.rstrip("0123456789")  # next year's file is one of them
    pattern = f"{begin}{ANY}{end}"
    return pattern if begin and sorted(file.name for file in fitting(pattern, files)) == sorted(names) else None


def _beginning(names: list[str]) -> str:
    """Return the letters with which all names begin."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike)


def _one_below_another(name: str, sheets: list[Sheet]) -> Sheet | None:
    """Return tables as one; None where a column's times are written in ways that no format of one column reads."""
    names = list(dict.fromkeys(column.name for sheet in sheets for column in sheet.columns))
    columns = []
    for own in names:
        there = [next((column for column in sheet.columns if column.name == own), None) for sheet in sheets]
        cells = [
            pd.Series([np.nan] * sheet.rows, dtype="str") if column is None else column.given
            for sheet, column in zip(sheets, there, strict=True)
        ]
        formats = [column.formats for column in there if column is not None and len(column.counts)]
        common = _common(formats)
        if common is None:
            return None
        columns.append(Column(own, pd.concat(cells, ignore_index=True), known_formats=common))
    has = {sheet.name: {column.name for column in sheet.columns} for sheet in sheets}
    lacking = tuple((part, own) for part, there in has.items() for own in names if own not in there)
    return Sheet(name, columns, parts=tuple(has), lacking=lacking)


def _common(formats: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the ways in which the times of all parts can be read, beside ISO 8601, which is read with each; None if there is none.

    Examples
    --------
    >>> _common([("iso",), ("%d/%m/%Y", "%m/%d/%Y"), ("%d/%m/%Y",)]), _common([(), ()]), _common([("iso",), ()])
    (('%d/%m/%Y',), (), None)
    """
    if not any(formats):
        return ()
    others = [several for several in formats if several != (ISO,)]
    if not others:
        return (ISO,)
    return tuple(form for form in others[0] if all(form in several for several in others)) or None

"""A sheet of a workbook (.xlsx, .xls, .ods): dates as times, numbers as numbers, and whatever is mixed as text."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from features.records.parsing.values import text_of
from features.records.reading.dialect import HEADER_ROWS, header_of
from features.records.reading.far_cells import refuse_far_cells
from features.records.reading.files import TableFile
from features.records.reading.footers import without_footers
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import HEADER_AGAIN, Passed, RawTable, ReadingError, distinct, repeated_names


def sheets_of(path: Path) -> list[str]:
    """Return the sheets of a workbook that hold something; all of them if none does.

    Raises
    ------
    ReadingError
        If it is damaged or locked by a password.
    """
    file = TableFile(path)
    book = _open(file)
    filled = [name for name in book.sheet_names if _sheet(book, file, name).height > 0]
    return filled or list(book.sheet_names)


def read_workbook(file: TableFile, wanted: WantedColumns) -> RawTable:
    """Read the wanted columns of a sheet.

    Raises
    ------
    ReadingError
        If it is damaged, has no such sheet, or lacks a column.
    """
    there, rows, header = read_sheet(file, wanted.source.header_row)
    columns = wanted.find(there, file.name)
    at = {name: there.index(name) for name in dict.fromkeys(columns.values())}
    number = np.arange(header + 1, len(rows) + header + 1)
    records = np.array([not _is_header(row, there) for row in rows], np.bool_)
    several = [row for row, is_record in zip(rows, records, strict=True) if is_record]
    cells = pa.table({name: as_column([row[place] for row in several]) for name, place in at.items()})
    raw = RawTable.of(file.name, cells, columns, number[records])
    if len(several) < len(rows):
        raw = replace(raw, passed=(*raw.passed, Passed(len(rows) - len(several), HEADER_AGAIN)))
    above = [f"the column names stand in row {header}; what stands above is passed over"] if header > 1 else []
    return without_footers(raw, wanted).noting(*above, *repeated_names(columns.values(), there))


def read_sheet(file: TableFile, header_row: int | None = None) -> tuple[list[str], list[list[Any]], int]:
    """Return the column names of a sheet, the rows below, and the row of the names as the program shows it."""
    rows = _sheet(_open(file), file, file.part).to_python(skip_empty_area=False)
    header = header_of(rows[:HEADER_ROWS]) if header_row is None else header_row - 1
    if len(rows) <= header or not any(str(cell).strip() for cell in rows[header]):
        raise ReadingError(f"{file.name} must begin with the column names, got an empty sheet: export it again.")
    names = distinct([str(cell).strip() for cell in rows[header]])
    return names, rows[header + 1 :], header + 1


def _is_header(row: list[Any], names: list[str]) -> bool:
    """Return whether a row repeats the column names, which would make texts of columns of times and numbers."""
    filled = [(str(cell).strip(), name) for cell, name in zip(row, names, strict=False) if str(cell).strip()]
    return len(filled) > 1 and all(cell == name for cell, name in filled)


def as_column(values: list[Any]) -> pa.Array:
    """Return cells in the one type that they share, otherwise as text; empty ones are null.

    Examples
    --------
    >>> as_column([1000.0, "", 1001.0]).to_pylist(), as_column([7.0, "n/a"]).to_pylist()
    ([1000.0, None, 1001.0], ['7', 'n/a'])
    """
    cells = [_cell(value) for value in values]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if kinds == {datetime}:
        return pa.array(cells, pa.timestamp("us"))
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    return pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())


def _open(file: TableFile) -> CalamineWorkbook:
    refuse_far_cells(file.path)
    try:
        return CalamineWorkbook.from_path(str(file.path))
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(file, error) from error


def _sheet(book: CalamineWorkbook, file: TableFile, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: TableFile, error: Exception) -> ReadingError:
    return ReadingError(
        f"{file.path.name} cannot be read as a workbook: {error}. Open it, take off its password, and save it again."
    )


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the column's zone is given to it later
    return value


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, time | timedelta):
        return str(cell)
    return text_of(cell)

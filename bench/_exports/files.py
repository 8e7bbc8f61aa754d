"""Tables of leads, and the files that they are written to."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bench._exports.company import Lead
from bench._exports.truth import Col


def table(columns: Sequence[Col], leads: Sequence[Lead]) -> list[list[Any]]:
    """Return the header and the rows of a table of leads."""
    rows = [["" if (cell := column.cell(lead)) is None else cell for column in columns] for lead in leads]
    return [[column.name for column in columns], *rows]


def text_of(rows: Sequence[Sequence[Any]], delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    """Write a file of an export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode(encoding))


def workbook(folder: Path, name: str, sheets: dict[str, list[list[Any]]]) -> None:
    """Write a workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / name)

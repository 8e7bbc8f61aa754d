"""Lines below a table that are no records: totals, who made the report and when, what may not be copied."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.records.reading.mapping import WantedColumns
from features.records.reading.table import Passed, RawTable, blank_cells

FOOTER_WORDS = re.compile(
    r"\W*(grand totals?|sub-?totals?|totals?|gesamt|insgesamt|summe|total général|totale|totaal|suma|soma|somme|sum|average|"
    r"durchschnitt|copyright|confidential|vertraulich|confidentiel|generated (by|on|at)|erstellt (von|am)|printed (by|on)|"
    r"exported (by|on|at)|report (run|generated)|as of|records?:|rows?:|count:|filtered by|\(c\)|©|page \d+)\b",
    re.I,
)
"""How such lines begin."""
WHY = "below the table, as totals and footers are"


def without_footers(raw: RawTable, wanted: WantedColumns) -> RawTable:
    """Leave out the lines at the end that have neither an id nor what every record has."""
    if wanted.id_column not in raw.columns:
        return raw
    short = {flaw.row: flaw.short for flaw in raw.flaws if flaw.short}
    shapes = {_shape(text) for text in _texts(raw.cells.column(wanted.id_column).slice(0, 1000))}
    empty = _without_record(raw, wanted)
    at = {int(number): place for place, number in enumerate(raw.row)}
    below: list[int] = []
    for number in np.union1d(raw.row, raw.flawed)[::-1].tolist():
        place = at.get(number)
        text = short.get(number, "") if place is None else empty.get(place)
        if text is None or not _is_footer(text, shapes, place is None):
            break
        below.append(number)
    if not below:
        return raw
    told = raw.without(np.array(below))
    return replace(told, blank=raw.blank, passed=(*raw.passed, Passed(len(below), WHY)))


def _without_record(raw: RawTable, wanted: WantedColumns) -> dict[int, str]:
    """Return the text of the id in rows that hold nothing else that a record must have; the last few alone matter."""
    needed = [
        ours for ours in wanted.required if ours in raw.columns and ours not in (wanted.id_column, *wanted.fields)
    ]
    if not needed:
        return {}
    blank = np.all([blank_cells(raw.cells.column(ours)) for ours in needed], axis=0)
    ids = raw.cells.column(wanted.id_column)
    return {int(at): str(ids[int(at)].as_py() or "") for at in np.flatnonzero(blank)}


def _is_footer(text: str, shapes: set[str], short: bool) -> bool:
    """Return whether a line is none of the table's: it says so, or has a single cell that is like no id."""
    line = text.strip().strip('"')
    if FOOTER_WORDS.match(line):
        return True
    return short and bool(line) and not re.search(r"[,;\t|]\s*\S", line) and _shape(line) not in shapes


def _shape(text: str) -> str:
    """Return what a text looks like: digits as 9, letters as a."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text.strip().strip('"')))


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [str(cell) for cell in column.to_pylist() if cell is not None]

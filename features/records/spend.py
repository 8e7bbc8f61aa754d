"""What was spent by month on each value of a channel: a table beside the three, read and checked like them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.records.checks.broken import BrokenRow, cut, shown
from features.records.checks.columns import encode_column, nulls, with_nulls
from features.records.history import Floats, Strings
from features.records.parsing.cells import as_text
from features.records.reading import RawTable, WantedColumns, read_wanted
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.settings.source import SPEND_COLUMNS, HistorySource, SpendSource

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-\d\d.*)?")
MAX_NAMED = 10
"""Broken rows that an error names."""


class SpendError(ValueError):
    """A table of spend with broken rows; the message names them."""


@dataclass(frozen=True)
class Spend:
    """What was spent, n rows: on which value, in which month (months since 1970-01), how much."""

    value: Strings
    month: NDArray[np.int64]
    amount: Floats


def read_spend(source: SpendSource, schema: LeadSchema, folder: Path) -> Spend:
    """Read and check a table of spend; a relative source is looked for in `folder`.

    Raises
    ------
    ReadingError
        If it cannot be read, or lacks a column.
    SpendError
        If a row breaks a rule: none is left out, as the costs of a source would be wrong.
    """
    place = HistorySource(source=source.source, delimiter=source.delimiter)
    raw = read_wanted(
        place, WantedColumns("accountability.costs.spend", source, SPEND_COLUMNS, SPEND_COLUMNS, ()), folder
    )
    amount_rule = LeadField(role="context", type="number", minimum=0, missing=schema.missing)
    amounts, bad = encode_column(amount_rule, _known(raw, "amount", schema), schema.zone)
    values = as_text(_known(raw, "value", schema))
    months = [_month(text) for text in as_text(_known(raw, "month", schema)).to_pylist()]
    broken = [
        *(
            BrokenRow(*raw.place_of(flaw.row), flaw.column, cut(flaw.value), flaw.rule, flaw.remedy)
            for flaw in raw.flaws
        ),
        *_broken(raw, "value", np.flatnonzero(nulls(values)), "must name a value of the channel", "fill it in"),
        *_broken(
            raw,
            "month",
            np.flatnonzero([month is None for month in months]),
            "must be a month such as 2026-03",
            "correct it",
        ),
        *_broken(raw, "amount", np.flatnonzero(nulls(_known(raw, "amount", schema))), "must be a number", "fill it in"),
        *(row for error, at in bad for row in _broken(raw, "amount", at, error.rule, error.remedy)),
    ]
    if broken:
        told = "\n".join(f"  {row}" for row in broken[:MAX_NAMED])
        more = f"\n  and {len(broken) - MAX_NAMED} more" if len(broken) > MAX_NAMED else ""
        raise SpendError(f"The table of spend cannot be used:\n{told}{more}")
    return Spend(values.to_numpy().astype(np.object_), np.array(months, np.int64), amounts)


def _known(raw: RawTable, ours: str, schema: LeadSchema) -> pa.ChunkedArray:
    return with_nulls(raw.cells.column(ours), schema.missing)


def _month(text: str | None) -> int | None:
    found = MONTH.fullmatch((text or "").strip())
    return None if found is None else (int(found[1]) - 1970) * 12 + int(found[2]) - 1


def _broken(raw: RawTable, ours: str, rows: NDArray[np.int64], rule: str, remedy: str) -> Iterator[BrokenRow]:
    for row in rows.tolist():
        value = shown(raw.cells.column(ours)[row].as_py())
        yield BrokenRow(*raw.place_of(int(raw.row[row])), raw.columns[ours], value, rule, remedy)

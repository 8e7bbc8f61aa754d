"""Whole columns at once: what is missing in them, their cells as text, and the numbers that stand for answers."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.clock import NEVER, to_datetime
from features.records.history import Floats
from features.records.parsing.cells import as_text
from features.records.parsing.numbers import Mark
from features.records.parsing.times import read_times
from features.records.parsing.values import BadValueError, encode, missing_numbers
from features.settings.fields import LeadField

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
LOCAL = ZoneInfo("UTC")
"""A zone without changes: a time that names none comes out as it went in."""


def nulls(column: pa.ChunkedArray | pa.Array) -> Mask:
    """Return which cells are null."""
    mask: Mask = np.asarray(pc.is_null(column))
    return mask


def with_nulls(column: pa.ChunkedArray, missing: tuple[str, ...]) -> pa.ChunkedArray:
    """Return a column with null for blank texts and for the words that mean "missing"."""
    if pa.types.is_timestamp(column.type):
        return column
    texts = as_text(column)
    empty = pc.equal(pc.utf8_trim_whitespace(texts), "")
    if missing:
        empty = pc.or_(empty, pc.is_in(texts, value_set=pa.array(missing, pa.string())))
    if pa.types.is_floating(column.type):
        empty = pc.or_(empty, pc.is_nan(column))
    return pc.if_else(empty, None, column)


def encode_column(
    field: LeadField,
    column: pa.ChunkedArray,
    zone: ZoneInfo,
    time_format: str | None = None,
    decimal: Mark | None = None,
) -> tuple[Floats, list[tuple[BadValueError, Rows]]]:
    """Encode each distinct value once by `features.records.parsing.values.encode`; null becomes NaN.

    Parameters
    ----------
    decimal
        The decimal mark of numbers that do not tell it.

    Returns
    -------
    tuple
        The numbers, NaN where a value breaks the field's rule; and the rows that do so, by rule.
    """
    if field.type == "number" and decimal != "," and (numbers := _sound_numbers(field, column)) is not None:
        return numbers, []
    if field.type in ("category", "text", "flag"):
        column = as_text(column)
    encoded = column.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    if field.type == "date":
        distinct = _as_times(encoded.dictionary, time_format)
    codes = np.full(len(distinct) + 1, np.nan)
    bad: dict[str, tuple[BadValueError, list[int]]] = {}
    for at, value in enumerate(distinct):
        try:
            codes[at] = encode(field, value, zone, decimal)
        except BadValueError as error:
            bad.setdefault(error.rule, (error, []))[1].append(at)
    of_row = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    return codes[of_row], [(error, np.flatnonzero(np.isin(of_row, at))) for error, at in bad.values()]


def _sound_numbers(field: LeadField, column: pa.ChunkedArray) -> Floats | None:
    """Return a column of numbers if `encode` would take every one of them."""
    if pa.types.is_boolean(column.type) or pa.types.is_timestamp(column.type):
        return None
    try:
        numbers: Floats = np.array(column.cast(pa.float64()).to_numpy())
    except pa.ArrowInvalid:
        return None
    missing = nulls(column) | np.isin(numbers, list(missing_numbers(field)))
    numbers[missing] = np.nan
    low = -np.inf if field.minimum is None else field.minimum
    high = np.inf if field.maximum is None else field.maximum
    sound = missing | (np.isfinite(numbers) & (numbers >= low) & (numbers <= high))
    return numbers if sound.all() else None


def _as_times(distinct: pa.Array, time_format: str | None) -> list[object]:
    """Return values as times where they are of the column's format; `encode` reads the others as ISO 8601."""
    values: list[object] = distinct.to_pylist()
    if time_format is None or pa.types.is_timestamp(distinct.type) or pa.types.is_boolean(distinct.type):
        return values
    times = read_times(pa.chunked_array([distinct]), LOCAL, time_format)
    return [
        value if utc == NEVER else to_datetime(int(utc)) if zoned else to_datetime(int(utc)).replace(tzinfo=None)
        for value, utc, zoned in zip(values, times.utc, times.zoned, strict=True)
    ]

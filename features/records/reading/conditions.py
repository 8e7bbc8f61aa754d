"""Conditions over the cells of a table, as the settings write them: which rows of it hold one of several."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.parsing.numbers import read_number
from features.records.parsing.time_formats import is_filler_text
from features.records.parsing.values import text_of
from features.settings.source import Conditions, Test
from features.settings.words import FALSE, TRUE, fold

Mask = NDArray[np.bool_]


def holds(conditions: Conditions, cells: Mapping[str, pa.ChunkedArray] | pa.Table, rows: int) -> Mask:
    """Return in which rows one of the conditions holds."""
    whole = np.zeros(rows, np.bool_)
    for condition in conditions:
        parts = [_passes(test, _column(cells, name)) for name, test in condition.items()]
        whole |= np.all(parts, axis=0)
    return whole


def columns_of(conditions: Conditions) -> list[str]:
    """Return the columns that conditions ask."""
    return [name for condition in conditions for name in condition]


def _column(cells: Mapping[str, pa.ChunkedArray] | pa.Table, name: str) -> pa.ChunkedArray:
    return cells.column(name) if isinstance(cells, pa.Table) else cells[name]


def _passes(test: Test, column: pa.ChunkedArray) -> Mask:
    """Ask each distinct cell once."""
    encoded = pa.chunked_array([column.combine_chunks()]).combine_chunks().dictionary_encode()
    distinct = [_passes_one(test, cell) for cell in encoded.dictionary.to_pylist()]
    passes = np.array([*distinct, _passes_one(test, None)], np.bool_)
    of_row = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    answer: Mask = passes[of_row]
    return answer


def _passes_one(test: Test, cell: object) -> bool:
    text = "" if cell is None else text_of(cell) if isinstance(cell, str | float) else str(cell)
    word = fold(text)
    if test.values and word not in _meant(test.values):
        return False
    if test.filled is not None and (bool(word) and not is_filler_text(text)) != test.filled:
        return False
    if test.above is None and test.below is None:
        return True
    number = read_number(text)
    return (
        number is not None
        and (test.above is None or number > test.above)
        and (test.below is None or number < test.below)
    )


def _meant(values: tuple[str, ...]) -> frozenset[str]:
    """Return the folded words that a list of values means: of "true" and "false", every word for them."""
    words = {fold(value) for value in values}
    for mark, all_words in (("true", TRUE), ("false", FALSE)):
        words |= all_words if mark in words else frozenset()
    return frozenset(words)

"""A column's cells as a few codes, whatever it holds: what can be counted, and the same for every kind of column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.clock import DAY, HOUR, NEVER, Microseconds
from features.records.history import Floats, Integers

MAX_NUMBERS = 30
"""Numbers with more distinct values than this are put into bins."""
BINS = 20
MIN_CELLS = 50
"""With fewer cells it cannot be told whether a column names each lead."""
NEARLY_ALL = 0.95
"""Share of distinct values from which texts name leads rather than tell something of them."""
WIDEST_GAP = 100
"""Whole numbers that all differ name leads if they lie no wider apart than this on average; amounts lie wider."""
LONG_TEXT = 4
"""Words on average, above which differing texts are prose and not names."""


UNITS = ((2 * DAY, DAY, "days"), (2 * HOUR, HOUR, "hours"), (0, HOUR / 60, "minutes"))
"""From which time on a unit is used, its size and its name."""


@dataclass(frozen=True, eq=False)
class Coded:
    """One column of n leads.

    Attributes
    ----------
    code
        0 where the cell is empty, otherwise from 1 on.
    labels
        What each code from 1 on stands for, for people.
    distinct
        Number of different values before any binning.
    names_leads
        Whether nearly every lead has a value of its own, as ids have.
    ordered
        Whether a higher code stands for more.
    times
        The cells of a column of times, NEVER where empty; None for other columns.
    """

    code: Integers
    labels: Sequence[str]
    distinct: int
    names_leads: bool = False
    ordered: bool = False
    times: Microseconds | None = None

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which leads have a value."""
        return self.code > 0


def code_texts(cells: pa.Array) -> Coded:
    """Code texts, null where empty: each value by itself, but differing prose by its number of words."""
    encoded = cells.dictionary_encode()
    values: list[str] = encoded.dictionary.to_pylist()
    code = pc.fill_null(pc.add(encoded.indices, 1), 0).to_numpy(zero_copy_only=False).astype(np.int32)
    filled = int(np.count_nonzero(code))
    each_its_own = filled >= MIN_CELLS and len(values) >= NEARLY_ALL * filled
    if each_its_own:
        words = np.array([0, *(len(value.split()) for value in values)])
        if words[code[code > 0]].mean() > LONG_TEXT:
            return replace(code_numbers(np.where(code > 0, words[code], np.nan), " words"), names_leads=False)
    return Coded(code, values, len(values), each_its_own)


def code_numbers(numbers: Floats, unit: str = "") -> Coded:
    """Code numbers, NaN where empty: each value by itself if they are few, otherwise by bins of equal size.

    Examples
    --------
    >>> coded = code_numbers(np.array([5.0, np.nan, 7.0, 5.0]))
    >>> coded.code.tolist(), coded.labels
    ([1, 0, 2, 1], ['5', '7'])
    """
    filled = ~np.isnan(numbers)
    values = np.unique(numbers[filled])
    code = np.zeros(len(numbers), np.int32)
    if len(values) <= MAX_NUMBERS:
        code[filled] = np.searchsorted(values, numbers[filled]) + 1
        return Coded(code, [f"{value:,g}{unit}" for value in values], len(values), ordered=True)
    edges = np.unique(np.quantile(numbers[filled], np.arange(1, BINS) / BINS))
    code[filled] = np.searchsorted(edges, numbers[filled]) + 1
    return Coded(code, _spans(edges, unit), len(values), _counts_leads(values, int(filled.sum())), ordered=True)


def code_times(times: Microseconds, created_at: Microseconds) -> Coded:
    """Code times by how long after the lead's creation they lie."""
    after = np.where(times == NEVER, np.nan, times - created_at)
    usual = float(np.median(np.abs(after[times != NEVER]))) if (times != NEVER).any() else DAY
    unit, name = next((size, name) for least, size, name in UNITS if usual >= least)
    return replace(code_numbers(after / unit, f" {name} after creation"), names_leads=False, times=times)


def _spans(edges: Floats, unit: str) -> list[str]:
    inner = [f"{low:,.4g} to {high:,.4g}{unit}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]:,.4g}{unit}", *inner, f"over {edges[-1]:,.4g}{unit}"]


def _counts_leads(values: Floats, filled: int) -> bool:
    """Return whether numbers are those of a counter: whole, all different and close together."""
    if filled < MIN_CELLS or len(values) < filled or (values != np.floor(values)).any():
        return False
    return bool(values[-1] - values[0] <= WIDEST_GAP * filled)

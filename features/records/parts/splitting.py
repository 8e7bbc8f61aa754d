"""Which part each row belongs to: by a hash of the id of its lead, the same wherever and whenever it is asked."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from features.records.checks.columns import nulls
from features.records.history import Strings
from features.records.parsing.cells import as_text
from features.records.reading import RawTable

Numbers = NDArray[np.int64]

NOBODY = 0
"""The part of rows that do not say whose they are."""


def part_numbers(lead_ids: Strings, parts: int) -> Numbers:
    """Return the part of each lead (n,), from 0 on; each is in any part with the same chance."""
    return (hash_array(lead_ids) % np.uint64(parts)).astype(np.int64)


def numbers_of(raw: RawTable, parts: int) -> Numbers:
    """Return the part of each row of a table."""
    ids = as_text(raw.cells.column("lead_id"))
    texts: Strings = ids.to_numpy().astype(np.object_)
    return np.where(nulls(ids), NOBODY, part_numbers(np.where(nulls(ids), "", texts), parts))


def split(raw: RawTable, parts: int) -> Iterator[tuple[int, RawTable]]:
    """Yield the part of a table in each part; flaws go with their rows, and what is said of the whole with the first part."""
    number = numbers_of(raw, parts)
    of_row = dict(zip(raw.row.tolist(), number.tolist(), strict=True))
    for part in range(parts):
        flaws = tuple(flaw for flaw in raw.flaws if of_row.get(flaw.row, NOBODY) == part)
        mine = replace(raw.take(np.flatnonzero(number == part)), flaws=flaws)
        yield part, mine if part == NOBODY else replace(mine, blank=0, passed=(), notes=())

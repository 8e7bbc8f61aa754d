"""Columns as an export holds them: words, times and identifiers, built in bulk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import NEVER, SECOND, Microseconds
from features.records.history import Floats


def words(values: Sequence[str], codes: NDArray[np.integer]) -> "pd.Series[str]":
    """Return the words at these positions, missing where the position is -1.

    Examples
    --------
    >>> words(["yes", "no"], np.array([1, 0, -1])).tolist()
    ['no', 'yes', nan]
    """
    return pd.Series(pd.array(list(values), dtype="str").take(codes, allow_fill=True))


def times(microseconds: Microseconds) -> "pd.Series[pd.Timestamp]":
    """Return UTC times, missing where they are `NEVER`."""
    return pd.Series(microseconds.view("datetime64[us]")).dt.tz_localize("UTC")


def microseconds(column: "pd.Series[pd.Timestamp]") -> Microseconds:
    """Return what `times` was given.

    Examples
    --------
    >>> microseconds(times(np.array([5, NEVER]))).tolist() == [5, NEVER]
    True
    """
    return column.to_numpy("datetime64[us]").astype(np.int64)


def identifiers(prefix: str, n: int) -> list[str]:
    """Return n identifiers that sort as their numbers do.

    Examples
    --------
    >>> identifiers("R", 2)
    ['R01', 'R02']
    """
    digits = max(2, len(str(n)))
    return [f"{prefix}{number:0{digits}d}" for number in range(1, n + 1)]


def later(start: Microseconds, days: Floats) -> Microseconds:
    """Return the times so many days after `start`, in whole seconds; `NEVER` where the days are infinite."""
    finite = np.isfinite(days)
    seconds = np.where(finite, days, 0.0) * 86_400.0
    moved = start + np.maximum(seconds, 1.0).astype(np.int64) * SECOND
    return np.where(finite, moved, NEVER)

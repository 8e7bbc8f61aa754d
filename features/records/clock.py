"""The clock of the house: whole microseconds since 1970-01-01 UTC, in int64.

Microseconds are the finest that Python's `datetime` tells and what pandas and Arrow store by default, so no time is
rounded on its way in: `recorded_at <= as_of` means the same in a file, in a request and in the kernel.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Microseconds: TypeAlias = NDArray[np.int64]
"""Times or durations, int64."""

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEVER = int(np.iinfo(np.int64).min)
"""Stands for "no time"; equals NumPy's NaT, so `datetime64[us]` arrays convert as they are."""
END_OF_TIME = 2**62
"""A time in microseconds that no time of any history reaches."""


def to_microseconds(time: datetime) -> int:
    """Return a time as microseconds since the epoch.

    Raises
    ------
    ValueError
        If `time` has no zone.

    Examples
    --------
    >>> to_microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if time.tzinfo is None:
        raise ValueError(f"A time must name its zone, got {time.isoformat()}: add one, such as +00:00.")
    return (time - EPOCH) // MICROSECOND


def to_datetime(microseconds: int) -> datetime:
    """Return the UTC time of a count of microseconds.

    Examples
    --------
    >>> to_datetime(1000000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(microseconds=int(microseconds))


def duration(span: timedelta) -> int:
    """Return a duration in microseconds.

    Examples
    --------
    >>> duration(timedelta(days=1)) == DAY
    True
    """
    return span // MICROSECOND

"""The days by which leads are decided, as times: a day in the settings' zone counts whole, up to its last microsecond."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.records.clock import NEVER, Microseconds, to_datetime, to_microseconds


def end_of_days(times: NDArray[np.float64], zone: ZoneInfo) -> Microseconds:
    """Return the last microsecond of the local day of each time (n,), NEVER where there is none (NaN).

    Examples
    --------
    >>> noon = float(to_microseconds(datetime(2026, 5, 12, 12, tzinfo=ZoneInfo("UTC"))))
    >>> to_datetime(end_of_days(np.array([noon]), ZoneInfo("Europe/Berlin"))[0]).isoformat()
    '2026-05-12T21:59:59.999999+00:00'
    """
    distinct, place = np.unique(times, return_inverse=True)
    ends = [NEVER if np.isnan(one) else end_of_day(int(one), zone) for one in distinct.tolist()]
    return np.array(ends, np.int64)[place]


NOT_BEFORE = "must not be a day before the lead came in"
NOT_BEFORE_REMEDY = "correct it, or leave it empty: the horizon then holds"
"""The rule of a day by which a lead is decided, and what to do about one that breaks it."""


def end_of_day(at: int, zone: ZoneInfo) -> int:
    """Return the last microsecond of the local day of a time."""
    try:
        day = to_datetime(at).astimezone(zone).date() + timedelta(days=1)
        return to_microseconds(datetime.combine(day, time(), zone)) - 1
    except OverflowError:  # the last day that Python can tell
        return at

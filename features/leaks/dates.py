"""Columns of times that lie at the close or after it: whoever reads the time reads the outcome."""

from collections.abc import Iterator

import numpy as np

from features.leaks.finding import Sign, percent_to_tenth
from features.leaks.labels import Fates
from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Floats

MIN_TIMES = 20
AT_THE_CLOSE = (0.1, 0.3)
"""Share of closed leads whose time falls on the close, beyond what chance makes: suspicious, severe."""
AFTER_THE_CLOSE = (0.02, 0.2)
"""Share of closed leads whose time falls more than a day after the close: suspicious, severe."""
ALIVE = 0.9
"""A column that records what happened goes on to the last tenth of the time, and then stops at the export."""


def dates(times: Microseconds, fates: Fates) -> Iterator[Sign]:
    """Yield what it means that times lie at the close of leads, or after it.

    A time that a lead named, such as the day by which it needs something, may lie after the close by right. It goes on past
    the export too, which what is recorded never does.
    """
    rows = fates.shuffled[(fates.closed & (times != NEVER))[fates.shuffled]]
    if len(rows) < MIN_TIMES:
        return
    off = (times - fates.closed_at)[rows] / DAY
    by_chance = (times - fates.created_at)[rows] - np.roll((fates.closed_at - fates.created_at)[rows], 1)
    met, expected = _near(off), _near(by_chance / DAY)
    if met - expected >= AT_THE_CLOSE[0]:
        yield Sign(
            "severe" if met - expected >= AT_THE_CLOSE[1] else "suspicious",
            f"For {percent_to_tenth(met)} of {len(rows):,} closed leads it falls on the day of the close, where chance would make "
            f"{percent_to_tenth(expected)}.",
        )
    after = float((off > 1).mean())
    if after >= AFTER_THE_CLOSE[0] and _is_record(times, fates):
        yield Sign(
            "severe" if after >= AFTER_THE_CLOSE[1] else "suspicious",
            f"For {int((off > 1).sum()):,} of {len(rows):,} closed leads ({percent_to_tenth(after)}) it holds a time after the close, "
            f"so it was written later still.",
        )


def _near(days: Floats) -> float:
    return float((np.abs(days) <= 1).mean())


def _is_record(times: Microseconds, fates: Fates) -> bool:
    """Return whether times are of what happened: up to the export, and never past it."""
    given = times[times != NEVER]
    first = int(fates.created_at.min())
    return bool(first + ALIVE * (fates.known_until - first) <= given.max() <= fates.known_until)

"""Silence of a source: that no lead has come for longer than chance allows at that hour and weekday.

Time is counted in leads that were to be expected: an hour on a Tuesday morning counts for more than a night. In that time the gaps between
leads are alike, and the longest of them, past nine tenths, fall off about as an exponential does: it says how often in a year a gap as long
as the one at hand is to be expected. Sources that come in batches have long gaps, and so are called late. Holidays are not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.records.clock import DAY, Microseconds
from features.records.history import Floats

WINDOW_DAYS = 84
"""So many days before the last lead tell what is usual: twelve of each weekday."""
MIN_LEADS = 30
"""Fewer leads in that time tell no usual gap."""
MIN_DAYS = 7
"""Nor do leads of fewer days: an import puts a week's leads into one second, and says nothing of how they come."""
FALSE_ALARMS = 0.1
"""So many times a year chance alone may call any source of a company silent."""
YEAR = 365.25 * DAY
HOUR = DAY // 24
TAIL = 0.9
"""Gaps beyond this quantile tell how the longest ones fall off."""


@dataclass(frozen=True)
class Silence:
    """A source from which no lead comes.

    Attributes
    ----------
    since
        When the last one came, microseconds UTC.
    expected
        How many leads were to be expected since.
    a_year
        How often a year chance alone would bring such a silence.
    """

    source: str
    since: int
    expected: float
    a_year: float


def silences(arrivals: Mapping[str, Microseconds], now: int, zone: ZoneInfo) -> tuple[Silence, ...]:
    """Return the sources that are silent, the least likely silence first.

    Parameters
    ----------
    arrivals
        By source, when its leads came (n,), in any order.
    zone
        In which people keep their hours.
    """
    judged = [found for source, times in arrivals.items() if (found := _judged(source, np.sort(times), now, zone))]
    allowed = FALSE_ALARMS / len(judged) if judged else 0.0
    quiet = [one for one in judged if one.a_year < allowed]
    return tuple(sorted(quiet, key=lambda one: (one.a_year, one.source)))


def _judged(source: str, times: Microseconds, now: int, zone: ZoneInfo) -> Silence | None:
    """Return how a source stands; None where its leads are too few to tell."""
    times = times[times <= now]
    times = times[times > times[-1] - WINDOW_DAYS * DAY] if len(times) else times
    if len(times) < MIN_LEADS or len(np.unique(times // DAY)) < MIN_DAYS:
        return None
    start = int(times[0]) - int(times[0]) % HOUR
    clock = _Clock.of(times, start, now, zone)
    gaps = np.diff(clock.at(times))
    gap = float(clock.at(np.array([now]))[0] - clock.at(times[-1:])[0])
    a_year = len(gaps) * YEAR / (int(times[-1]) - start) * _share_beyond(gap, gaps)
    return Silence(source, int(times[-1]), gap, a_year)


def _share_beyond(gap: float, gaps: Floats) -> float:
    """Return the share of gaps to be expected beyond one: of those that came if any did, or else by how the longest fall off."""
    if gap <= gaps.max():
        return float(np.mean(gaps >= gap))
    edge = float(np.quantile(gaps, TAIL))
    beyond = gaps[gaps > edge] - edge
    length = max(float(beyond.mean()) if len(beyond) else 0.0, 1.0)  # 1 is what chance alone gives
    return (1 - TAIL) * float(np.exp(-(gap - edge) / length))


@dataclass(frozen=True)
class _Clock:
    """Leads to be expected until a time, added up by the hour."""

    start: int
    until: Floats

    @classmethod
    def of(cls, times: Microseconds, start: int, now: int, zone: ZoneInfo) -> "_Clock":
        """Return the clock of a source by the hours and weekdays of its leads, each drawn a little to the mean."""
        hours = start + HOUR * np.arange((now - start) // HOUR + 2)
        weekday, hour = _local(hours, zone)
        days, of_day = _local(times, zone)
        by_day, by_hour = np.bincount(days, minlength=7) + 1.0, np.bincount(of_day, minlength=24) + 1.0
        rate = (by_day / by_day.mean())[weekday] * (by_hour / by_hour.mean())[hour]
        known = hours < times[-1]
        rate *= len(times) / max(float(rate[known].sum()), 1e-9)
        return cls(start, np.concatenate(([0.0], np.cumsum(rate))))

    def at(self, times: Microseconds) -> Floats:
        """Return how many leads were to be expected until times (n,)."""
        hours = (times - self.start) / HOUR
        whole: Floats = np.interp(hours, np.arange(len(self.until)), self.until)
        return whole


def _local(times: Microseconds, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """Return weekday and hour of times (n,) as people there have them."""
    there = pd.DatetimeIndex(times.astype("datetime64[us]"), tz="UTC").tz_convert(zone)
    return there.day_of_week.to_numpy(), there.hour.to_numpy()

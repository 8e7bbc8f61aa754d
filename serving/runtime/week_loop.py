"""That a week has begun, told by the watch on its first day if anybody wants to hear of it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from features.records.clock import to_datetime, to_microseconds
from serving.store.announcing import Announce
from serving.store.notices import NewNotice

EVERY = 60.0
BEGINS = time(6)
"""Of a Monday: before the first are at work. Who wants to hear of it later has quiet hours, or a digest."""
LATEST = timedelta(days=2)
"""So long after that it is told yet by a service that did not run."""


class WeekWatch:
    """Looks now and then, and writes one notice a week.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, zone: ZoneInfo, clock: Callable[[], float], announce: Announce) -> None:
        self._zone, self._clock, self._announce = zone, clock, announce
        self._next = clock()

    def look(self) -> None:
        """Look, if it is time."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + EVERY
        notice = week_notice(round(self._clock() * 1e6), self._zone)
        if notice is not None:
            self._announce([notice])


def week_notice(now: int, zone: ZoneInfo) -> NewNotice | None:
    """Return the notice of the week that has just begun; None where it began some days ago.

    Examples
    --------
    >>> monday = to_microseconds(datetime(2026, 11, 30, 6, tzinfo=ZoneInfo("UTC")))
    >>> week_notice(monday, ZoneInfo("UTC")).content, week_notice(monday - 1, ZoneInfo("UTC"))
    ({'after': {'week': '2026-W49'}}, None)
    """
    local = to_datetime(now).astimezone(zone)
    start = datetime.combine(local.date() - timedelta(days=local.weekday()), BEGINS, zone)
    if not 0 <= now - to_microseconds(start) < LATEST / timedelta(microseconds=1):
        return None
    year, week, _ = start.isocalendar()
    name = f"{year}-W{week:02}"
    return NewNotice("week.began", {"after": {"week": name}}, once=f"week {name}")

"""When somebody may be told: by digests, quiet hours and quiet days, in a zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from features.records.clock import to_datetime, to_microseconds
from serving.settings.messages import MessageSettings

MAX_DAYS = 16
"""So many days are looked at: quiet days leave one of each week, and a clock that is put forward may skip its hour."""


def is_quiet(settings: MessageSettings, zone: ZoneInfo, at: int) -> bool:
    """Return whether nothing is sent at a time (microseconds UTC)."""
    local = to_datetime(at).astimezone(zone)
    return settings.is_quiet(local.weekday(), local.time())


def next_hour(settings: MessageSettings, zone: ZoneInfo, after: int) -> int:
    """Return the first time at or after another at which something may be sent, both in microseconds UTC.

    Examples
    --------
    >>> night = MessageSettings(
    ...     name="ann", role="manager", url_variable="ANN", quiet_from=time(19), quiet_until=time(7)
    ... )
    >>> friday = to_microseconds(datetime(2026, 3, 6, 20, tzinfo=ZoneInfo("UTC")))
    >>> f"{to_datetime(next_hour(night, ZoneInfo('UTC'), friday)):%A %H:%M}"
    'Saturday 07:00'
    """
    if settings.when == "at once" and not is_quiet(settings, zone, after):
        return after
    hours = settings.digest_at if settings.when == "digest" else (time(0), settings.quiet_until or time(0))
    first = to_datetime(after).astimezone(zone).date()
    folds = (0,) if settings.when == "digest" else (0, 1)  # of an hour that the clock repeats, quiet ends twice
    chances = (at for at in _times(first, sorted(set(hours)), zone, folds) if at >= after)
    return next((at for at in chances if not is_quiet(settings, zone, at)), after)


def day_of(at: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return when the day of a time began, and when the next one does, microseconds UTC."""
    today = to_datetime(at).astimezone(zone).date()
    start, end = (to_microseconds(datetime.combine(day, time(), zone)) for day in (today, today + timedelta(days=1)))
    return start, end


def _times(first: date, hours: list[time], zone: ZoneInfo, folds: tuple[int, ...]) -> Iterator[int]:
    for days in range(MAX_DAYS):
        for hour in hours:
            at = datetime.combine(first + timedelta(days=days), hour, zone)
            yield from (to_microseconds(at.replace(fold=fold)) for fold in folds)

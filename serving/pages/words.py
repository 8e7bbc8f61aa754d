"""Numbers and times as people say them on a page."""

from datetime import UTC, date, datetime, tzinfo
from typing import overload

from features.records.clock import to_datetime
from models.close.reasons.sentences import counted, duration, number

MINUS = "−"


def in_a_hundred(tenths: int) -> str:
    """Say tenths of a point as a frequency.

    Examples
    --------
    >>> in_a_hundred(123), in_a_hundred(4), in_a_hundred(999)
    ('12 of 100', 'fewer than 1 of 100', 'more than 99 of 100')
    """
    whole = round(tenths / 10)
    if whole < 1:
        return "fewer than 1 of 100"
    return f"{whole} of 100" if whole < 100 else "more than 99 of 100"


def whole_percent(tenths: int) -> str:
    """Say tenths of a point as a whole percentage.

    Examples
    --------
    >>> whole_percent(123), whole_percent(4), whole_percent(999)
    ('12 %', '< 1 %', '> 99 %')
    """
    whole = round(tenths / 10)
    return f"{whole} %" if 0 < whole < 100 else "< 1 %" if whole < 1 else "> 99 %"


def size(bytes_: int) -> str:
    """Say how large a file is.

    Examples
    --------
    >>> size(300), size(52_300), size(50_000_000)
    ('1 kB', '52 kB', '50 MB')
    """
    if bytes_ < 1_000_000:
        return f"{max(1, round(bytes_ / 1_000)):,} kB"
    return f"{bytes_ / 1_000_000:,.0f} MB"


def percent_of_tenths(tenths: int) -> str:
    """Say tenths of a point as a percentage.

    Examples
    --------
    >>> percent_of_tenths(123), percent_of_tenths(40)
    ('12.3 %', '4.0 %')
    """
    return f"{tenths / 10:.1f} %"


def points(tenths: int) -> str:
    """Say tenths of a point as what is added or taken away.

    Examples
    --------
    >>> points(53), points(-53), points(0)
    ('+5.3', '−5.3', '0.0')
    """
    sign = "+" if tenths > 0 else MINUS if tenths < 0 else ""
    return f"{sign}{abs(tenths) / 10:.1f}"


def moved_to(moved: int, shown: int) -> str:
    """Say how a probability has moved and where it stands, both in tenths of a point.

    Examples
    --------
    >>> moved_to(-20, 118)
    'down 2.0 points, to 11.8 %'
    """
    return f"{'up' if moved > 0 else 'down'} {abs(moved) / 10:.1f} points, to {percent_of_tenths(shown)}"


def day(time: int | date, zone: tzinfo = UTC) -> str:
    """Say a time by its day in a zone; a date, and a time without a zone, are said as they are.

    Examples
    --------
    >>> day(datetime(2026, 9, 3, 14, 5))
    '3 September 2026'
    """
    at = _local(time, zone)
    return f"{at.day} {at:%B %Y}"


def short_day(time: int | date, zone: tzinfo = UTC) -> str:
    """Say a time by its day in a table.

    Examples
    --------
    >>> short_day(datetime(2026, 9, 3, 14, 5))
    '3 Sep 2026'
    """
    at = _local(time, zone)
    return f"{at.day} {at:%b %Y}"


def minute(time: int | datetime, zone: tzinfo = UTC) -> str:
    """Say a time to the minute in a zone.

    Examples
    --------
    >>> minute(datetime(2026, 9, 3, 14, 5))
    '3 September 2026, 14:05'
    """
    at = _local(time, zone)
    return f"{day(at)}, {at:%H:%M}"


@overload
def _local(time: int | datetime, zone: tzinfo) -> datetime: ...
@overload
def _local(time: int | date, zone: tzinfo) -> date: ...
def _local(time: int | date, zone: tzinfo) -> date:
    if isinstance(time, datetime):
        return time if time.tzinfo is None else time.astimezone(zone)
    return time if isinstance(time, date) else to_datetime(time).astimezone(zone)


def ago(time: int, now: int) -> str:
    """Say how long ago a time is.

    Examples
    --------
    >>> ago(0, 3 * 86_400_000_000), ago(5, 5)
    ('3 days ago', 'just now')
    """
    days = (now - time) / 86_400_000_000
    return "just now" if days < 1 / 1440 else f"{duration(days)} ago"


def of(part: int, whole: int, singular: str, plural: str) -> str:
    """Say a part of a count.

    Examples
    --------
    >>> of(1, 412, "lead", "leads")
    '1 of 412 leads'
    """
    return f"{part:,} of {counted(whole, singular, plural)}"


def money(amount: float) -> str:
    """Say an amount.

    Examples
    --------
    >>> money(13666.8), money(-42.3), money(7.4)
    ('13,700', '−42', '7')
    """
    sign = MINUS if round(amount) < 0 else ""
    return f"{sign}{number(float(round(abs(amount))))}"


def in_currency(amount: float, currency: str) -> str:
    """Say an amount in a currency; without one, by its number alone.

    Examples
    --------
    >>> in_currency(13666.8, "EUR"), in_currency(-42.3, "")
    ('13,700 EUR', '−42')
    """
    return f"{money(amount)} {currency}".rstrip()


def within(low: float, high: float) -> str:
    """Say two limits as a range of per cent.

    Examples
    --------
    >>> within(0.1, 0.2)
    '10 to 20 %'
    """
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def range_of(low: float, high: float) -> str:
    """Say between which probabilities something lies; where both are as small, with a digit more.

    Examples
    --------
    >>> range_of(0.061, 0.24), range_of(0.011, 0.0148), range_of(0.001, 0.04)
    ('between 6 and 24 %', 'between 1.1 and 1.5 %', 'between 0.1 and 4.0 %')
    """
    digits = 0 if low >= 0.01 and round(100 * low) != round(100 * high) else 1
    return f"between {100 * low:.{digits}f} and {100 * high:.{digits}f} %"

"""Numbers and times as people say them on a page."""

from datetime import datetime

from features.clock import to_datetime
from models.close.sentences import counted, duration, number

MINUS = "−"


def in_a_hundred(probability: float) -> str:
    """Say a probability as a frequency.

    Examples
    --------
    >>> in_a_hundred(0.1234), in_a_hundred(0.004), in_a_hundred(0.999)
    ('12 in 100', 'fewer than 1 in 100', 'more than 99 in 100')
    """
    whole = round(probability * 100)
    if whole < 1:
        return "fewer than 1 in 100"
    return f"{whole} in 100" if whole < 100 else "more than 99 in 100"


def percent(tenths: int) -> str:
    """Say tenths of a point as a percentage.

    Examples
    --------
    >>> percent(123), percent(40)
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
    return f"{'up' if moved > 0 else 'down'} {abs(moved) / 10:.1f} points, to {percent(shown)}"


def day(time: int | datetime) -> str:
    """Say a time by its day.

    Examples
    --------
    >>> day(datetime(2026, 9, 3, 14, 5))
    '3 September 2026'
    """
    at = time if isinstance(time, datetime) else to_datetime(time)
    return f"{at.day} {at:%B %Y}"


def minute(time: int | datetime) -> str:
    """Say a time to the minute, UTC.

    Examples
    --------
    >>> minute(datetime(2026, 9, 3, 14, 5))
    '3 September 2026, 14:05'
    """
    at = time if isinstance(time, datetime) else to_datetime(time)
    return f"{day(at)}, {at:%H:%M}"


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

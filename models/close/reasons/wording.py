"""Numbers, times and counts as people say them."""

YEAR = 365
"""Days."""


def rounded(value: float) -> float:
    """Return a float32 feature value without the digits that it does not hold.

    Examples
    --------
    >>> rounded(0.10000000149011612)
    0.1
    """
    return float(f"{value:.7g}")


def number(value: float) -> str:
    """Write a number as people say it: three digits that count.

    Examples
    --------
    >>> number(1234567.0), number(0.4567), number(12.0)
    ('1,230,000', '0.457', '12')
    """
    if abs(value) >= 100:
        digits = 3 - len(str(int(abs(value))))
        return f"{round(value, digits):,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Write a share as people say it.

    Examples
    --------
    >>> percent(0.178), percent(0.004), percent(0.0)
    ('18 %', '0.4 %', '0 %')
    """
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 or share == 0 else f"{share * 100:.1f} %"


def fine_percent(share: float) -> str:
    """Return a share in per cent: whole, but for shares so small that a whole number would hide them.

    Examples
    --------
    >>> (
    ...     fine_percent(0.2449),
    ...     fine_percent(0.0312),
    ...     fine_percent(0.004),
    ...     fine_percent(0.00001),
    ...     fine_percent(0.0),
    ...     fine_percent(1.0),
    ... )
    ('24 %', '3.1 %', '0.4 %', 'under 0.1 %', '0 %', '100 %')
    """
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def duration(days: float) -> str:
    """Write a length of time as people say it.

    Examples
    --------
    >>> duration(0.02), duration(0.1), duration(1.0), duration(12.4), duration(75)
    ('29 minutes', '2 hours', '24 hours', '12 days', '11 weeks')
    """
    if days < 1 / 24:
        return counted(max(round(days * 24 * 60), 1), "minute", "minutes")
    if days < 2:
        return counted(round(days * 24), "hour", "hours")
    if days < 60:
        return counted(round(days), "day", "days")
    if days < 2 * YEAR:
        return (
            counted(round(days / 7), "week", "weeks") if days < 120 else counted(round(days / 30.4), "month", "months")
        )
    return counted(round(days / YEAR), "year", "years")


def counted(count: int, singular: str, plural: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "call", "calls"), counted(0, "call", "calls")
    ('1 call', '0 calls')
    """
    return f"{count:,} {singular if count == 1 else plural}"


def capitalized(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]


def ago(days: float) -> str:
    """Write how long ago something was."""
    return f"{duration(days)} ago"


def in_window(days: int | None) -> str:
    """Write a window of days that ends now; None is for ever."""
    return "so far" if days is None else f"in the last {days} days"

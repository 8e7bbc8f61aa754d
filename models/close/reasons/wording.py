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


def percent(share: float, *, fine: bool = False) -> str:
    """Write a share as people say it: whole, but where a whole number would call something nothing, or most of it all.

    Parameters
    ----------
    fine
        Whether tenths are written up to a tenth of all, as in tables of shares.

    Examples
    --------
    >>> percent(0.178), percent(0.0312), percent(0.004), percent(0.00001), percent(0.0)
    ('18 %', '3 %', '0.4 %', 'under 0.1 %', '0 %')
    >>> percent(0.0312, fine=True), percent(0.2449, fine=True), percent(0.997), percent(0.9999), percent(1.0)
    ('3.1 %', '24 %', '99.7 %', 'over 99.9 %', '100 %')
    """
    if 0 < share < 0.0005:
        return "under 0.1 %"
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    is_small, is_nearly_all = 0 < share < (0.0995 if fine else 0.01), 0.995 <= share < 1
    return f"{100 * share:.{int(is_small or is_nearly_all)}f} %"


def fine_percent(share: float) -> str:
    """Write a share as tables do: tenths where a whole number would hide most of it."""
    return percent(share, fine=True)


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

"""Numbers as people say them."""

from collections.abc import Sequence

from features.records.clock import to_datetime

NOT_TOLD = "too few"
"""Stands where outcomes are too few for a figure."""


def whole(number: float) -> str:
    """Return a whole number.

    Examples
    --------
    >>> whole(1234.4)
    '1,234'
    """
    return f"{number:,.0f}"


def count(number: float, singular: str, plural: str = "") -> str:
    """Return how many there are of what.

    Examples
    --------
    >>> count(1.2, "lead"), count(412, "lead"), count(0, "win", "wins")
    ('1 lead', '412 leads', '0 wins')
    """
    return f"{whole(number)} {singular if round(number) == 1 else plural or singular + 's'}"


def verb(number: float, singular: str, plural: str) -> str:
    """Return the form that goes with so many.

    Examples
    --------
    >>> verb(1, "is", "are"), verb(2, "is", "are")
    ('is', 'are')
    """
    return singular if round(number) == 1 else plural


def joined(names: Sequence[str], last: str = "and") -> str:
    """Return names in a row.

    Examples
    --------
    >>> joined(["need"]), joined(["need", "money"]), joined(["need", "money", "hurry"])
    ('need', 'need and money', 'need, money and hurry')
    """
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def spoken(name: str) -> str:
    """Return a name of the settings as people would write it.

    Examples
    --------
    >>> spoken("lead_source")
    'lead source'
    """
    return name.replace("_", " ")


def day(time: int) -> str:
    """Return the day of a time in microseconds UTC.

    Examples
    --------
    >>> day(0)
    '1 January 1970'
    """
    moment = to_datetime(time)
    return f"{moment.day} {moment:%B %Y}"


def fixed(number: float | None, digits: int = 3) -> str:
    """Return a figure of the detail part; a dash where there is none.

    Examples
    --------
    >>> fixed(0.31249), fixed(float("nan")), fixed(-0.0001)
    ('0.312', '–', '0.000')
    """
    if number is None or number != number:
        return "–"
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text

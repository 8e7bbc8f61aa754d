"""Cells as exports write them: times, amounts, ids, and what depends on how a lead ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bench._exports.company import EXPORTED, Lead


def iso(when: datetime | None) -> str | None:
    """Return a time as databases write it."""
    return None if when is None else when.isoformat(sep=" ")


def zulu(when: datetime | None) -> str | None:
    """Return a time as Salesforce writes it."""
    return None if when is None else when.isoformat() + ".000Z"


def us(when: datetime | None) -> str | None:
    """Return a day as Americans write it."""
    return None if when is None else f"{when.month}/{when.day}/{when.year}"


def uk(when: datetime | None) -> str | None:
    """Return a day as the British write it."""
    return None if when is None else f"{when:%d/%m/%Y}"


def dotted(when: datetime | None) -> str | None:
    """Return a day as Germans and Poles write it."""
    return None if when is None else f"{when:%d.%m.%Y}"


def german(when: datetime | None) -> str | None:
    """Return a time as Germans write it."""
    return None if when is None else f"{when:%d.%m.%Y %H:%M}"


def french(when: datetime | None) -> str | None:
    """Return a time as the French and the Spanish write it."""
    return None if when is None else f"{when:%d/%m/%Y %H:%M}"


def clock12(when: datetime | None) -> str | None:
    """Return a time with a twelve-hour clock, as Americans write it."""
    if when is None:
        return None
    return f"{when.month}/{when.day}/{when.year} {when.hour % 12 or 12}:{when:%M:%S} {'AM' if when.hour < 12 else 'PM'}"


def seconds(when: datetime | None) -> int | None:
    """Return a time as Unix counts it."""
    return None if when is None else int((when - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001


def milliseconds(when: datetime | None) -> int | None:
    """Return a time as JavaScript counts it."""
    return None if when is None else int((when - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001


def excel_days(when: datetime | None) -> float | None:
    """Return a time as spreadsheets count it."""
    return None if when is None else round((when - datetime(1899, 12, 30)).total_seconds() / 86400, 5)  # noqa: DTZ001


def euro(amount: float) -> str:
    """Return an amount as Germans and Spaniards write it.

    Examples
    --------
    >>> euro(1234.5)
    '1.234,50'
    """
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def sf_id(prefix: str, n: int, long: bool = True) -> str:
    """Return an id of 15 or 18 characters."""
    return f"{prefix}Qx{n:010d}" + ("AAX" if long else "")


def mail(lead: Lead) -> str:
    """Return a mail address."""
    return f"{lead.first}.{lead.last}{lead.n}@example.org".lower()


def only(end: str, cell: Callable[[Lead], object]) -> Callable[[Lead], object]:
    """Return a cell that is filled for leads that ended so."""
    return lambda lead: cell(lead) if lead.end == end else None


def by_end(won: Any, lost: Any, still: Any = None) -> Callable[[Lead], Any]:
    """Return a cell that tells how a lead ended."""
    return lambda lead: {"won": won, "lost": lost}.get(lead.end, still)


def since(lead: Lead, days: int) -> datetime:
    """Return when the state of a lead was written: its close, or days after it came in."""
    return lead.closed or min(lead.created + timedelta(days=days), EXPORTED)


def planned(lead: Lead, days: int = 200) -> datetime:
    """Return a day that lies months after the enquiry, mostly past the export."""
    return lead.created + timedelta(days=days + lead.n % 90)

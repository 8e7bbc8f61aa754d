"""From what a lead said to a number, by the settings of the field: one rule for files and for requests."""

import math
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from features.records.clock import EPOCH, to_datetime, to_microseconds
from features.records.parsing.numbers import Mark, read_number
from features.settings.fields import LeadField
from features.settings.words import FALSE, TRUE, fold

LONGEST_TEXT = 100_000
FIRST = to_microseconds(datetime.min.replace(tzinfo=UTC))
LAST = to_microseconds(datetime.max.replace(tzinfo=UTC))
"""The times that Python's `datetime` can hold."""
EDGES = (MINYEAR, MAXYEAR)
"""Only times of these years may lie in another year in UTC, of which there is none."""
PLAIN = (str, int, float)
"""Types of values as calls and files hold them; a tuple, as `isinstance` takes twice as long by a union that is made at each call."""
SECONDS = range(9, 11)
"""A time of so many digits is seconds since 1970: 1973 to 2286."""
MILLISECONDS = range(11, 16)
"""A time of so many digits is milliseconds since 1970; an ISO day has eight, and year 9999 ends within fifteen."""


class BadValueError(ValueError):
    """A value that breaks a rule of its field; `rule` and `remedy` are sentences for people."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(f"{rule}: {remedy}")
        self.rule = rule
        self.remedy = remedy


def is_missing(field: LeadField, value: object) -> bool:
    """Return whether a value means "not answered"; for a field of numbers "999", 999 and 999.0 are the same."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    if not isinstance(value, PLAIN):
        return False
    text = text_of(value)
    if not text.strip() or text in field.missing:
        return True
    return field.type == "number" and bool(field.missing) and _float(text) in missing_numbers(field)


def missing_numbers(field: LeadField) -> frozenset[float]:
    """Return the numbers that mean "not answered" in a field of numbers."""
    words = field.missing if field.type == "number" else ()
    return frozenset(number for word in words if (number := _float(word)) is not None)


def text_of(value: str | float) -> str:
    """Return a value as exports write it: truth values in lower case, whole numbers without a decimal point.

    Examples
    --------
    >>> text_of(True), text_of(7.0), text_of(7.5), text_of("7.0")
    ('true', '7', '7.5', '7.0')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def encode(field: LeadField, value: object, zone: ZoneInfo, decimal: Mark | None = None) -> float:
    """Return the number that stands for a value: its place in `values`, the number, 0 or 1, microseconds, or words.

    A value that is not answered becomes NaN. Times without a zone take `zone`; `decimal` is the decimal mark of a number as
    people write it, where the number does not tell it.

    Raises
    ------
    BadValueError
        If the value breaks a rule of the field.

    Examples
    --------
    >>> budget = LeadField(role="answer", obstacle="money", values=("none", "small", "large"), ordered=True)
    >>> encode(budget, "large", ZoneInfo("UTC"))
    2.0
    """
    if is_missing(field, value):
        return math.nan
    match field.type:
        case "category":
            return _category(field, value)
        case "number":
            return _number(field, value, decimal)
        case "flag":
            return _flag(value)
        case "date":
            return float(to_microseconds(parse_time(value, zone)))
        case "text":
            return float(len(_text(value).split()))


def decode(field: LeadField, code: float) -> str | float | bool | None:
    """Return the value that an encoded one stands for, None where not answered; a text is its number of words."""
    if math.isnan(code):
        return None
    match field.type:
        case "category":
            return field.values[int(code)] if code < len(field.values) else "other"
        case "flag":
            return bool(code)
        case "date":
            return to_datetime(min(int(code), LAST)).date().isoformat()  # a float's last microseconds are rounded up
        case _:
            return float(code)


def parse_time(value: object, zone: ZoneInfo) -> datetime:
    """Return an ISO 8601 time with its zone; one without a zone takes `zone`.

    Raises
    ------
    BadValueError
        If the value is not such a time, or none that can be told in UTC.
    """
    try:
        if isinstance(value, str) and value.strip().isdigit() and len(value.strip()) != len("YYYYMMDD"):
            raise ValueError("a number that counts from a day is no ISO 8601 time")
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())  # type: ignore[attr-defined]
    except (AttributeError, ValueError) as error:
        raise BadValueError("must be an ISO 8601 time", "write it as 2026-10-01T09:30:00+00:00") from error
    time = time if time.tzinfo else time.replace(tzinfo=zone)
    if time.year in EDGES and not FIRST <= to_microseconds(time) <= LAST:
        raise BadValueError("must lie between the years 1 and 9999 in UTC", "correct it")
    return time


def counted_time(value: object) -> object:
    """Return a time of seconds or milliseconds since 1970, as calls and messages tell it, as ISO 8601; anything else as it is.

    Files say in their settings which columns hold such numbers.

    Examples
    --------
    >>> counted_time(1767225600), counted_time("1767225600000"), counted_time("20260101")
    ('2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', '20260101')
    """
    digits = text_of(value).strip() if isinstance(value, PLAIN) else ""
    if not (digits.isascii() and digits.isdigit()):
        return value
    try:
        if len(digits) in SECONDS:
            return (EPOCH + timedelta(seconds=int(digits))).isoformat()
        if len(digits) in MILLISECONDS:
            return (EPOCH + timedelta(milliseconds=int(digits))).isoformat()
    except OverflowError:
        return value
    return value


def _category(field: LeadField, value: object) -> float:
    place = field.place_of(_text(value))
    if place is not None:
        return float(place)
    if field.others:
        return float(len(field.values))
    raise BadValueError(
        f"must be one of {_listed(field.values)}", "correct it, or list it under values (or set others = true)"
    )


def _number(field: LeadField, value: object, decimal: Mark | None) -> float:
    if isinstance(value, bool):
        raise BadValueError("must be a number", "true and false are for fields of type 'flag'")
    number = _read(value, decimal)
    if number is None:
        raise BadValueError("must be a number", "write digits with a decimal point, without units")
    if not math.isfinite(number):
        raise BadValueError("must be a finite number", "correct it, or leave it empty if it is not known")
    if field.minimum is not None and number < field.minimum:
        raise BadValueError(f"must be >= {field.minimum:g}", "fix the export, or list the value under missing")
    if field.maximum is not None and number > field.maximum:
        raise BadValueError(f"must be <= {field.maximum:g}", "fix the export, or list the value under missing")
    return number


def _read(value: object, decimal: Mark | None) -> float | None:
    """Return a number as Python writes it or as people do, infinity if it is too large."""
    try:
        if decimal != "," or not isinstance(value, str) or "." not in value:
            return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    except OverflowError:
        return math.inf
    return read_number(value, decimal) if isinstance(value, str) else None


def _flag(value: object) -> float:
    text = fold(str(value)).removesuffix(".0")
    if text in TRUE:
        return 1.0
    if text in FALSE:
        return 0.0
    raise BadValueError("must be true or false", "write true, false, yes, no, 1 or 0")


def _text(value: object) -> str:
    if not isinstance(value, PLAIN):
        raise BadValueError("must be text", "write it in quotes")
    if len(text := text_of(value)) > LONGEST_TEXT:
        raise BadValueError(f"must have at most {LONGEST_TEXT:,} characters", "shorten it")
    return text


def _listed(values: Iterable[str], most: int = 12) -> str:
    values = list(values)
    shown = ", ".join(repr(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"

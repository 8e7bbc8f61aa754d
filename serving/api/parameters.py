"""Parameters in the address of a request: each read by a rule, and refused by name where it breaks it."""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from features.records.clock import to_datetime, to_microseconds
from features.records.parsing.ids import LONGEST_ID
from features.records.parsing.values import parse_time
from serving.schemas.problems import INVALID_REQUEST, refusal

T = TypeVar("T")
K = TypeVar("K", int, float)

MAX_LISTED = 500
"""Records on a page."""


def only(given: QueryParams, allowed: Collection[str]) -> None:
    """Refuse parameters that there are not.

    Raises
    ------
    RefusedError
        Naming the first.
    """
    for name in given:
        if name not in allowed:
            rule = f"must be one of {', '.join(sorted(allowed))}"
            raise refusal(INVALID_REQUEST, name[:80], rule, repr(given[name][:80]), "leave it out")


def read_choice(given: QueryParams, name: str, values: Sequence[T]) -> T | None:
    """Return a parameter that has one of these values; None where it is not given.

    Raises
    ------
    RefusedError
        If it has another; so do all that follow.
    """
    words = {str(value): value for value in values}
    return _parameter(given, name, lambda text: words[text], f"must be one of {', '.join(words)}")


def read_text(given: QueryParams, name: str) -> str | None:
    """Return a parameter that is a text."""
    return _parameter(given, name, _text, f"must have 1 to {LONGEST_ID} characters")


def read_share(given: QueryParams, name: str) -> float | None:
    """Return a parameter that is a probability."""
    return _parameter(given, name, _share, "must be a number from 0 to 1")


def read_time(given: QueryParams, name: str) -> int | None:
    """Return a parameter that is a time, as microseconds UTC."""
    return _parameter(given, name, _time, "must be an ISO 8601 time")


def read_limit(given: QueryParams) -> int | None:
    """Return how many records a page shall have."""
    return _parameter(given, "limit", _limit, f"must be a whole number from 1 to {MAX_LISTED}")


def read_cursor(given: QueryParams, order: str, kind: type[K]) -> tuple[K, str] | None:
    """Return the place (value of the order, lead_id) after which a page starts."""
    rule = "must be that of an answer in this order"
    return _parameter(given, "cursor", lambda text: _place(text, order, kind), rule)


def write_cursor(order: str, value: float, lead_id: str) -> str:
    """Return a place as a text that says nothing to anybody else.

    Examples
    --------
    >>> text = write_cursor("-probability", 0.25, "L1")
    >>> read_cursor(QueryParams({"cursor": text}), "-probability", float)
    (0.25, 'L1')
    """
    return urlsafe_b64encode(json.dumps([order, value, lead_id]).encode()).decode().rstrip("=")


def _parameter(given: QueryParams, name: str, read: Callable[[str], T], rule: str) -> T | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return read(text)
    except (ValueError, KeyError, OverflowError, RecursionError) as error:
        raise refusal(INVALID_REQUEST, name, rule, repr(text[:80]), "correct it, or leave it out") from error


def _text(text: str) -> str:
    text.encode()
    if not 0 < len(text) <= LONGEST_ID or "\0" in text:
        raise ValueError("out of range")
    return text


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError("out of range")
    return number


def _limit(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= MAX_LISTED:
        raise ValueError("out of range")
    return number


def _time(text: str) -> int:
    return to_microseconds(parse_time(text.replace(" ", "+"), ZoneInfo("UTC")))  # a + that was not quoted


def _place(text: str, order: str, kind: type[K]) -> tuple[K, str]:
    content = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(content, list) or len(content) != 3 or content[0] != order:
        raise ValueError("of another order")
    _, value, lead_id = content
    if type(value) is not kind or not math.isfinite(value) or not isinstance(lead_id, str) or "\0" in lead_id:
        raise ValueError("not ours")
    if isinstance(value, int):
        to_datetime(value)  # raises where no time is so far away
    lead_id.encode()
    return value, lead_id

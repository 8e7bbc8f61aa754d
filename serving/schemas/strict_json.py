"""JSON as strict as its standard is, and no deeper than any lead is."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from serving.schemas.problems import INVALID_JSON, RefusedError, refusal

CONTAINERS = (dict, list)
DEEPEST = 16
"""Levels of JSON; a lead among many has five."""


def parse_json(body: bytes) -> Any:
    """Return what a body says.

    Beyond what `json` refuses: names given twice, NaN and Infinity, numbers that 64 bits do not hold, text that is
    not Unicode, and more nesting than any lead has.

    Raises
    ------
    RefusedError
        Naming the rule.

    Examples
    --------
    >>> parse_json(b'{"fields": {"budget": 10.5}}')
    {'fields': {'budget': 10.5}}
    """
    try:
        content = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refused(
            "must be UTF-8", f"byte 0x{body[error.start]:02x} at {error.start}", "encode it as UTF-8"
        ) from error
    except json.JSONDecodeError as error:
        raise _refused("must be JSON", f"{error.msg} at character {error.pos}", "correct it there") from error
    except RecursionError as error:
        raise _too_deep() from error
    if _depth(content) > DEEPEST:
        raise _too_deep()
    if b"\\u" in body:
        _refuse_broken_text(content)
    return content


def _refused(rule: str, value: str, remedy: str) -> RefusedError:
    return refusal(INVALID_JSON, "body", rule, value, remedy)


def _too_deep() -> RefusedError:
    return _refused(f"must be nested at most {DEEPEST} levels deep", "more", "send {'fields': {...}, 'events': [...]}")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        (twice, _), *_ = (Counter(name for name, _ in pairs) - Counter(content.keys())).items()
        raise _refused("must give each name of an object once", f"{twice[:80]!r} twice", "leave one of them out")
    return content


def _no_constant(word: str) -> Any:
    raise _refused(
        "must not have NaN or Infinity, which JSON does not know", word, "send null where a number is not known"
    )


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise _refused("must have integers of at most 64 bits", _cut(digits), "send an id as text")
    return number


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refused("must have numbers of at most 1.8e308", _cut(digits), "correct it")
    return number


def _cut(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_constant=_no_constant, parse_int=_integer, parse_float=_number
)


def _depth(content: Any) -> int:
    """Return on how many levels of nesting something stands.

    Examples
    --------
    >>> _depth(1), _depth({}), _depth({"a": []}), _depth({"a": [{"b": 2}]})
    (1, 1, 2, 4)
    """
    depth, containers = 1, [content] if content and isinstance(content, CONTAINERS) else []
    while containers:
        depth += 1
        containers = [value for one in containers for value in _values(one) if value and isinstance(value, CONTAINERS)]
    return depth


def _values(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _texts(content: Any) -> Iterator[str]:
    """Yield every text of a content, names too, from the outside in."""
    values = [content]
    while values:
        yield from (value for value in values if isinstance(value, str))
        containers = [value for value in values if isinstance(value, CONTAINERS)]
        values = [inner for one in containers for inner in (chain(one, one.values()) if isinstance(one, dict) else one)]


def _refuse_broken_text(content: Any) -> None:
    """Refuse half a surrogate pair, which no UTF-8 can hold, and the null character, which no database does."""
    for text in _texts(content):
        if "\0" in text or not _is_unicode(text):
            raise _refused("must have texts of whole characters other than null", ascii(_cut(text)), "correct it")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""JSON of many records, of which one bad member is to spoil itself alone.

What `parse_json` refuses a whole body for stands here as an `Unreadable` in its place: half a character or a null in a text, NaN and
Infinity, numbers that 64 bits do not hold, a name given twice, and what is nested too deep. A rule that reads it finds it broken; whatever
reads it not, does not mind.
"""

import json
import math
import re
from collections import Counter
from typing import Any

from features.records.leads.set_aside import Unreadable
from serving.schemas.problems import INVALID_JSON, refusal

DEEPEST = 16
"""Levels of JSON that are read; a lead among many has five."""
DEEP = "must not be nested so deep"
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def parse_members(body: bytes) -> Any:
    """Return what a body says, with an `Unreadable` in the place of each bad member.

    Raises
    ------
    RefusedError
        If it is no JSON at all.

    Examples
    --------
    >>> parse_members(b'[{"id": 1, "score": NaN}]')
    [{'id': 1, 'score': 'NaN'}]
    """
    text = _shallow(body.removeprefix(b"\xef\xbb\xbf")).decode("utf-8", "surrogateescape")
    try:
        content = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        got = f"{error.msg} at character {error.pos}"
        raise refusal(INVALID_JSON, "body", "must be JSON", got, "correct it there") from error
    except RecursionError as error:  # what is never closed is not cut
        raise refusal(INVALID_JSON, "body", "must be JSON", "brackets that are not closed", "close them") from error
    return _whole(content)


def _shallow(body: bytes) -> bytes:
    """Return a body with an empty text in the place of what is nested too deep, so that it can be decoded at all."""
    depth, start, kept, cut = 0, 0, 0, bytearray()
    for token in _TOKENS.finditer(body):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
            if depth == DEEPEST + 1:
                start = token.start()
        elif mark in (b"]", b"}"):
            if depth == DEEPEST + 1:
                cut += body[kept:start] + _DEEP_MARK
                kept = token.end()
            depth -= 1
    return bytes(cut) + body[kept:] if kept else body


_DEEP_MARK = b'"\\u0000deep\\u0000"'
_DEEP_TEXT = "\0deep\0"


def _whole(content: Any) -> Any:
    if isinstance(content, dict):
        return {_name(name): _whole(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_whole(value) for value in content]
    if not isinstance(content, str):
        return content
    if content == _DEEP_TEXT:
        return Unreadable(DEEP, "…")
    if "\0" in content or not _is_unicode(content):
        return Unreadable("must have whole characters other than null", content)
    return content


def _name(name: str) -> str:
    return name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        for name, times in Counter(name for name, _ in pairs).items():
            if times > 1:
                told = ", ".join(map(str, (value for given, value in pairs if given == name)))
                content[name] = Unreadable("must be given once", told)
    return content


def _integer(digits: str) -> Any:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        return Unreadable("must be an integer of at most 64 bits", digits[:80])
    return number


def _number(digits: str) -> Any:
    number = float(digits)
    return number if math.isfinite(number) else Unreadable("must be at most 1.8e308", digits[:80])


def _constant(word: str) -> Unreadable:
    return Unreadable("must be a number that JSON knows", word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_constant=_constant, parse_int=_integer, parse_float=_number, strict=False
)

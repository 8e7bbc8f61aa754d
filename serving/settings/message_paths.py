"""Paths into a message: names with dots between them, places in lists, and members of a list picked by what they hold."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from features.records.parsing.values import text_of

OUTER = "^"
"""In a message that `each` has found, the name of what stands around it."""
MEMBER = "value"
"""Under this name stands a member of a list that is a plain value."""
_STEP = re.compile(r'"((?:[^"\\]|\\.)*)"|\[((?:"(?:[^"\\]|\\.)*"|[^\[\]"])*)\]|([^.\[\]"]+)')


class PathError(ValueError):
    """A path that cannot be read; the message says what it may be."""


@dataclass(frozen=True)
class Step:
    """One step of a path.

    Attributes
    ----------
    name
        Of a member of an object; digits also are a place in a list.
    literal
        Whether the name was quoted, so that its dots are its own.
    """

    name: str
    literal: bool = False


@dataclass(frozen=True)
class ListIndex:
    """A place in a list, from 0."""

    number: int


@dataclass(frozen=True)
class Pick:
    """The first member of a list that has a value at a path."""

    path: str
    value: str


@dataclass(frozen=True)
class Every:
    """All members of a list."""


_VALUE = (Step(MEMBER),)
Steps = tuple[Step | ListIndex | Pick | Every, ...]


@lru_cache(maxsize=4096)
def parse(path: str) -> Steps:
    """Return the steps of a path.

    Raises
    ------
    PathError
        If it is none.

    Examples
    --------
    >>> parse('answers[field.ref=budget]."7.1"')
    (Step(name='answers', literal=False), Pick(path='field.ref', value='budget'), Step(name='7.1', literal=True))
    """
    steps: list[Step | ListIndex | Pick | Every] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise PathError(
                f"a path has names, quoted ones, [0], [] or [name=value], with dots between them, got {path!r}"
            )
        quoted, inner, plain = found.groups()
        steps.append(_in_brackets(inner, path) if inner is not None else _step(quoted, plain))
        at = found.end()
        if at < len(path) and path[at] == ".":
            at += 1
            if at == len(path):
                raise PathError(f"a path must not end with a dot, got {path!r}")
    return tuple(steps)


def _step(quoted: str | None, plain: str | None) -> Step:
    return Step(plain) if plain is not None else Step(_unquoted(quoted or ""), literal=True)


def _in_brackets(inner: str, path: str) -> ListIndex | Pick | Every:
    inner = inner.strip()
    if inner in ("", "*"):
        return Every()
    if inner.isdecimal():
        return ListIndex(int(inner))
    name, equals, value = inner.partition("=")
    if not equals or not name.strip():
        raise PathError(f"brackets hold a place, nothing, or name=value, got {path!r}")
    value = value.strip()
    parse(name.strip())
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return Pick(name.strip(), _unquoted(value[1:-1]) if quoted else value)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def at(content: object, path: str) -> Any:
    """Return what stands at a path, None if nothing does; of `[]`, a list of what stands there in each member.

    A name with dots in it is found without quotes too: the longest that there is counts.

    Examples
    --------
    >>> at({"payload": {"ids": ["a", "b"]}}, "payload.ids.1")
    'b'
    >>> at(
    ...     {"answers": [{"ref": "when", "text": "soon"}, {"ref": "budget", "text": "none"}]},
    ...     "answers[ref=budget].text",
    ... )
    'none'
    >>> at({"7.1": "yes"}, "7.1"), at({"deals": [{"id": 1}, {"id": 2}]}, "deals[].id")
    ('yes', [1, 2])
    """
    return _find(content, parse(path))


def _find(content: Any, steps: Steps) -> Any:
    if not steps:
        return content
    content = _opened(content)
    step = steps[0]
    if steps == _VALUE and isinstance(content, str | int | float):
        return content  # some members say {"value": ...} and some the value itself
    if isinstance(content, Mapping):
        return _in_object(content, steps)
    if not isinstance(content, list):
        return None
    if isinstance(step, Every):
        found = (_find(member, steps[1:]) for member in content)
        return [value for value in found if value is not None]
    if isinstance(step, Pick):
        members = (member for member in content if same_text(at(member, step.path), step.value))
        return _find(next(members, None), steps[1:])
    number = step.number if isinstance(step, ListIndex) else int(step.name) if step.name.isdecimal() else -1
    return _find(content[number], steps[1:]) if 0 <= number < len(content) else None


def _in_object(content: Mapping[str, Any], steps: Steps) -> Any:
    if isinstance(steps[0], Every | ListIndex):  # one that stands for a list of one, as XML and some plugins write it
        return _find([content], steps)
    for length in range(_plain(steps), 0, -1):
        name = ".".join(step.name for step in steps[:length] if isinstance(step, Step))
        if name in content:
            return _find(content[name], steps[length:])
    return None


def _plain(steps: Steps) -> int:
    """Return how many steps from the first one may be one name with dots."""
    length = 0
    for step in steps:
        if not isinstance(step, Step) or (step.literal and length):
            break
        length += 1
        if step.literal:
            break
    return length


def _opened(content: Any) -> Any:
    """Return what a text holds that is JSON in JSON, as some forms send their answers."""
    if isinstance(content, str) and content[:1] in ("{", "["):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            return content
    return content


def same_text(value: object, text: str) -> bool:
    """Return whether a value is written so, whatever its capitals and the blanks around it."""
    return isinstance(value, str | int | float) and text_of(value).strip().casefold() == text.strip().casefold()


def each_of(content: object, path: str) -> list[Any]:
    """Return the messages at a path of lists in lists; each can reach what stands around it under `^`.

    Examples
    --------
    >>> body = {"entry": [{"id": 7, "changes": [{"field": "a"}, {"field": "b"}]}]}
    >>> [(message["field"], at(message, "^.id")) for message in each_of(body, "entry.changes")]
    [('a', 7), ('b', 7)]
    """
    messages = list(_each(content, path.split(".") if path else [], None))
    # A body in which the path leads nowhere is a message that nobody understands, rather than none.
    return messages or (
        [content] if path and isinstance(content, Mapping) and not _is_empty_list(content, path) else []
    )


def _is_empty_list(content: Mapping[str, Any], path: str) -> bool:
    """Return whether a body has the list that a path begins with, and nothing in it."""
    first = path.split(".")[0]
    return not content or (
        content.get(path, content.get(first)) in ([], None) and (path in content or first in content)
    )


def _each(content: Any, names: list[str], outer: Any) -> Iterator[Any]:
    content = _opened(content)
    if isinstance(content, list):
        for member in content:
            yield from _each(member, names, outer)
    elif names and isinstance(content, Mapping):
        for length in range(len(names), 0, -1):
            name = ".".join(names[:length])
            if name in content:
                around = content if outer is None else {**content, OUTER: outer}
                yield from _each(content[name], names[length:], around)
                return
    elif isinstance(content, Mapping):
        yield content if outer is None else {**content, OUTER: outer}
    elif not names and content is not None:
        yield content if outer is None else {MEMBER: content, OUTER: outer}

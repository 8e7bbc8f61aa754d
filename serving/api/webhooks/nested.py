"""A form post as a nested message, by the names with brackets that PHP and form plugins write."""

import re
from collections.abc import Sequence
from typing import Any

from serving.api.forms.posts import Pair

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
MAX_LEVELS = 8


def nested(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return a post's texts under their names; `a[b]` stands in an object, `a[]` in a list, and a name told twice is a list.

    Examples
    --------
    >>> nested([("fields[budget][value]", "none"), ("tags[]", "a"), ("tags[]", "b"), ("mail", "x")])
    {'fields': {'budget': {'value': 'none'}}, 'tags': ['a', 'b'], 'mail': 'x'}
    """
    content: dict[str, Any] = {}
    for name, text in pairs:
        found = _NAME.match(name)
        keys = [name] if found is None else [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
        _put(content, keys if len(keys) <= MAX_LEVELS else [name], text)
    return content


def _put(content: dict[str, Any], keys: Sequence[str], text: str) -> None:
    for at, key in enumerate(keys[:-1]):
        if keys[at + 1 :] == [""]:
            break
        inner = content.setdefault(key or str(len(content)), {})
        if not isinstance(inner, dict):
            return
        content = inner
    is_list = len(keys) > 1 and keys[-1] == ""
    name = keys[-2] if is_list else keys[-1]
    before = content.get(name)
    if isinstance(before, list):
        before.append(text)
    elif before is not None and not isinstance(before, dict):
        content[name] = [before, text]
    elif before is None:
        content[name] = [text] if is_list else text

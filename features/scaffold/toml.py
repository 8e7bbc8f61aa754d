"""Lines of a settings file: keys, values and the question that a guess leaves open."""

import json
import re
from collections.abc import Mapping

from features.scaffold.words import words
from features.settings.schema import RESERVED_COLUMNS, RESERVED_SUBJECTS

CHECK = "check this"
RESERVED = RESERVED_COLUMNS | RESERVED_SUBJECTS


def toml(value: object) -> str:
    r"""Return a value as TOML writes it.

    Examples
    --------
    >>> print(toml('24" screen'), toml(["a", "b"]), toml(True), toml({"Is won": ["yes"]}))
    "24\" screen" ["a", "b"] true { "Is won" = ["yes"] }
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    """Return a key as TOML writes it."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml(name)


def line(name: str, value: object, doubt: str | None = None) -> str:
    """Return a key with its value, and what is to be checked about it; "" if that goes without saying.

    Examples
    --------
    >>> line("ordered", True, "from low to high?")
    'ordered = true  # check this: from low to high?'
    """
    told = "" if doubt is None else f"  # {CHECK}" + (f": {one_line(doubt)}" if doubt else "")
    return f"{key(name)} = {toml(value)}{told}"


def one_line(text: str) -> str:
    """Return a text that a comment can hold, without line ends and other control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


class Names:
    """Names of ours for names of theirs, each once."""

    def __init__(self) -> None:
        self.taken = set(RESERVED)

    def take(self, name: str) -> str:
        """Return a name that the settings allow."""
        ours = re.sub(r"[^a-z0-9_]", "", "_".join(words(name)))
        ours = re.sub(r"^[^a-z]+", "", re.sub(r"_+", "_", ours)).rstrip("_")[:55] or "field"
        while ours in self.taken:
            ours += "_2" if ours not in RESERVED else "_field"
        self.taken.add(ours)
        return ours

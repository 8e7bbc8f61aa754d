"""Lines of a settings file: keys, values and the question that a guess leaves open."""

import json
import re

from features.draft.words import words
from features.settings import RESERVED_COLUMNS, RESERVED_SUBJECTS

CHECK = "check this"
RESERVED = RESERVED_COLUMNS | RESERVED_SUBJECTS


def toml(value: object) -> str:
    r"""Return a value as TOML writes it.

    Examples
    --------
    >>> print(toml('24" screen'), toml(["a", "b"]), toml(True))
    "24\" screen" ["a", "b"] true
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def line(key: str, value: object, doubt: str | None = None) -> str:
    """Return a key with its value, and what is to be checked about it; "" if that goes without saying.

    Examples
    --------
    >>> line("ordered", True, "from low to high?")
    'ordered = true  # check this: from low to high?'
    """
    told = "" if doubt is None else f"  # {CHECK}" + (f": {doubt}" if doubt else "")
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
    return f"{key if bare else toml(key)} = {toml(value)}{told}"


class Names:
    """Names of ours for names of theirs, each once."""

    def __init__(self) -> None:
        self.taken = set(RESERVED)

    def take(self, name: str) -> str:
        """Return a name that the settings allow."""
        ours = re.sub(r"^[^a-z]+", "", "_".join(words(name)))[:55] or "field"
        while ours in self.taken:
            ours += "_2" if ours not in RESERVED else "_field"
        self.taken.add(ours)
        return ours

"""Words as people write them: when two are the same, and which mean yes and no in eight languages.

English, German, French, Spanish, Portuguese, Italian, Dutch and Russian; all sets are folded.
"""

import re
import unicodedata

_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
"""Characters that nobody sees: joiners, marks of direction, soft hyphens."""


def fold(text: str) -> str:
    r"""Return a text without what does not tell it from another: capitals, blanks of any kind, unseen characters.

    Examples
    --------
    >>> fold(" Trade\u00a0 Show "), fold("STRASSE") == fold("Straße")
    ('trade show', True)
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def tidy(text: str) -> str:
    """Return a text with single plain blanks and nothing unseen in it, otherwise as it is written."""
    return " ".join(text.split()) if text.isascii() else " ".join(_UNSEEN.sub("", text).split())


TRUE = frozenset(
    map(
        fold,
        [
            "true",
            "1",
            "yes",
            "y",
            "t",
            "x",
            "✓",
            "✔",
            "☑",
            "on",
            "ja",
            "j",
            "wahr",
            "oui",
            "vrai",
            "sí",
            "si",
            "s",
            "verdadero",
            "sim",
            "verdadeiro",
            "sì",
            "vero",
            "waar",
            "да",
            "истина",
            "checked",
            "☒",
        ],
    )
)
FALSE = frozenset(
    map(
        fold,
        [
            "false",
            "0",
            "no",
            "n",
            "f",
            "off",
            "☐",
            "nein",
            "falsch",
            "non",
            "faux",
            "falso",
            "não",
            "nao",
            "nee",
            "onwaar",
            "нет",
            "ложь",
            "unchecked",
        ],
    )
)

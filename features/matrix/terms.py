"""What a text says, as terms: its words and pairs of words that stand side by side, in one case; nothing that names a person or a thing.

Addresses, links and whatever holds a digit are left out before anything is counted.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST_TEXT = 5_000
"""Characters that are read of a text: a message says what it wants at its beginning."""
LONGEST_WORD = 30

START, LOWER, CAPITAL = range(3)
"""How a word stands: at the beginning of a sentence, where case tells nothing; in the middle of one in lower case, or with a capital."""

_SKIPPED = re.compile(r"\S*(?:@|://|www\.)\S*|\S*\d\S*")
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[.!?:;\n]+|[^\w\s]")
_LETTERS = re.compile(r"[^\W\d_]+")
_ENDS = frozenset(".!?:;\n")


def words(text: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a text in their order, each with how it stands; an empty one stands where no pair may reach across.

    Examples
    --------
    >>> list(words("Ask Jo: 3 Units by mail jo@acme.com"))
    [('ask', 0), ('jo', 2), ('', 0), ('', 0), ('units', 0), ('by', 1), ('mail', 1), ('', 0)]
    """
    stands = START
    plain = _SKIPPED.sub(" | ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    for match in _WORDS.finditer(plain):
        said = match[0]
        if not said[0].isalpha():
            yield "", START
            stands = START if said[0] in _ENDS else stands
            continue
        if len(said) > LONGEST_WORD:
            yield "", START
        else:
            is_capital = said[0] != said[0].lower()
            yield said.casefold(), (CAPITAL if is_capital else LOWER) if stands else START
        stands = LOWER


def terms(text: str) -> frozenset[str]:
    """Return the words of a text, and the pairs of words that stand side by side.

    Examples
    --------
    >>> sorted(terms("We need it. Need it soon"))
    ['it', 'it soon', 'need', 'need it', 'soon', 'we', 'we need']
    """
    found, before = set(), ""
    for word, _ in words(text):
        if word:
            found.add(word)
            if before:
                found.add(f"{before} {word}")
        before = word
    return frozenset(found)


def name_words(text: str) -> frozenset[str]:
    """Return the words of a name, an address or a term: whole, and by their parts.

    Examples
    --------
    >>> sorted(name_words("Anna-Lena O'Neil, jo@acme.com"))
    ['acme', 'anna', 'anna-lena', 'com', 'jo', 'lena', 'neil', 'o', "o'neil"]
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return frozenset(_LETTERS.findall(plain)) | {word for word, _ in words(text) if word}

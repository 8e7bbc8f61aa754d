"""Sentences on how a history was read, whose counts add up: the note of a whole is the sum of those of its parts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True)
class Note:
    """A sentence with counts in it.

    Attributes
    ----------
    words
        What stands before, between and after the counts.
    counts
        Each with what is counted; "" where a bare number stands.
    """

    words: tuple[str, ...]
    counts: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, before: str, count: int, what: str, after: str) -> "Note":
        """Return a sentence with one count."""
        return cls((before, after), ((count, what),))

    @property
    def is_void(self) -> bool:
        """Whether it counts something, and there is none."""
        return bool(self.counts) and not any(count for count, _ in self.counts)

    def after(self, beginning: str, end: str = "") -> "Note":
        """Return it with a beginning before it, and an end behind."""
        words = [beginning + self.words[0], *self.words[1:]]
        return replace(self, words=(*words[:-1], words[-1] + end))

    def __str__(self) -> str:
        """Return the sentence.

        Examples
        --------
        >>> str(Note.of("events.csv: ", 2, "event", " of the kinds to ignore left out."))
        'events.csv: 2 events of the kinds to ignore left out.'
        """
        numbers = [f"{count:,}" if not what else many(count, what) for count, what in self.counts]
        return "".join(part for pair in zip_longest(self.words, numbers, fillvalue="") for part in pair)

    def to_json(self) -> dict[str, Any]:
        """Return the note as plain values."""
        return {"words": list(self.words), "counts": [list(one) for one in self.counts]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Note":
        """Read what `to_json` wrote."""
        return cls(tuple(content["words"]), tuple((int(count), str(what)) for count, what in content["counts"]))


def many(count: int, what: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> many(1, "row"), many(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def summed(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return each sentence once, with its counts added up, in the order in which they first come."""
    sums: dict[tuple[object, ...], Note] = {}
    for note in notes:
        key = (note.words, tuple(what for _, what in note.counts))
        before = sums.get(key)
        sums[key] = note if before is None else replace(note, counts=_added(before, note))
    return tuple(note for note in sums.values() if not note.is_void)


def _added(one: Note, other: Note) -> tuple[tuple[int, str], ...]:
    pairs = zip(one.counts, other.counts, strict=True)
    return tuple((count + more, what) for (count, what), (more, _) in pairs)

"""What the rows of a table tell together, beyond each row's own: how numbers and times are written, how values are spelled.

A part of a table cannot know it. So parts are looked at twice: first each for its facts, which are added up, then each by those of all.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from features.records.clock import NEVER
from features.records.parsing.numbers import Mark, find_decimals, is_ambiguous, read_number

BOTH: frozenset[Mark] = frozenset((".", ","))


@dataclass(frozen=True)
class Marks:
    """The decimal marks by which all numbers of some texts can be read.

    Attributes
    ----------
    marks
        Both where the texts do not tell, none where they disagree.
    unclear
        The first, in the order of texts, that could be read with either; empty if there is none.
    all_numbers
        Whether every text is a number.
    """

    marks: frozenset[Mark] = BOTH
    unclear: str = ""
    all_numbers: bool = True

    @classmethod
    def of(cls, texts: list[str]) -> "Marks":
        """Return what the distinct texts of a column tell."""
        unclear = min((text for text in texts if is_ambiguous(text)), default="")
        numbers = all(read_number(text) is not None for text in texts)
        return cls(find_decimals(texts), unclear, numbers)

    @property
    def certain(self) -> Mark | None:
        """The mark where there is but one."""
        return next(iter(self.marks)) if len(self.marks) == 1 else None

    def __add__(self, other: "Marks") -> "Marks":
        unclear = min(filter(None, (self.unclear, other.unclear)), default="")
        return Marks(self.marks & other.marks, unclear, self.all_numbers and other.all_numbers)


@dataclass
class TableFacts:
    """What the rows of a table tell together.

    Attributes
    ----------
    marks
        Of each column of numbers, by our name and the kind of its rows.
    zoned
        Columns of times of which some name their zone.
    spellings
        By channel, how often each spelling stands there.
    currencies
        By column of numbers, how many rows name each currency.
    columns
        Of every column of texts, where one of `marks` is unclear: how the table's numbers are written usually.
    latest
        The latest time that can be seen in it, microseconds UTC.
    """

    marks: dict[str, Marks] = field(default_factory=dict)
    zoned: set[str] = field(default_factory=set)
    spellings: dict[str, Counter[str]] = field(default_factory=dict)
    currencies: dict[str, Counter[str]] = field(default_factory=dict)
    columns: dict[str, Marks] = field(default_factory=dict)
    latest: int = NEVER

    def __add__(self, other: "TableFacts") -> "TableFacts":
        return TableFacts(
            _added(self.marks, other.marks, Marks()),
            self.zoned | other.zoned,
            _added(self.spellings, other.spellings, Counter()),
            _added(self.currencies, other.currencies, Counter()),
            _added(self.columns, other.columns, Marks()),
            max(self.latest, other.latest),
        )

    @property
    def usual_mark(self) -> Mark | None:
        """The decimal mark of all columns of numbers together; None if they differ or do not tell."""
        certain = {one.certain for one in self.columns.values() if one.all_numbers} - {None}
        return certain.pop() if len(certain) == 1 else None


Facts = Mapping[str, TableFacts]
"""The facts of each table, by its name."""


T = TypeVar("T", Marks, Counter[str], TableFacts)


def added_facts(one: Facts, other: Facts) -> Facts:
    """Return the facts of two parts as those of both."""
    return _added(one, other, TableFacts())


def _added(one: Mapping[str, T], other: Mapping[str, T], nothing: T) -> dict[str, T]:
    return {name: one.get(name, nothing) + other.get(name, nothing) for name in one.keys() | other.keys()}

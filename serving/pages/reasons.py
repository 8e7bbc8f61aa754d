"""Why a score is what it is, as rows of one list: both signs, the largest first, each with a bar from the middle."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from features.settings.fields import Obstacle
from models.close.reasons.ledger import Ledger, LedgerEntry
from models.close.reasons.sentences import counted
from serving.pages.words import percent_of_tenths, points

BESIDE = re.compile(r"[;,] (typical: .+|a year ago \d[\d,]* of \d[\d,]*)$")
"""How a sentence ends that says what it is to be held against."""
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
IN_VIEW = 6
"""Rows that are in view before anybody scrolls."""
MIN_ROWS, MAX_WORDS = 4, 33
"""Rows that are named however long they are, and words of all of them beyond which no other is: ten seconds read no more."""
MIDDLE = 50.0
"""Of a bar's picture, which is 100 wide: where nothing is added."""


@dataclass(frozen=True)
class ReasonRow:
    """One reason: in words, in tenths of a point, and as a bar of so much width from `x`; `kind` is for, against or same.

    Attributes
    ----------
    beside
        What the sentence is to be held against; empty where it names nothing.
    """

    sentence: str
    beside: str
    tenths: int
    points: str
    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Hurdle:
    """What all reasons that speak to one obstacle add together; `points` is empty where none does.

    Attributes
    ----------
    is_worst
        Whether no other obstacle takes as much away.
    """

    obstacle: str
    tenths: int
    points: str
    kind: str
    is_worst: bool


@dataclass(frozen=True)
class ReasonList:
    """Every reason of a score.

    Attributes
    ----------
    named, rest
        Those that name most of the movement, or as much of it as ten seconds read, and those behind them, which start closed.
    rest_words
        What the rest is, and what it adds together.
    other_side
        Where the rows in view are all of one sign: the largest of the other, which stands further down.
    hurdles
        The same by obstacle.
    start, total
        Tenths of a point: the reasons lead from the one to the other.
    """

    named: tuple[ReasonRow, ...]
    rest: tuple[ReasonRow, ...]
    rest_words: str
    other_side: str
    hurdles: tuple[Hurdle, ...]
    start: int
    start_words: str
    total: int
    total_words: str


def reason_list(shown: Ledger) -> ReasonList:
    """Return the rows of a ledger."""
    largest = max((abs(entry.tenths) for entry in shown.entries), default=0)
    count = _readable(shown.named)
    named, rest = shown.entries[:count], shown.entries[count:]
    return ReasonList(
        named=tuple(_row(entry, largest) for entry in named),
        rest=tuple(_row(entry, largest) for entry in rest),
        rest_words=_rest(rest),
        other_side=_other_side(named, rest),
        hurdles=tuple(_hurdles(shown)),
        start=shown.start,
        start_words=percent_of_tenths(shown.start),
        total=shown.total,
        total_words=percent_of_tenths(shown.total),
    )


def _readable(entries: Sequence[LedgerEntry]) -> int:
    """Return how many entries, from the first, are read at a glance."""
    words = 0
    for count, entry in enumerate(entries):
        words += len(split_off(entry.main.sentence)[0].split())
        if count >= MIN_ROWS and words > MAX_WORDS:
            return count
    return len(entries)


def _row(entry: LedgerEntry, largest: int) -> ReasonRow:
    width = MIDDLE * abs(entry.tenths) / max(largest, 1)
    sentence, beside = split_off(entry.main.sentence)
    return ReasonRow(
        sentence=sentence,
        beside=beside,
        tenths=entry.tenths,
        points=points(entry.tenths),
        kind=kind_of(entry.tenths),
        x=round(MIDDLE if entry.tenths > 0 else MIDDLE - width, 1),
        width=round(width, 1),
    )


def split_off(sentence: str) -> tuple[str, str]:
    """Return a sentence without what it is to be held against, and that.

    Examples
    --------
    >>> split_off("Not solving this costs 9,000; typical: 12,000")
    ('Not solving this costs 9,000', 'typical: 12,000')
    >>> split_off("Leads from source “mail”: of 84 decided in the last 90 days 10 were won, a year ago 10 of 68")
    ('Leads from source “mail”: of 84 decided in the last 90 days 10 were won', 'a year ago 10 of 68')
    """
    found = BESIDE.search(sentence)
    return (sentence[: found.start()], found[1]) if found else (sentence, "")


def kind_of(tenths: int) -> str:
    """Return whether so many tenths of a point speak for a lead, against it or neither."""
    return "for" if tenths > 0 else "against" if tenths < 0 else "same"


def _rest(rest: Sequence[LedgerEntry]) -> str:
    """Say what is behind the rows that are named."""
    if not rest:
        return ""
    return f"{counted(len(rest), 'more', 'more')}, {points(sum(entry.tenths for entry in rest))} together"


def _other_side(named: Sequence[LedgerEntry], rest: Sequence[LedgerEntry]) -> str:
    signs = {kind_of(entry.tenths) for entry in named[:IN_VIEW]}
    later = (*named[IN_VIEW:], *rest)
    other = next((entry for entry in later if entry.tenths and kind_of(entry.tenths) not in signs), None)
    if other is None or not signs:
        return ""
    side = "for" if other.tenths > 0 else "against"
    return f"Most {side} it: {_lower(split_off(other.main.sentence)[0])} {points(other.tenths)}"


def _lower(sentence: str) -> str:
    """Return a sentence as it goes on after a colon; a name or a shout keeps its capital."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def _hurdles(shown: Ledger) -> Iterable[Hurdle]:
    sums = shown.sums()
    worst = min(sums, key=lambda obstacle: sums[obstacle], default=None)
    for obstacle in OBSTACLES:
        tenths = sums.get(obstacle, 0)
        yield Hurdle(
            obstacle,
            tenths,
            points(tenths) if obstacle in sums else "",
            kind_of(tenths),
            tenths < 0 and obstacle == worst,
        )

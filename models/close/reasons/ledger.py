"""A score as a ledger: a start, entries that each say one thing, and a total; as displayed, start and entries sum to the total.

Numbers are tenths of a probability point, rounded in a way that never breaks the sum. Reasons that say the same are one entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from features.settings.fields import Obstacle
from features.settings.schema import LeadSchema

TENTHS = 1000
"""Tenths of a probability point in 1."""
NAMED_SHARE = 0.9
"""Share of the whole movement, up and down together, that the leading entries name."""
SILENCE, SOURCE = "silence", "source"


class ReasonLike(Protocol):
    """What is read of a reason: those of a score just made and of one that was stored are told alike."""

    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def obstacle(self) -> Obstacle: ...  # noqa: D102
    @property
    def value(self) -> str | float | bool | None: ...  # noqa: D102
    @property
    def sentence(self) -> str: ...  # noqa: D102
    @property
    def points(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class LedgerEntry:
    """One entry of a ledger.

    Attributes
    ----------
    reasons
        What it stands for, the strongest first; those after the first say the same.
    tenths
        Tenths of a probability point, rounded.
    """

    reasons: tuple[ReasonLike, ...]
    tenths: int

    @property
    def main(self) -> ReasonLike:
        """The reason whose sentence is said."""
        return self.reasons[0]

    @property
    def points(self) -> float:
        """What it adds to the probability, unrounded."""
        return sum(reason.points for reason in self.reasons)


@dataclass(frozen=True)
class Ledger:
    """A score as it is shown: `start + sum of all entries == total`, in tenths of a probability point.

    Attributes
    ----------
    start, total
        The base probability and the probability, rounded.
    entries
        All that is known, what moves the score most first, whichever way.
    leading
        How many of them, from the first, name `NAMED_SHARE` of the movement; no entry behind them is displayed as a larger one.
    """

    start: int
    total: int
    entries: tuple[LedgerEntry, ...]
    leading: int

    @property
    def named(self) -> tuple[LedgerEntry, ...]:
        """The entries that lead."""
        return self.entries[: self.leading]

    @property
    def rest(self) -> tuple[LedgerEntry, ...]:
        """The entries behind those that lead."""
        return self.entries[self.leading :]

    def sums(self) -> dict[Obstacle, int]:
        """Return what is added by obstacle; together that is the total less the start."""
        sums: dict[Obstacle, int] = {}
        for entry in self.entries:
            sums[entry.main.obstacle] = sums.get(entry.main.obstacle, 0) + entry.tenths
        return sums


def ledger(probability: float, base_probability: float, reasons: Iterable[ReasonLike], schema: LeadSchema) -> Ledger:
    """Return the ledger of a score from all of its reasons."""
    groups = _said_once(reasons, schema)
    start, total = round(TENTHS * base_probability), round(TENTHS * probability)
    exact = [TENTHS * sum(reason.points for reason in group) for group in groups]
    tenths = share_out(total - start, exact) if groups else []
    entries = [LedgerEntry(tuple(group), part) for group, part in zip(groups, tenths, strict=True)]
    entries.sort(key=lambda entry: (-abs(entry.tenths), -abs(entry.points)))
    return Ledger(start, total, tuple(entries), _leading(entries))


def share_out(total: int, exact: Sequence[float]) -> list[int]:
    """Round numbers to whole ones that sum to `total`, none by more than 1.

    `total` may be off from the sum of the numbers by at most 1, as after rounding its two ends.

    Source: the method of the largest remainder (Hamilton's).

    Examples
    --------
    >>> share_out(2, [0.7, 0.7, 0.7])
    [1, 1, 0]
    """
    down = np.floor(exact)
    missing = total - int(down.sum())
    if not -1 <= missing <= len(exact) or not len(exact):
        raise ValueError(
            f"total must be within 1 of the sum {sum(exact):g} of the numbers, got {total}: round its ends."
        )
    if missing < 0:  # all are whole, and both ends were rounded down to the even one
        down[np.argmin(np.asarray(exact) - down)] -= 1
    down[np.argsort(down - exact, kind="stable")[: max(missing, 0)]] += 1
    return [int(number) for number in down]


def _leading(entries: Sequence[LedgerEntry]) -> int:
    """Return how many entries name enough of the movement; none behind them is displayed as larger."""
    sizes = [abs(entry.tenths) for entry in entries]
    enough, so_far, count = NAMED_SHARE * sum(sizes), 0, 0
    while count < len(sizes) and sizes[count] and so_far < enough:
        so_far += sizes[count]
        count += 1
    return count


def _said_once(reasons: Iterable[ReasonLike], schema: LeadSchema) -> list[list[ReasonLike]]:
    """Return reasons of one side that say the same together, the strongest of each first."""
    groups: dict[tuple[str, bool], list[ReasonLike]] = {}
    for reason in sorted(reasons, key=lambda reason: -abs(reason.points)):
        groups.setdefault((_what_it_says(reason, schema), reason.points > 0), []).append(reason)
    return list(groups.values())


def _what_it_says(reason: ReasonLike, schema: LeadSchema) -> str:
    """Return a name that reasons share which say the same: that nothing was heard of the lead, or how leads from where it came close."""
    kind = schema.kinds.get(reason.subject)
    if (reason.subject == "lead" or (kind and kind.actor == "lead")) and reason.value in (None, 0):
        return SILENCE
    if reason.obstacle == "source":
        return SOURCE
    return reason.subject

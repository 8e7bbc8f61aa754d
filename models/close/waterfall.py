"""From the base to the score in steps that a rep can add up by hand.

Reasons are many and most of them small. A few of each side are told, those that say the same once, the others together;
rounded in a way that never breaks the sum: start plus steps is the score, to the last tenth of a point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from features.settings import LeadSchema, Obstacle

TENTHS = 1000
"""Tenths of a probability point in 1."""
MOST_A_SIDE = 4
LEAST_POINTS = 0.005
"""No reason below half a point is told on its own."""
SILENCE, SOURCE = "silence", "source"


class Reason(Protocol):
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
class Step:
    """One step of a waterfall.

    Attributes
    ----------
    reasons
        What it stands for, the strongest first; those after the first say the same.
    tenths
        Tenths of a probability point, rounded.
    """

    reasons: tuple[Reason, ...]
    tenths: int

    @property
    def main(self) -> Reason:
        """The reason whose sentence is said."""
        return self.reasons[0]


@dataclass(frozen=True)
class Waterfall:
    """A score as it is shown: `start + sum of all steps + others == total`, in tenths of a probability point.

    Attributes
    ----------
    start, total
        The base probability and the probability, rounded.
    against, for_
        The steps told on each side, the strongest first.
    others
        What all other reasons add together, rounded.
    other_reasons
        How many they are.
    """

    start: int
    total: int
    against: tuple[Step, ...]
    for_: tuple[Step, ...]
    others: int
    other_reasons: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps that are told, those against first."""
        return (*self.against, *self.for_)


def waterfall(probability: float, base_probability: float, reasons: Iterable[Reason], schema: LeadSchema) -> Waterfall:
    """Return what is told of the reasons of a score."""
    groups = _said_once(reasons, schema)
    told = [group for sign in (-1, 1) for group in _told(groups, sign)]
    others = [group for group in groups if group not in told]
    exact = [TENTHS * _points(group) for group in told]
    start, total = round(TENTHS * base_probability), round(TENTHS * probability)
    rest = TENTHS * (probability - base_probability) - sum(exact)
    *tenths, of_others = share_out(total - start, [*exact, rest])
    steps = [Step(tuple(group), part) for group, part in zip(told, tenths, strict=True)]
    against = tuple(step for step in steps if _points(step.reasons) < 0)
    return Waterfall(start, total, against, tuple(steps[len(against) :]), of_others, sum(map(len, others)))


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
    if not 0 <= missing <= len(exact):
        raise ValueError(
            f"total must be within 1 of the sum {sum(exact):g} of the numbers, got {total}: round its ends."
        )
    down[np.argsort(down - exact, kind="stable")[:missing]] += 1
    return [int(number) for number in down]


def _points(reasons: Iterable[Reason]) -> float:
    return sum(reason.points for reason in reasons)


def _said_once(reasons: Iterable[Reason], schema: LeadSchema) -> list[list[Reason]]:
    """Return reasons of one side that say the same together, in the order of the strongest of each."""
    groups: dict[tuple[str, bool], list[Reason]] = {}
    for reason in reasons:
        groups.setdefault((_what_it_says(reason, schema), reason.points > 0), []).append(reason)
    return sorted(groups.values(), key=lambda group: -abs(_points(group)))


def _told(groups: Sequence[list[Reason]], sign: int) -> list[list[Reason]]:
    strong = [group for group in groups if sign * _points(group) >= LEAST_POINTS]
    return strong[:MOST_A_SIDE]


def _what_it_says(reason: Reason, schema: LeadSchema) -> str:
    """Return a name that reasons share which say the same: that nothing was heard of the lead, or how leads from where it came close."""
    kind = schema.kinds.get(reason.subject)
    if (reason.subject == "lead" or (kind and kind.actor == "lead")) and reason.value in (None, 0):
        return SILENCE
    if reason.obstacle == "source":
        return SOURCE
    return reason.subject

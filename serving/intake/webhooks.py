"""What one call of a webhook tells, all of it in one transaction: leads, events and outcomes, with their places in the call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from serving.intake.calls import Reply, Scores
from serving.intake.scoring import Place
from serving.messages import BrokenRule, Problem
from serving.problems import INVALID_MESSAGES
from serving.receipts import WebhookReceipt
from serving.store.transaction import Transaction


class Part(Protocol):
    """The records of one kind; `stored` has, after they are written, what became of each."""

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store them."""

    @property
    def stored(self) -> Sequence[object]:
        """Records and problems, in their order."""


@dataclass
class ToldMessages:
    """The messages of a call.

    Attributes
    ----------
    parts
        By what they are, with the place of each record's message.
    ignored
        Messages that no rule fits.
    answer
        Writes the answer in the CRM's way.
    """

    parts: Mapping[str, tuple[Part, Sequence[int]]]
    ignored: int
    answer: Callable[[WebhookReceipt, Problem | None], Reply]

    def lead_ids(self) -> set[str]:
        """Return nobody: the answer names no lead."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store all that is good."""
        return [place for part, _ in self.parts.values() for place in part.write(transaction)]

    def reply(self, scores: Scores) -> Reply:  # noqa: ARG002 - a CRM that calls wants no scores
        """Return how much was stored, or what was not; the CRM sends all of that again, which makes nothing twice."""
        kept = {
            name: sum(not isinstance(record, Problem) for record in part.stored)
            for name, (part, _) in self.parts.items()
        }
        return self.answer(WebhookReceipt(**kept, ignored=self.ignored), self._problem())

    def refused(self) -> Iterator[Problem]:
        """Yield what is wrong with each record that was not stored."""
        for part, _ in self.parts.values():
            yield from (record for record in part.stored if isinstance(record, Problem))

    def _problem(self) -> Problem | None:
        broken = [
            rule.model_copy(update={"field": f"messages[{place}].{rule.field}"})
            for part, places in self.parts.values()
            for record, place in zip(part.stored, places, strict=True)
            if isinstance(record, Problem)
            for rule in record.errors
        ]
        return _problem_of(broken) if broken else None


def _problem_of(broken: Sequence[BrokenRule]) -> Problem:
    first, kind = broken[0], INVALID_MESSAGES
    more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
    detail = f"{first.field!r} {first.rule}, got {first.value}: {first.remedy}.{more} What is good is stored."
    return Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail, errors=tuple(broken))

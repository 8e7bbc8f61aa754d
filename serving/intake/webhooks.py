"""What one call of a webhook tells, all of it in one transaction: its records with their places in the call, and what was not understood."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from features.records.leads.set_aside import SetAside
from features.settings.schema import LeadSchema
from serving.intake.calls import CallScores, Reply
from serving.intake.erased import is_erased, note_erased
from serving.intake.scoring import Moment
from serving.schemas.problems import INVALID_MESSAGES
from serving.schemas.records import WebhookReceipt
from serving.schemas.score import BrokenRule, Problem
from serving.store.leftovers import drop_leftovers, keep_leftovers
from serving.store.tombstones import ErasedPeople
from serving.store.transaction import Transaction


class Part(Protocol):
    """The records of one kind; `stored` has, after they are written, what became of each."""

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store them."""

    @property
    def stored(self) -> Sequence[object]:
        """Records and problems, in their order."""


@dataclass
class StoreMessages:
    """The messages of a call.

    Attributes
    ----------
    webhook
        Its name.
    schema
        The settings of today.
    messages
        As they came.
    parts
        By what they are, with the place of each record's message.
    ignored
        The places of messages that no rule fits.
    answer
        Writes the answer in the CRM's way.
    aside
        Values that could not be read, with whose they are.
    replayed
        The id under which a message was kept, by its place, where it is read again.
    """

    webhook: str
    schema: LeadSchema
    messages: Sequence[object]
    parts: Mapping[str, tuple[Part, Sequence[int]]]
    ignored: Sequence[int]
    answer: Callable[[WebhookReceipt, Problem | None], Reply]
    aside: Sequence[tuple[str, SetAside]] = ()
    replayed: Mapping[int, str] = field(default_factory=dict)

    def lead_ids(self) -> set[str]:
        """Return nobody: the answer names no lead."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store all that is good, and keep what is not as it came."""
        places = [place for part, _ in self.parts.values() for place in part.write(transaction)]
        people = ErasedPeople(transaction, self.schema)
        for lead_id, one in self.aside:
            if people.has(lead_id):
                continue
            transaction.set_aside(transaction.staying(lead_id), [one], transaction.latest)
        whys = self._whys()
        left = sorted({*whys, *self.ignored})
        drop_leftovers(transaction, [kept for place, kept in self.replayed.items() if place not in left])
        fresh = [(self.messages[at], whys.get(at, "")) for at in left if at not in self.replayed]
        keep_leftovers(transaction, self.webhook, fresh, people)
        note_erased(transaction, self._erased_records())
        return places

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - a CRM that calls wants no scores
        """Return how much was stored, or what was not; the CRM sends all of that again, which makes nothing twice."""
        return self.answer(self.receipt(), self._problem())

    def receipt(self) -> WebhookReceipt:
        """Return how much was stored."""
        kept = {
            name: sum(not isinstance(record, Problem) for record in part.stored)
            for name, (part, _) in self.parts.items()
        }
        told_with_leads = [aside for part, _ in self.parts.values() for aside in getattr(part, "aside", ())]
        return WebhookReceipt(
            **kept,
            ignored=len(self.ignored),
            set_aside=len(self.aside) + len(told_with_leads),
            erased=self._erased_records(),
        )

    def _erased_records(self) -> int:
        """Return how many records are of people who were erased: what the CRM sends of them again would change nothing."""
        return sum(is_erased(record) for part, _ in self.parts.values() for record in part.stored)

    def broken_places(self) -> set[int]:
        """Return the places of messages of which a record was not stored."""
        return {place for place, _ in self._problems()}

    def refused(self) -> Iterator[Problem]:
        """Yield what is wrong with each record that was not stored."""
        for _, problem in self._problems():
            yield problem

    def _problems(self) -> Iterator[tuple[int, Problem]]:
        for part, places in self.parts.values():
            for record, place in zip(part.stored, places, strict=True):
                if isinstance(record, Problem) and not is_erased(record):
                    yield place, record

    def _whys(self) -> dict[int, str]:
        return {place: problem.detail for place, problem in self._problems()}

    def _problem(self) -> Problem | None:
        broken = [
            rule.model_copy(update={"field": f"messages[{place}].{rule.field}".removesuffix(".message")})
            for place, problem in self._problems()
            for rule in problem.errors
        ]
        return _problem_of(broken) if broken else None


def _problem_of(broken: Sequence[BrokenRule]) -> Problem:
    first, kind = broken[0], INVALID_MESSAGES
    more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
    detail = f"{first.field!r} {first.rule}, got {first.value}: {first.remedy}.{more} What is good is stored."
    return Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail, errors=tuple(broken))

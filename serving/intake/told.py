"""Leads, events, outcomes and feedback as calls tell them: how each is stored, and what is answered."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from features.clock import to_datetime
from features.records import Problem as LeadProblem
from serving.intake.calls import Reply, Scores
from serving.intake.scoring import Place
from serving.messages import Message, Problem
from serving.problems import NOT_THERE, OTHER_RECORD, RefusedError, problem, refusal
from serving.receipts import EventReceipt, FeedbackReceipt, LeadReceipt, NotStored, OutcomeReceipt
from serving.store import reading
from serving.store.records import (
    Event,
    Feedback,
    Lead,
    NewEvent,
    NewFeedback,
    NewLead,
    NewOutcome,
    OtherRecordError,
    Outcome,
    StoredScore,
)
from serving.store.transaction import Transaction

CREATED, OK = 201, 200

New = TypeVar("New", NewLead, NewEvent, NewOutcome)
Old = TypeVar("Old", Lead, Event, Outcome)


@dataclass
class _Records(Generic[New, Old]):
    """Records of one call: those that are good are stored, each other has its problem.

    Attributes
    ----------
    records
        What was told, or what is wrong with it, in the order of the call.
    many
        Whether the call is for many; one that is wrong otherwise refuses the call.
    """

    records: Sequence[New | Problem]
    many: bool
    stored: list[Old | Problem] = field(default_factory=list)

    def lead_ids(self) -> set[str]:
        """Return whose records are told."""
        return {record.lead_id for record in self.records if not isinstance(record, Problem)}

    def _kept(self) -> list[Old]:
        return [record for record in self.stored if not isinstance(record, Problem)]

    def _keep(self, record: Old | Problem) -> None:
        if isinstance(record, Problem) and not self.many:
            raise RefusedError(record)
        self.stored.append(record)


class ToldLeads(_Records[NewLead, Lead]):
    """Leads, by a form or a CRM; `scored` is whether the answer may hold scores."""

    scored: bool = True

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store the leads, and have the new ones scored."""
        self.stored = []
        for record in self.records:
            try:
                self._keep(record if isinstance(record, Problem) else transaction.add_lead(record))
            except OtherRecordError:
                self._keep(_conflict("lead_id", record, "send a change as an event, or another lead under another id"))
        return [Place(lead.lead_id, lead.stored_at) for lead in self._kept() if lead.stored_at > transaction.since]

    def reply(self, scores: Scores) -> Reply:
        """Return each lead with its first score, or to a form without."""
        parts = [self._part(scores, index, lead) for index, lead in enumerate(self.stored)]
        return _reply(parts, "leads") if self.many else Reply(CREATED, parts[0])

    def _part(self, scores: Scores, index: int, lead: Lead | Problem) -> str:
        if isinstance(lead, Problem):
            return _json(NotStored(index=index, problem=lead))
        receipt = LeadReceipt(
            lead_id=lead.lead_id, created_at=to_datetime(lead.created_at), recorded_at=to_datetime(lead.stored_at)
        )
        return with_score(receipt, scores.since(lead.lead_id, lead.stored_at)) if self.scored else _json(receipt)


class FormLeads(ToldLeads):
    """Leads by a form, which never sees a score."""

    scored = False


class ToldEvents(_Records[NewEvent, Event]):
    """Events, whether their leads have come or not."""

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store the events, and have each lead scored as of its last new one."""
        self.stored = []
        for record in self.records:
            try:
                self._keep(record if isinstance(record, Problem) else transaction.add_event(record))
            except OtherRecordError:
                remedy = "send an event_id with events of one lead, kind and time"
                self._keep(_conflict("event_id", record, remedy))
        new = [event for event in self._kept() if event.stored_at > transaction.since]
        last = {event.lead_id: event.stored_at for event in sorted(new, key=lambda event: event.stored_at)}
        return [Place(lead_id, at) for lead_id, at in last.items()]

    def reply(self, scores: Scores) -> Reply:
        """Return each event, and the scores that follow."""
        leads = reading.leads_of(scores.transaction.connection, {event.lead_id for event in self._kept()})
        receipts = [
            NotStored(index=index, problem=event)
            if isinstance(event, Problem)
            else _event_receipt(event, is_waiting(leads.get(event.lead_id), event.stored_at))
            for index, event in enumerate(self.stored)
        ]
        joined = {
            event.lead_id: event.stored_at
            for event in sorted(self._kept(), key=lambda event: event.stored_at)
            if not is_waiting(leads.get(event.lead_id), event.stored_at)
        }
        followed = [scores.since(lead_id, at) for lead_id, at in joined.items()]
        if not self.many:
            return Reply(CREATED, with_score(receipts[0], followed[0] if followed else None))
        body = _reply(map(_json, receipts), "events").body
        answers = ",".join(score.answer for score in followed if score is not None and score.answer is not None)
        return Reply(OK, f'{body[:-1]},"scores":[{answers}]}}')


class ToldOutcomes(_Records[NewOutcome, Outcome]):
    """Outcomes, whether their leads have come or not; nobody is scored, as a lead's own outcome is no input."""

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store the outcomes."""
        self.stored = []
        for record in self.records:
            self._keep(record if isinstance(record, Problem) else transaction.add_outcome(record))
        return []

    def reply(self, scores: Scores) -> Reply:
        """Return each outcome."""
        leads = reading.leads_of(scores.transaction.connection, {outcome.lead_id for outcome in self._kept()})
        parts = [
            _json(
                NotStored(index=index, problem=outcome)
                if isinstance(outcome, Problem)
                else _outcome_receipt(outcome, is_waiting(leads.get(outcome.lead_id), outcome.stored_at))
            )
            for index, outcome in enumerate(self.stored)
        ]
        return _reply(parts, "outcomes") if self.many else Reply(CREATED, parts[0])


@dataclass
class ToldFeedback:
    """What a rep says of a score, and by whose key."""

    said: NewFeedback
    given_by: str
    receipt: FeedbackReceipt | None = None

    def lead_ids(self) -> set[str]:
        """Return whose score is meant."""
        return {self.said.lead_id}

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store it, if there is such a score."""
        said, lead_id = self.said, self.said.lead_id
        lead = reading.leads_of(transaction.connection, [lead_id]).get(lead_id)
        if lead is None or lead.erased_at is not None:
            raise self._no_score()
        as_of = lead.scored_as_of if said.as_of is None else said.as_of
        score = None if as_of is None else reading.score_since(transaction.connection, lead_id, as_of)
        if as_of is None or score is None or score.as_of != as_of:
            raise self._no_score()
        feedback = Feedback(lead_id, as_of, said.agrees, said.subject, said.comment, self.given_by, said.direction)
        at = transaction.add_feedback(feedback)
        self.receipt = FeedbackReceipt(lead_id=lead_id, as_of=to_datetime(as_of), recorded_at=to_datetime(at))
        return []

    def _no_score(self) -> RefusedError:
        rule, remedy = "must be of a lead with such a score", "send a lead_id and an as_of that were answered"
        return refusal(NOT_THERE, "lead_id", rule, repr(self.said.lead_id), remedy)

    def reply(self, scores: Scores) -> Reply:  # noqa: ARG002 - as of every call
        """Return when it was stored."""
        return Reply(CREATED, "" if self.receipt is None else _json(self.receipt))


def is_waiting(lead: Lead | None, time: int) -> bool:
    """Return whether a record that was stored at a time came before its lead."""
    return lead is None or lead.stored_at > time


def with_score(receipt: Message, score: StoredScore | None) -> str:
    """Return a receipt as JSON with a score in it, as the store keeps that: to the byte."""
    return f'{_json(receipt)[:-1]},"score":{"null" if score is None else score.answer or "null"}}}'


def _reply(parts: Iterable[str], name: str) -> Reply:
    return Reply(OK, f"{{{json.dumps(name)}:[{','.join(parts)}]}}")


def _json(message: Message) -> str:
    return message.model_dump_json()


def _event_receipt(event: Event, waiting: bool) -> EventReceipt:
    return EventReceipt(
        lead_id=event.lead_id,
        kind=event.kind,
        occurred_at=to_datetime(event.occurred_at),
        event_id=event.event_id or None,
        recorded_at=to_datetime(event.recorded_at),
        waiting=waiting,
    )


def _outcome_receipt(outcome: Outcome, waiting: bool) -> OutcomeReceipt:
    return OutcomeReceipt(
        lead_id=outcome.lead_id,
        closed_at=to_datetime(outcome.closed_at),
        won=outcome.won,
        amount=outcome.amount,
        outcome_id=outcome.outcome_id or None,
        recorded_at=to_datetime(outcome.recorded_at),
        waiting=waiting,
    )


def _conflict(field: str, record: NewLead | NewEvent | Problem, remedy: str) -> Problem:
    told = record.lead_id if isinstance(record, NewLead | NewEvent) else ""
    rule = "must not be that of another record that is stored already"
    return problem(OTHER_RECORD, [LeadProblem(field, rule, f"lead {told!r} with other content", remedy)])

"""What is answered of records that were stored, or of those that another has the name of."""

import json
from collections.abc import Iterable, Sequence

from features.records.clock import to_datetime
from features.records.leads.checking import LeadProblem
from serving.intake.calls import Reply
from serving.schemas.problems import OTHER_RECORD, broken_rules, problem
from serving.schemas.records import (
    EventReceipt,
    OutcomeReceipt,
)
from serving.schemas.score import BrokenRule, Message, Problem
from serving.store import reading
from serving.store.records import (
    Event,
    Lead,
    NewEvent,
    NewLead,
    NewOutcome,
    Outcome,
    StoredScore,
)
from serving.store.transaction import is_same_outcome

CREATED, OK = 201, 200


def broken_of(record: NewLead | NewEvent | NewOutcome | Problem) -> tuple[BrokenRule, ...]:
    """Return the rules that are broken by what was set aside of a record."""
    return () if isinstance(record, Problem) else broken_rules([one.problem for one in record.aside])


def is_waiting(lead: Lead | None, time: int) -> bool:
    """Return whether a record that was stored at a time came before its lead."""
    return lead is None or lead.stored_at > time


def with_score(receipt: Message, score: StoredScore | None) -> str:
    """Return a receipt as JSON with a score in it, as the store keeps that: to the byte."""
    return f'{as_json(receipt)[:-1]},"score":{"null" if score is None else score.answer or "null"}}}'


def reply_of(parts: Iterable[str], name: str) -> Reply:
    """Return the answer to a call with many records, of the JSON of each."""
    return Reply(OK, f"{{{json.dumps(name)}:[{','.join(parts)}]}}")


def as_json(message: Message) -> str:
    """Return a message as JSON."""
    return message.model_dump_json()


def event_receipt(event: Event, waiting: bool, set_aside: tuple[BrokenRule, ...]) -> EventReceipt:
    """Return what is answered of an event that is stored."""
    return EventReceipt(
        set_aside=set_aside,
        lead_id=event.lead_id,
        kind=event.kind,
        occurred_at=to_datetime(event.occurred_at),
        event_id=event.event_id or None,
        recorded_at=to_datetime(event.recorded_at),
        waiting=waiting,
    )


def outcome_receipt(
    outcome: Outcome, waiting: bool, told: Sequence[Outcome], set_aside: tuple[BrokenRule, ...]
) -> OutcomeReceipt:
    """Return what is answered of an outcome that is stored; `told` are all of its lead."""
    return OutcomeReceipt(
        set_aside=set_aside,
        lead_id=outcome.lead_id,
        closed_at=to_datetime(outcome.closed_at),
        won=outcome.won,
        amount=outcome.amount,
        outcome_id=outcome.outcome_id or None,
        recorded_at=to_datetime(outcome.recorded_at),
        waiting=waiting,
        taken_back=outcome.taken_back,
        holds=is_same_outcome(outcome, told[-1]),
        status=reading.standing(told),
    )


def other_lead(new: NewLead | Problem) -> Problem:
    """Return what is wrong with a lead whose id another has already."""
    return conflict("lead_id", new, "send a change as an event, or another lead under another id")


def conflict(field: str, record: NewLead | NewEvent | Problem, remedy: str) -> Problem:
    """Return what is wrong with a record under whose name another is stored."""
    told = record.lead_id if isinstance(record, NewLead | NewEvent) else ""
    rule = "must not be that of another record that is stored already"
    return problem(OTHER_RECORD, [LeadProblem(field, rule, f"lead {told!r} with other content", remedy)])

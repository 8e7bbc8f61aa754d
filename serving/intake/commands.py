"""Leads, events and outcomes as calls tell them, and leads that are taken out: how each is stored, and what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from features.records.clock import to_datetime
from features.settings.schema import LeadSchema
from serving.intake.calls import CallScores, Reply
from serving.intake.erased import erased_person, note_erased
from serving.intake.receipts import (
    CREATED,
    OK,
    as_json,
    broken_of,
    conflict,
    event_receipt,
    is_waiting,
    other_lead,
    outcome_receipt,
    reply_of,
    with_score,
)
from serving.intake.scoring import Moment
from serving.intake.snapshots import Snapshot, retell, retell_answers, tell
from serving.schemas.problems import RefusedError
from serving.schemas.records import (
    LeadReceipt,
    NotStored,
    RemovalReceipt,
)
from serving.schemas.score import Problem
from serving.store import reading
from serving.store.records import (
    Event,
    Lead,
    NewEvent,
    NewLead,
    NewOutcome,
    NewRemoval,
    OtherRecordError,
    Outcome,
)
from serving.store.removing import remove
from serving.store.retelling import tellings_of
from serving.store.tombstones import ErasedPeople
from serving.store.transaction import Transaction

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
    schema
        The settings of today.
    erased
        How many records are not stored because they are of somebody who was erased.
    """

    records: Sequence[New | Problem]
    many: bool
    schema: LeadSchema
    stored: list[Old | Problem] = field(default_factory=list)
    erased: int = 0

    def lead_ids(self) -> set[str]:
        """Return whose records are told."""
        return {record.lead_id for record in self.records if not isinstance(record, Problem)}

    def _kept(self) -> list[Old]:
        return [record for record in self.stored if not isinstance(record, Problem)]

    def _set_aside(self, transaction: Transaction, record: New | Problem) -> None:
        """Keep what came with a record and cannot be read."""
        if not isinstance(record, Problem) and record.aside:
            transaction.set_aside(transaction.staying(record.lead_id), record.aside, transaction.latest)

    def _is_erased(self, erased: ErasedPeople, record: New | Problem) -> bool:
        """Return whether a record is of somebody who was erased; it is then told so, and not stored."""
        if isinstance(record, Problem) or not erased.has(record.lead_id, getattr(record, "fields", None)):
            return False
        self.erased += 1
        if not self.many:
            note_erased(erased.transaction, 1)
        self._keep(erased_person(record.lead_id))
        return True

    def _keep(self, record: Old | Problem) -> None:
        if isinstance(record, Problem) and not self.many:
            raise RefusedError(record)
        self.stored.append(record)


class StoreLeads(_Records[NewLead, Lead]):
    """Leads, by a form or a CRM; `scored` is whether the answer may hold scores."""

    scored: bool = True

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store the leads, and have the new ones scored."""
        self.stored, places, self.erased = [], [], 0
        people = ErasedPeople(transaction, self.schema)
        for record in self.records:
            try:
                if isinstance(record, Problem):
                    self._keep(record)
                    continue
                if self._is_erased(people, record):
                    continue
                lead, at = self._add(transaction, record)
                self._keep(lead)
                if at > transaction.since:
                    places.append(Moment(lead.lead_id, at))
            except OtherRecordError:
                self._keep(other_lead(record))
        note_erased(transaction, self.erased)
        return places

    def _add(self, transaction: Transaction, new: NewLead) -> tuple[Lead, int]:
        """Store a lead, and return it with the time of what is new; one that a CRM tells of by webhooks, or has merged, is told of once more."""
        told_of = transaction.staying(new.lead_id)
        if told_of == new.lead_id and not tellings_of(transaction.connection, new.lead_id):
            lead = transaction.add_lead(new)
            return lead, lead.stored_at
        at = transaction.tick() if new.created_at is None else new.created_at
        return tell(transaction, self.schema, Snapshot(new, at))

    def reply(self, scores: CallScores) -> Reply:
        """Return each lead with its first score, or to a form without."""
        parts = [self._part(scores, index, lead) for index, lead in enumerate(self.stored)]
        return reply_of(parts, "leads") if self.many else Reply(CREATED, parts[0])

    def _part(self, scores: CallScores, index: int, lead: Lead | Problem) -> str:
        if isinstance(lead, Problem):
            return as_json(NotStored(index=index, problem=lead))
        new = self.records[index]
        receipt = LeadReceipt(
            lead_id=lead.lead_id,
            created_at=to_datetime(lead.created_at),
            recorded_at=to_datetime(lead.stored_at),
            set_aside=broken_of(new),
        )
        return with_score(receipt, scores.since(lead.lead_id, lead.stored_at)) if self.scored else as_json(receipt)


class FormLeads(StoreLeads):
    """Leads by a form, which never sees a score, and changes no lead that is there: anybody has its key."""

    scored = False

    def _is_erased(self, erased: ErasedPeople, record: NewLead | Problem) -> bool:
        """Let a form hear of somebody who was erased what it hears of everybody: its key would tell strangers who was."""
        if isinstance(record, Problem) or not erased.has(record.lead_id, record.fields):
            return False
        self.erased += 1
        at = erased.transaction.tick()
        created_at = at if record.created_at is None else record.created_at
        self._keep(Lead(record.lead_id, created_at, record.fields, record.digest, at))
        return True

    def _add(self, transaction: Transaction, new: NewLead) -> tuple[Lead, int]:
        """Store a lead, or return the one that is stored already.

        Raises
        ------
        OtherRecordError
            If the id is another lead's, be it deleted or merged.
        """
        if transaction.is_removed(new.lead_id):
            raise OtherRecordError(f"Lead {new.lead_id!r} must not be one that a CRM has deleted or merged")
        lead = transaction.add_lead(new)
        return lead, lead.stored_at


class StoreEvents(_Records[NewEvent, Event]):
    """Events, whether their leads have come or not."""

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store the events, and have each lead scored as of its last new one."""
        self.stored, self.erased = [], 0
        people = ErasedPeople(transaction, self.schema)
        for record in self.records:
            try:
                if self._is_erased(people, record):
                    continue
                self._keep(
                    record if isinstance(record, Problem) else transaction.add_event(_moved(transaction, record))
                )
                self._set_aside(transaction, record)
            except OtherRecordError:
                remedy = "send an event_id with events of one lead, kind and time"
                self._keep(conflict("event_id", record, remedy))
        note_erased(transaction, self.erased)
        new = [event for event in self._kept() if event.stored_at > transaction.since]
        retell_answers(transaction, self.schema, new)
        last = {event.lead_id: event.stored_at for event in sorted(new, key=lambda event: event.stored_at)}
        return [Moment(lead_id, at) for lead_id, at in last.items()]

    def reply(self, scores: CallScores) -> Reply:
        """Return each event, and the scores that follow."""
        leads = reading.leads_of(scores.transaction.connection, {event.lead_id for event in self._kept()})
        receipts = [
            NotStored(index=index, problem=event)
            if isinstance(event, Problem)
            else event_receipt(event, is_waiting(leads.get(event.lead_id), event.stored_at), broken_of(told))
            for index, (event, told) in enumerate(zip(self.stored, self.records, strict=True))
        ]
        joined = {
            event.lead_id: event.stored_at
            for event in sorted(self._kept(), key=lambda event: event.stored_at)
            if not is_waiting(leads.get(event.lead_id), event.stored_at)
        }
        followed = [scores.since(lead_id, at) for lead_id, at in joined.items()]
        if not self.many:
            return Reply(CREATED, with_score(receipts[0], followed[0] if followed else None))
        body = reply_of(map(as_json, receipts), "events").body
        answers = ",".join(score.answer for score in followed if score is not None and score.answer is not None)
        return Reply(OK, f'{body[:-1]},"scores":[{answers}]}}')


class StoreOutcomes(_Records[NewOutcome, Outcome]):
    """Outcomes, whether their leads have come or not; nobody is scored, as a lead's own outcome is no input."""

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store the outcomes."""
        self.stored, self.erased = [], 0
        people = ErasedPeople(transaction, self.schema)
        for record in self.records:
            if self._is_erased(people, record):
                continue
            self._keep(record if isinstance(record, Problem) else transaction.add_outcome(_moved(transaction, record)))
            self._set_aside(transaction, record)
        note_erased(transaction, self.erased)
        return []

    def reply(self, scores: CallScores) -> Reply:
        """Return each outcome."""
        ids = {outcome.lead_id for outcome in self._kept()}
        leads = reading.leads_of(scores.transaction.connection, ids)
        told = reading.outcomes_of(scores.transaction.connection, ids)
        parts = [
            as_json(
                NotStored(index=index, problem=outcome)
                if isinstance(outcome, Problem)
                else outcome_receipt(
                    outcome,
                    is_waiting(leads.get(outcome.lead_id), outcome.stored_at),
                    told[outcome.lead_id],
                    broken_of(new),
                )
            )
            for index, (outcome, new) in enumerate(zip(self.stored, self.records, strict=True))
        ]
        return reply_of(parts, "outcomes") if self.many else Reply(CREATED, parts[0])


@dataclass
class StoreRemovals:
    """Leads that a CRM has deleted or merged; one into which another was merged is scored anew.

    Attributes
    ----------
    stored
        When each was taken out, or what is wrong with it.
    """

    records: Sequence[NewRemoval | Problem]
    many: bool
    schema: LeadSchema
    stored: list[RemovalReceipt | Problem] = field(default_factory=list)
    erased: int = 0

    def lead_ids(self) -> set[str]:
        """Return whose records are told."""
        told = [record for record in self.records if isinstance(record, NewRemoval)]
        return {lead_id for record in told for lead_id in (record.lead_id, record.into) if lead_id is not None}

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Take the leads out, and have those scored that others have joined."""
        self.stored, places, self.erased = [], [], 0
        people = ErasedPeople(transaction, self.schema)
        for told in self.records:
            record = told
            if isinstance(record, NewRemoval) and people.has(record.lead_id):
                self.erased += 1
                record = erased_person(record.lead_id)
            elif isinstance(record, NewRemoval) and record.into is not None and people.has(record.into):
                # It is somebody who was erased, and the CRM tells no more of it under its own id.
                remove(transaction, replace(record, into=None))
                self.erased += 1
                record = erased_person(record.lead_id)
            if isinstance(record, Problem):
                if not self.many:
                    raise RefusedError(record)
                self.stored.append(record)
                continue
            before = transaction.latest
            at = remove(transaction, record)
            into = None if record.into is None else transaction.staying(record.into)
            receipt = RemovalReceipt(lead_id=record.lead_id, into=into, recorded_at=to_datetime(at))
            self.stored.append(receipt)
            if at > before and into is not None and tellings_of(transaction.connection, into):
                lead = reading.leads_of(transaction.connection, [into]).get(into)
                retell(transaction, self.schema, into, lead)
                places.append(Moment(into, transaction.tick()))
        note_erased(transaction, self.erased)
        return places

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return what became of each."""
        parts = [
            as_json(NotStored(index=index, problem=one) if isinstance(one, Problem) else one)
            for index, one in enumerate(self.stored)
        ]
        return reply_of(parts, "removals") if self.many else Reply(CREATED, parts[0])


M = TypeVar("M", NewEvent, NewOutcome)


def _moved(transaction: Transaction, record: M) -> M:
    """Return a record of a lead that was merged as one of the lead that stays."""
    lead_id = transaction.staying(record.lead_id)
    return record if lead_id == record.lead_id else replace(record, lead_id=lead_id)

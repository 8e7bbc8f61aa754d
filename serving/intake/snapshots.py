"""A lead as a CRM has it now: told whenever something of it changes, in any order, and one record in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from features.records.clock import duration, to_microseconds
from features.records.leads.checking import BadLeadError, RecordReader
from features.settings.schema import LeadSchema
from serving.intake.erased import erased_person
from serving.intake.lead_checks import lenient_lead
from serving.intake.scoring import Moment
from serving.intake.tellings import Telling, record_of
from serving.schemas.fields import CHANGED_AT, TOLD_LEAD_KEYS
from serving.schemas.score import Problem
from serving.store import reading, retelling
from serving.store.accounts import account_key
from serving.store.records import Event, Lead, NewLead
from serving.store.removing import bring_back
from serving.store.tombstones import ErasedPeople
from serving.store.transaction import Transaction

RETRIED_FOR = duration(timedelta(days=7))
"""So long a message may be on its way."""


@dataclass(frozen=True)
class Snapshot:
    """A lead as it was at a moment (microseconds UTC).

    Attributes
    ----------
    is_dated
        Whether the message says so itself; otherwise the moment is when it came.
    """

    lead: NewLead
    at: int
    is_dated: bool = True


def read_snapshot(schema: LeadSchema, record: Mapping[str, Any], now: datetime) -> Snapshot:
    """Check a lead that is told as it is now; without `changed_at`, that is as of `now`.

    Raises
    ------
    BadLeadError
        If nobody can tell which lead it is, or of when it speaks.
    """
    reader = RecordReader(schema)
    if not reader.lead_id(record.get("lead_id")) and not reader.problems:
        reader.report("lead_id", "must be given", record.get("lead_id"), "say whose it is, by the CRM's id")
    at = reader.time(CHANGED_AT, record.get(CHANGED_AT), to_microseconds(now))
    if reader.problems:
        raise BadLeadError(reader.problems)
    lead = lenient_lead(schema, {name: record[name] for name in record.keys() & TOLD_LEAD_KEYS}, now, "")
    is_dated = reader.known(record.get(CHANGED_AT)) is not None
    return Snapshot(lead, min(at, to_microseconds(now)), is_dated)


@dataclass
class StoreSnapshots:
    """Leads by a CRM that sends all of a lead whenever something of it changes."""

    schema: LeadSchema
    records: Sequence[Snapshot | Problem]
    stored: list[Lead | Problem] = field(default_factory=list)

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store what is new, and have each lead scored as of its last new record."""
        self.stored = []
        places = []
        people = ErasedPeople(transaction, self.schema)
        for record in self.records:
            if isinstance(record, Problem):
                self.stored.append(record)
                continue
            if people.has(record.lead.lead_id, record.lead.fields):
                self.stored.append(erased_person(record.lead.lead_id))
                continue
            lead, at = tell(transaction, self.schema, record)
            self.stored.append(lead)
            if at > transaction.since:
                places.append(Moment(lead.lead_id, at))
        return places


def tell(transaction: Transaction, schema: LeadSchema, new: Snapshot) -> tuple[Lead, int]:
    """Store a telling of a lead and what follows from it; return the lead with the time of its last new record, 0 if there is none."""
    lead_id = transaction.staying(new.lead.lead_id)
    told = replace(new.lead, lead_id=lead_id)
    lead = reading.leads_of(transaction.connection, [lead_id]).get(lead_id)
    if lead is not None:
        retelling.keep_first(transaction, lead)
    if not new.is_dated and _is_fresh(transaction, new):
        new = replace(new, at=new.lead.created_at or new.at)
    retelling.keep_telling(transaction, told, new.at)
    bring_back(transaction, lead_id, new.at)
    changed = retell(transaction, schema, lead_id, lead, told)
    transaction.set_aside(lead_id, told.aside, transaction.latest)
    return changed


def _is_fresh(transaction: Transaction, new: Snapshot) -> bool:
    """Return whether an undated message may be taken to say what a new lead came with: whoever sends it tries for days, not for months."""
    created_at = new.lead.created_at
    is_recent = created_at is not None and new.at - created_at <= RETRIED_FOR
    return is_recent and not retelling.tellings_of(transaction.connection, transaction.staying(new.lead.lead_id))


def retell(
    transaction: Transaction, schema: LeadSchema, lead_id: str, lead: Lead | None, told: NewLead | None = None
) -> tuple[Lead, int]:
    """Bring a lead's record to what follows from all its tellings, and return it with the time of its last new record."""
    tellings = [Telling(*one) for one in retelling.tellings_of(transaction.connection, lead_id)]
    events = reading.standing_events(transaction.connection, lead_id)
    apart = [event for event in events if not event.from_snapshot]
    record = record_of(schema, lead_id, tellings, apart)
    account = account_key(schema, record.fields)
    as_it_came = NewLead(lead_id, record.fields, record.created_at, told.aside if told else (), account)
    if lead is None:
        lead, at = transaction.add_lead(as_it_came), transaction.latest
    else:
        lead, at = retelling.correct_lead(transaction, lead, as_it_came)
    implied = {event.key: event for event in events if event.from_snapshot}
    wanted = {event.key: event for event in record.events}
    for key in implied.keys() - wanted.keys():
        at = retelling.supersede(transaction, implied[key])
    for key in sorted(wanted.keys() - implied.keys()):
        at = max(at, retelling.imply(transaction, wanted[key]))
    return lead, at


def retell_answers(transaction: Transaction, schema: LeadSchema, events: Sequence[Event]) -> None:
    """Bring leads of which tellings are kept to what follows from answers that were told apart."""
    for lead_id in sorted({event.lead_id for event in events if event.kind in schema.answers}):
        lead = reading.leads_of(transaction.connection, [lead_id]).get(lead_id)
        if lead is not None and retelling.tellings_of(transaction.connection, lead_id):
            retell(transaction, schema, lead_id, lead)

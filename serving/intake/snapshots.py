"""A lead as a CRM has it now: new, or known already, and then what it answers otherwise than before has happened since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.clock import to_microseconds
from features.fields import BadValueError, encode, is_missing, text_of
from features.records import BadLeadError, RecordReader
from features.settings import LeadField, LeadSchema
from serving.intake.checks import read_lead
from serving.intake.members import CHANGED_AT, LEAD_KEYS
from serving.intake.scoring import Place
from serving.messages import Problem
from serving.store import reading
from serving.store.records import Event, Lead, NewEvent, NewLead, digest
from serving.store.transaction import Transaction


@dataclass(frozen=True)
class Snapshot:
    """A lead as it was at a moment (microseconds UTC)."""

    lead: NewLead
    at: int


def read_snapshot(schema: LeadSchema, record: Mapping[str, Any], now: datetime) -> Snapshot:
    """Check a lead that is told as it is now; without `changed_at`, that is as of `now`.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    lead = read_lead(schema, {name: record[name] for name in record.keys() & LEAD_KEYS}, now, "")
    reader = RecordReader(schema)
    if not lead.lead_id:
        reader.report("lead_id", "must be given", record.get("lead_id"), "say whose it is, by the CRM's id")
    at = reader.time(CHANGED_AT, record.get(CHANGED_AT), to_microseconds(now))
    if reader.problems:
        raise BadLeadError(reader.problems)
    return Snapshot(lead, min(at, to_microseconds(now)))


@dataclass
class ToldSnapshots:
    """Leads by a CRM that sends all of a lead whenever something of it changes.

    The first one is the lead as it came in. Of a later one, each answer that differs from what was known at its moment becomes
    an event, as if the CRM had told that; where it came from and who it is stay as they were, and what was said since holds.
    """

    schema: LeadSchema
    records: Sequence[Snapshot | Problem]
    stored: list[Lead | Problem] = field(default_factory=list)

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Store what is new, and have each lead scored as of its last new record."""
        self.stored = []
        places = []
        for record in self.records:
            if isinstance(record, Problem):
                self.stored.append(record)
                continue
            lead, at = self._write(transaction, record)
            self.stored.append(lead)
            if at > transaction.since:
                places.append(Place(lead.lead_id, at))
        return places

    def _write(self, transaction: Transaction, new: Snapshot) -> tuple[Lead, int]:
        """Store a lead or its changes, and return it with the time of its last record."""
        connection, lead_id = transaction.connection, new.lead.lead_id
        lead = reading.leads_of(connection, [lead_id]).get(lead_id)
        if lead is None:
            lead = transaction.add_lead(new.lead)
            return lead, lead.stored_at
        events = reading.events_of(connection, [lead_id]).get(lead_id, [])
        changes = [transaction.add_event(event) for event in changes_since(self.schema, lead, events, new)]
        return lead, max((event.stored_at for event in changes), default=0)


def changes_since(schema: LeadSchema, lead: Lead, events: Sequence[Event], new: Snapshot) -> list[NewEvent]:
    """Return, as events, the answers of a snapshot that differ from what was known at its moment and that nothing later corrects."""
    found = []
    for name, answer in schema.answers.items():
        value = new.lead.fields.get(name)
        told = [event for event in events if event.kind == name]
        last = max(told, key=lambda event: (event.occurred_at, event.stored_at), default=None)
        if value is None or is_missing(answer, value) or (last is not None and last.occurred_at > new.at):
            continue
        before = lead.fields.get(name) if last is None else last.text
        if not _is_same(schema, answer, before, value):
            # Salesforce tells whole seconds, in which an answer may change twice: the text tells such events apart.
            text = text_of(value)
            found.append(NewEvent(lead.lead_id, name, new.at, event_id=digest(text)[:16], text=text))
    return found


def _is_same(schema: LeadSchema, field: LeadField, before: Any, value: Any) -> bool:
    if is_missing(field, before):
        return False
    if field.type == "text":
        return text_of(before) == text_of(value)
    try:
        return encode(field, before, schema.zone) == encode(field, value, schema.zone)
    except BadValueError:  # told under settings of another time
        return False

"""Leads as they may be told: by a CRM, which can correct them, by a form, whose key is public, and by whom nobody can ask again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from features.records.clock import to_microseconds
from features.records.leads.checking import LeadProblem, RecordReader
from features.records.leads.set_aside import NOT_A_FIELD, NOT_A_FIELD_REMEDY, Sorted, aside_of, sort_out
from features.records.parsing.ids import LONGEST_ID
from features.records.parsing.values import PLAIN
from features.settings.schema import LeadSchema
from serving.intake.members import dated_value, members, past_time, refuse_broken
from serving.schemas.fields import TOLD_LEAD_KEYS
from serving.store.accounts import account_key
from serving.store.records import NewLead

FORM_ID = "form-"
"""How the ids begin that a form may name."""
FORM_TIME = "must be when the form's post arrives"


def read_lead(schema: LeadSchema, record: object, now: datetime, new_id: str) -> NewLead:
    """Check a lead that is told; one without an id takes `new_id`.

    A field that cannot be read is set aside, and costs nothing but itself. What says which lead it is, and when it came, is held to its rules:
    under another id or another day it would be another lead.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = members(reader, record, TOLD_LEAD_KEYS, "send {'fields': {...}}")
    fields = told.get("fields")
    if not isinstance(fields, Mapping):
        reader.fields(fields)
        fields = {}
    lead_id = reader.lead_id(told.get("lead_id"))
    created_at = past_time(reader, told, "created_at", now)
    refuse_broken(reader)
    since = to_microseconds(now) if created_at is None else created_at
    known = {name: _alone(value) if name in schema.fields else value for name, value in fields.items()}
    dated = {name: dated_value(schema, name, value) for name, value in known.items()}
    sorted_out = _in_time(schema, sort_out(schema, dated), since)
    account = account_key(schema, sorted_out.fields)
    return NewLead(lead_id or new_id, sorted_out.fields, created_at, sorted_out.aside, account)


def _alone(value: object) -> object:
    """Return the one member of a list, as some senders write every answer as a list of the options chosen; else the value."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], PLAIN) else value


def _in_time(schema: LeadSchema, read: Sorted, created_at: int) -> Sorted:
    """Set aside a day by which the lead is decided that had ended before it came in."""
    reader = RecordReader(schema)
    values, _ = reader.fields(read.fields)
    reader.deadline(read.fields, values, created_at)
    late = {str(schema.decided_by): reader.problems[0]} if reader.problems else {}
    aside = [aside_of(name, read.fields[name], problem) for name, problem in late.items()]
    kept = {name: value for name, value in read.fields.items() if name not in late}
    return Sorted(kept, (*read.aside, *(one for one in aside if one is not None)))


def lead_by_form(schema: LeadSchema, record: object, now: datetime, new_id: str) -> NewLead:
    """Check a lead that a form tells; what breaks a rule is set aside as by `lenient_lead`, and so is any time.

    A form's key is public: a lead that a stranger dates back would be learned from as one of then, and one of the next minutes would move
    the store's clock. An id of theirs could be the next one of a CRM, whose lead then found it taken: it is kept apart, under `form-`.

    Raises
    ------
    BadLeadError
        If it is no object with fields.
    """
    if isinstance(record, Mapping):
        record = _with_own_id(schema, record)
    if not isinstance(record, Mapping) or RecordReader(schema).known(record.get("created_at")) is None:
        return lenient_lead(schema, record, now, new_id)
    problem = LeadProblem("created_at", FORM_TIME, repr(record["created_at"])[:80], "send it with a key of role crm")
    aside = aside_of("created_at", record["created_at"], problem)
    lead = lenient_lead(schema, {name: record[name] for name in record if name != "created_at"}, now, new_id)
    return lead if aside is None else replace(lead, aside=(*lead.aside, aside))


def _with_own_id(schema: LeadSchema, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record whose id no CRM gives; one without a good id as it is."""
    reader = RecordReader(schema)
    given = reader.lead_id(record.get("lead_id"))
    if not given or reader.problems or given.startswith(FORM_ID):
        return record
    fits = len(given) <= LONGEST_ID - len(FORM_ID)
    return {
        **record,
        "lead_id": f"{FORM_ID}{given if fits else sha256(given.encode(errors='surrogatepass')).hexdigest()}",
    }


def lenient_lead(schema: LeadSchema, record: object, now: datetime, new_id: str) -> NewLead:
    """Check a lead that nobody can correct at once; an id or a time that breaks a rule is set aside too.

    Raises
    ------
    BadLeadError
        If it is no object with fields.
    """
    if not isinstance(record, Mapping):
        return read_lead(schema, record, now, new_id)
    sound, aside = dict(record), []
    for name in record:
        problem = _problem_beside(schema, name, record, now)
        if problem is not None:
            aside.append(aside_of(str(name), sound.pop(name), problem))
    lead = read_lead(schema, sound, now, new_id)
    return replace(lead, aside=(*lead.aside, *(one for one in aside if one is not None)))


def _problem_beside(schema: LeadSchema, name: str, record: Mapping[str, Any], now: datetime) -> LeadProblem | None:
    reader = RecordReader(schema)
    if name == "lead_id":
        reader.lead_id(record[name])
    elif name == "created_at":
        past_time(reader, record, name, now)
    elif name != "fields":
        return LeadProblem(name, NOT_A_FIELD, "", NOT_A_FIELD_REMEDY)
    return reader.problems[0] if reader.problems else None

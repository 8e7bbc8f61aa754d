"""What may be told to the service, one record at a time: held against the settings that the champion carries.

Content is kept as it was sent; what is checked here is that training and scoring will be able to read it.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np

from features.records.clock import duration, to_datetime, to_microseconds
from features.records.leads.checking import BadLeadError, LeadProblem, RecordReader
from features.records.leads.set_aside import NOT_A_FIELD, NOT_A_FIELD_REMEDY, Sorted, aside_of, sort_out
from features.records.parsing.amounts import AMOUNT_REMEDY, AMOUNT_RULE, is_no_amount
from features.records.parsing.ids import LONGEST_ID
from features.records.parsing.time_formats import is_filler_text
from features.records.parsing.values import LONGEST_TEXT, BadValueError, counted_time, parse_time, text_of
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema
from features.settings.source import AGENT_COLUMNS
from serving.schemas.fields import (
    CHANGED_AT,
    FEEDBACK_KEYS,
    LEAD_KEYS,
    MERGE_KEYS,
    OPEN,
    OPTIONAL_EVENT_KEYS,
    OPTIONAL_OUTCOME_KEYS,
    OUTCOME_KEYS,
    REMOVAL_KEYS,
    TOLD_EVENT_KEYS,
)
from serving.schemas.vocabulary import DIRECTIONS
from serving.store.accounts import account_key
from serving.store.records import NewEvent, NewFeedback, NewLead, NewOutcome, NewRemoval

R = TypeVar("R", NewEvent, NewOutcome)

FORM_ID = "form-"
"""How the ids begin that a form may name."""
DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d")
AHEAD = timedelta(hours=14)
"""So far the clocks of the first time zone are ahead of UTC's."""
FORM_TIME = "must be when the form's post arrives"
FAST_CLOCK = timedelta(minutes=5)
"""So far a sender's clock may be ahead of ours."""


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
    told = _mapping(reader, record, LEAD_KEYS, "send {'fields': {...}}")
    fields = told.get("fields")
    if not isinstance(fields, Mapping):
        reader.fields(fields)
        fields = {}
    lead_id = reader.lead_id(told.get("lead_id"))
    created_at = _past(reader, told, "created_at", now)
    _refuse(reader)
    since = to_microseconds(now) if created_at is None else created_at
    known = {name: _alone(value) if name in schema.fields else value for name, value in fields.items()}
    dated = {name: _dated(schema, name, value) for name, value in known.items()}
    sorted_out = _in_time(schema, sort_out(schema, dated), since)
    account = account_key(schema, sorted_out.fields)
    return NewLead(lead_id or new_id, sorted_out.fields, created_at, sorted_out.aside, account)


def _alone(value: object) -> object:
    """Return the one member of a list, as some senders write every answer as a list of the options chosen; else the value."""
    return (
        value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | int | float) else value
    )


def _dated(schema: LeadSchema, name: str, value: object) -> object:
    """Return the value of a field; one of a date that counts from 1970 as the date that it is, as a history reads no such numbers."""
    field = schema.fields.get(name)
    return counted_time(value) if field is not None and field.type == "date" else value


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
        _past(reader, record, name, now)
    elif name != "fields":
        return LeadProblem(name, NOT_A_FIELD, "", NOT_A_FIELD_REMEDY)
    return reader.problems[0] if reader.problems else None


def read_event(schema: LeadSchema, record: object, now: datetime) -> NewEvent:
    """Check an event that is told; what is not needed and breaks a rule is set aside. An event that is an answer needs the answer.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks otherwise.
    """
    kind = record.get("kind") if isinstance(record, Mapping) else None
    is_answer = isinstance(kind, str) and kind in schema.answers
    optional = OPTIONAL_EVENT_KEYS - ({"value", "text"} if is_answer else set())
    return _sparing(partial(_whole_event, schema, now=now), record, optional, "event")


def _whole_event(schema: LeadSchema, record: object, now: datetime) -> NewEvent:
    """Check an event with all its members.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, TOLD_EVENT_KEYS, "send {'lead_id': ..., 'kind': ..., 'occurred_at': ...}")
    lead_id = _lead_id(reader, told)
    occurred_at = _past(reader, told, "occurred_at", now, needed=True)
    kind = reader.kind("event", told.get("kind"))
    number = reader.event_value("event", kind, told)
    code = reader.actor("event", kind, told)
    actor = reader.known(told.get("actor"))
    text = _event_text(reader, kind, told)
    event_id, rep_id = _text(reader, told, "event_id", LONGEST_ID), _text(reader, told, "rep_id", LONGEST_ID)
    agent_name, agent_version = (_agent(reader, told, name, code) for name in AGENT_COLUMNS)
    _refuse(reader)
    return NewEvent(
        lead_id=lead_id,
        kind=kind,
        occurred_at=occurred_at or 0,
        event_id=event_id or "",
        value=None if kind in schema.answers or math.isnan(number) else number,
        text=text,
        actor=None if actor is None else str(actor),
        rep_id=rep_id,
        agent_name=agent_name,
        agent_version=agent_version,
    )


def _agent(reader: RecordReader, told: Mapping[str, Any], name: str, actor: int) -> str | None:
    """Return the name or version of the agent that acted, which nobody else has."""
    text = _text(reader, told, name, LONGEST_ID)
    if text is not None and (actor < 0 or ACTORS[actor] != "agent"):
        reader.report(name, "must come with the actor agent", text, "say actor = 'agent', or leave it out")
    return text


def read_outcome(schema: LeadSchema, record: object, now: datetime) -> NewOutcome:
    """Check an outcome that is told; an amount, a reason or a name that breaks a rule is set aside, and costs not the outcome.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks otherwise.
    """
    return _sparing(partial(_whole_outcome, schema, now=now), record, OPTIONAL_OUTCOME_KEYS, "outcome")


def _whole_outcome(schema: LeadSchema, record: object, now: datetime) -> NewOutcome:
    """Check an outcome with all its members; `won` may also be "open": what was told before is taken back.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, OUTCOME_KEYS, "send {'lead_id': ..., 'closed_at': ..., 'won': true}")
    lead_id = _lead_id(reader, told)
    won = told.get("won")
    is_open = won == OPEN
    if not isinstance(won, bool) and not is_open:
        rule, remedy = (
            "must be true or false, or 'open' to take it back",
            "say how it ended; a lead that is open has no outcome",
        )
        reader.report("won", rule, won, remedy)
    changed_at = _past(reader, told, CHANGED_AT, now)
    closed_at = _closed(reader, told, now, needed=not is_open)
    amount = reader.encoded(schema.number, "amount", told.get("amount"))
    if is_no_amount(np.array(amount)):
        reader.report("amount", AMOUNT_RULE, told.get("amount"), AMOUNT_REMEDY)
    reason = _text(reader, told, "reason", LONGEST_TEXT)
    rep_id, outcome_id = _text(reader, told, "rep_id", LONGEST_ID), _text(reader, told, "outcome_id", LONGEST_ID)
    _refuse(reader)
    return NewOutcome(
        lead_id=lead_id,
        closed_at=closed_at or changed_at or to_microseconds(now),
        won=won is True,
        amount=None if math.isnan(amount) else amount,
        reason=reason,
        rep_id=rep_id,
        outcome_id=outcome_id or "",
        recorded_at=changed_at,
        taken_back=is_open,
    )


def _sparing(read: Callable[[object], R], record: object, optional: Collection[str], name: str) -> R:
    """Return a record without its optional members that break a rule, which are set aside with it.

    Raises
    ------
    BadLeadError
        If any other rule is broken.
    """
    try:
        return read(record)
    except BadLeadError as error:
        broken = {problem.field: problem for problem in error.problems}
        if not isinstance(record, Mapping) or not broken.keys() <= set(optional):
            raise
        sound = read({member: value for member, value in record.items() if member not in broken})
        values = (aside_of(f"{name}.{member}", record[member], problem) for member, problem in broken.items())
        return replace(sound, aside=tuple(value for value in values if value is not None))


def _closed(reader: RecordReader, told: Mapping[str, Any], now: datetime, *, needed: bool) -> int | None:
    """Read when a lead was closed; a day without a clock that has begun somewhere is today, and counts as now."""
    given, at = told.get("closed_at"), to_microseconds(now)
    if isinstance(given, str) and DAY_ALONE.fullmatch(given.strip()):
        try:
            day = to_microseconds(parse_time(given, reader.schema.zone))
        except BadValueError:
            day = 0
        if at < day <= at + duration(AHEAD):
            return at
    return _past(reader, told, "closed_at", now, needed=needed)


def read_removal(schema: LeadSchema, record: object, now: datetime) -> NewRemoval:
    """Check which lead is deleted.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, REMOVAL_KEYS, "send {'lead_id': ...}")
    lead_id, at = _lead_id(reader, told), _past(reader, told, CHANGED_AT, now)
    _refuse(reader)
    return NewRemoval(lead_id, None, to_microseconds(now) if at is None else at)


def read_merge(schema: LeadSchema, record: object, now: datetime) -> NewRemoval:
    """Check which lead is merged into which.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, MERGE_KEYS, "send {'lead_id': (which stays), 'merged_id': (which goes)}")
    stays, at = _lead_id(reader, told), _past(reader, told, CHANGED_AT, now)
    goes = reader.lead_id(told.get("merged_id"))
    if not reader.problems and goes in ("", stays):
        reader.report("merged_id", "must be another lead's", told.get("merged_id"), "say which lead goes")
    _refuse(reader)
    return NewRemoval(goes, stays, to_microseconds(now) if at is None else at)


def read_feedback(schema: LeadSchema, record: object) -> NewFeedback:
    """Check what a rep says of a score.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, FEEDBACK_KEYS, "send {'lead_id': ..., 'agrees': false}")
    lead_id = _lead_id(reader, told)
    agrees = told.get("agrees")
    if not isinstance(agrees, bool):
        reader.report("agrees", "must be true or false", agrees, "say whether the score is right")
    direction = told.get("direction")
    if direction is not None and (agrees is True or direction not in DIRECTIONS):
        rule = f"must be {' or '.join(map(repr, DIRECTIONS))}, and come with agrees = false"
        reader.report("direction", rule, direction, "correct it, or leave it out")
    as_of = None if told.get("as_of") is None else reader.time("as_of", told["as_of"], 0)
    subject, comment = _text(reader, told, "subject", LONGEST_ID), _text(reader, told, "comment", LONGEST_TEXT)
    _refuse(reader)
    return NewFeedback(lead_id, agrees is True, as_of, subject, comment, direction if direction in DIRECTIONS else None)


def _mapping(reader: RecordReader, record: object, allowed: frozenset[str], remedy: str) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        reader.report("body", "must be an object", record, remedy)
        return {}
    reader.only("", record, allowed)
    return record


def _lead_id(reader: RecordReader, told: Mapping[str, Any]) -> str:
    lead_id = reader.lead_id(told.get("lead_id"))
    if not lead_id and not reader.problems:
        reader.report("lead_id", "must be given", told.get("lead_id"), "say whose it is, by the CRM's id")
    return lead_id


def _past(
    reader: RecordReader, told: Mapping[str, Any], name: str, now: datetime, *, needed: bool = False
) -> int | None:
    """Read a time that has been, by a clock that may be a little fast."""
    given, limit = told.get(name), to_microseconds(now) + duration(FAST_CLOCK)
    if reader.known(given) is None:
        if needed:
            reader.report(name, "must be given", given, "say when it happened")
        return None
    time = reader.time(name, given, limit)
    if isinstance(given, str) and is_filler_text(given):
        reader.report(name, "must be a time, not a day that stands for none", given, "correct it, or leave it out")
        return None
    if time > limit:
        rule = f"must not be later than now ({to_datetime(to_microseconds(now)).isoformat(timespec='seconds')})"
        reader.report(name, rule, given, "correct it, or the clock that told it")
    return time


def _event_text(reader: RecordReader, kind: str, told: Mapping[str, Any]) -> str | None:
    """Return an event's text; an answer is always kept as one, whichever of the two it came in."""
    given = reader.known(told.get("text"))
    if given is None and kind in reader.schema.answers:
        given = told.get("value")
    given = _dated(reader.schema, kind, given)
    if given is None or isinstance(given, str | int | float):
        return None if given is None else _short(reader, "text", text_of(given), LONGEST_TEXT)
    reader.report("text", "must be text", given, "write it in quotes")
    return None


def _text(reader: RecordReader, told: Mapping[str, Any], name: str, most: int) -> str | None:
    given = reader.known(told.get(name))
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int):
        reader.report(name, "must be text", given, "write it in quotes")
        return None
    return _short(reader, name, str(given), most)


def _short(reader: RecordReader, name: str, text: str, most: int) -> str:
    if len(text) > most:
        reader.report(name, f"must have at most {most:,} characters", text, "shorten it")
    return text


def _refuse(reader: RecordReader) -> None:
    if reader.problems:
        raise BadLeadError([_placed(problem) for problem in reader.problems])


def _placed(problem: LeadProblem) -> LeadProblem:
    return replace(problem, field=problem.field.removeprefix("event."))

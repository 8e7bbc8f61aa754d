"""What may be told to the service, one record at a time: held against the settings that the champion carries.

Content is kept as it was sent; what is checked here is that training and scoring will be able to read it.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from features.clock import duration, to_datetime, to_microseconds
from features.fields import LONGEST_TEXT, text_of
from features.ids import LONGEST_ID
from features.records import BadLeadError, Problem, RecordReader
from features.settings import LeadSchema
from serving.intake.members import FEEDBACK_KEYS, LEAD_KEYS, OUTCOME_KEYS, TOLD_EVENT_KEYS
from serving.store.records import DIRECTIONS, NewEvent, NewFeedback, NewLead, NewOutcome

FAST_CLOCK = timedelta(minutes=5)
"""So far a sender's clock may be ahead of ours."""


def read_lead(schema: LeadSchema, record: object, now: datetime, new_id: str) -> NewLead:
    """Check a lead that is told; one without an id takes `new_id`.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, LEAD_KEYS, "send {'fields': {...}}")
    fields = told.get("fields")
    reader.fields(fields)
    lead_id = reader.lead_id(told.get("lead_id"))
    created_at = _past(reader, told, "created_at", now)
    _refuse(reader)
    return NewLead(lead_id or new_id, dict(fields) if isinstance(fields, Mapping) else {}, created_at)


def read_event(schema: LeadSchema, record: object, now: datetime) -> NewEvent:
    """Check an event that is told.

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
    reader.actor("event", kind, told)
    actor = reader.known(told.get("actor"))
    text = _event_text(reader, kind, told)
    event_id, rep_id = _text(reader, told, "event_id", LONGEST_ID), _text(reader, told, "rep_id", LONGEST_ID)
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
    )


def read_outcome(schema: LeadSchema, record: object, now: datetime) -> NewOutcome:
    """Check an outcome that is told.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = _mapping(reader, record, OUTCOME_KEYS, "send {'lead_id': ..., 'closed_at': ..., 'won': true}")
    lead_id = _lead_id(reader, told)
    closed_at = _past(reader, told, "closed_at", now, needed=True)
    won = told.get("won")
    if not isinstance(won, bool):
        reader.report("won", "must be true or false", won, "say how it ended; a lead that is open has no outcome")
    amount = reader.encoded(schema.number, "amount", told.get("amount"))
    reason = _text(reader, told, "reason", LONGEST_TEXT)
    rep_id, outcome_id = _text(reader, told, "rep_id", LONGEST_ID), _text(reader, told, "outcome_id", LONGEST_ID)
    _refuse(reader)
    return NewOutcome(
        lead_id=lead_id,
        closed_at=closed_at or 0,
        won=won is True,
        amount=None if math.isnan(amount) else amount,
        reason=reason,
        rep_id=rep_id,
        outcome_id=outcome_id or "",
    )


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
    if time > limit:
        rule = f"must not be later than now ({to_datetime(to_microseconds(now)).isoformat(timespec='seconds')})"
        reader.report(name, rule, given, "correct it, or the clock that told it")
    return time


def _event_text(reader: RecordReader, kind: str, told: Mapping[str, Any]) -> str | None:
    """Return an event's text; an answer is always kept as one, whichever of the two it came in."""
    given = reader.known(told.get("text"))
    if given is None and kind in reader.schema.answers:
        given = told.get("value")
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


def _placed(problem: Problem) -> Problem:
    return replace(problem, field=problem.field.removeprefix("event."))

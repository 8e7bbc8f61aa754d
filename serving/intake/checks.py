"""Events, outcomes, removals and feedback as they may be told, one at a time: held against the settings that the champion carries.

Content is kept as it was sent; what is checked here is that training and scoring will be able to read it.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import numpy as np

from features.records.clock import duration, to_microseconds
from features.records.leads.checking import BadLeadError, RecordReader
from features.records.leads.set_aside import aside_of
from features.records.parsing.amounts import AMOUNT_REMEDY, AMOUNT_RULE, is_no_amount
from features.records.parsing.ids import LONGEST_ID
from features.records.parsing.values import LONGEST_TEXT, BadValueError, parse_time, text_of
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema
from features.settings.source import AGENT_COLUMNS
from serving.intake.members import dated_value, member_text, members, past_time, refuse_broken, short, whose
from serving.schemas.fields import (
    CHANGED_AT,
    FEEDBACK_KEYS,
    MERGE_KEYS,
    OPEN,
    OPTIONAL_EVENT_KEYS,
    OPTIONAL_OUTCOME_KEYS,
    OUTCOME_KEYS,
    REMOVAL_KEYS,
    TOLD_EVENT_KEYS,
)
from serving.schemas.vocabulary import DIRECTIONS
from serving.store.records import NewEvent, NewFeedback, NewOutcome, NewRemoval

R = TypeVar("R", NewEvent, NewOutcome)

DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d")
AHEAD = timedelta(hours=14)
"""So far the clocks of the first time zone are ahead of UTC's."""


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
    told = members(reader, record, TOLD_EVENT_KEYS, "send {'lead_id': ..., 'kind': ..., 'occurred_at': ...}")
    lead_id = whose(reader, told)
    occurred_at = past_time(reader, told, "occurred_at", now, needed=True)
    kind = reader.kind("event", told.get("kind"))
    number = reader.event_value("event", kind, told)
    code = reader.actor("event", kind, told)
    actor = reader.known(told.get("actor"))
    text = _event_text(reader, kind, told)
    event_id, rep_id = (
        member_text(reader, told, "event_id", LONGEST_ID),
        member_text(reader, told, "rep_id", LONGEST_ID),
    )
    agent_name, agent_version = (_agent(reader, told, name, code) for name in AGENT_COLUMNS)
    refuse_broken(reader)
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
    text = member_text(reader, told, name, LONGEST_ID)
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
    told = members(reader, record, OUTCOME_KEYS, "send {'lead_id': ..., 'closed_at': ..., 'won': true}")
    lead_id = whose(reader, told)
    won = told.get("won")
    is_open = won == OPEN
    if not isinstance(won, bool) and not is_open:
        rule, remedy = (
            "must be true or false, or 'open' to take it back",
            "say how it ended; a lead that is open has no outcome",
        )
        reader.report("won", rule, won, remedy)
    changed_at = past_time(reader, told, CHANGED_AT, now)
    closed_at = _closed(reader, told, now, needed=not is_open)
    amount = reader.encoded(schema.number, "amount", told.get("amount"))
    if is_no_amount(np.array(amount)):
        reader.report("amount", AMOUNT_RULE, told.get("amount"), AMOUNT_REMEDY)
    reason = member_text(reader, told, "reason", LONGEST_TEXT)
    rep_id, outcome_id = (
        member_text(reader, told, "rep_id", LONGEST_ID),
        member_text(reader, told, "outcome_id", LONGEST_ID),
    )
    refuse_broken(reader)
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
    return past_time(reader, told, "closed_at", now, needed=needed)


def read_removal(schema: LeadSchema, record: object, now: datetime) -> NewRemoval:
    """Check which lead is deleted.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = members(reader, record, REMOVAL_KEYS, "send {'lead_id': ...}")
    lead_id, at = whose(reader, told), past_time(reader, told, CHANGED_AT, now)
    refuse_broken(reader)
    return NewRemoval(lead_id, None, to_microseconds(now) if at is None else at)


def read_merge(schema: LeadSchema, record: object, now: datetime) -> NewRemoval:
    """Check which lead is merged into which.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = members(reader, record, MERGE_KEYS, "send {'lead_id': (which stays), 'merged_id': (which goes)}")
    stays, at = whose(reader, told), past_time(reader, told, CHANGED_AT, now)
    goes = reader.lead_id(told.get("merged_id"))
    if not reader.problems and goes in ("", stays):
        reader.report("merged_id", "must be another lead's", told.get("merged_id"), "say which lead goes")
    refuse_broken(reader)
    return NewRemoval(goes, stays, to_microseconds(now) if at is None else at)


def read_feedback(schema: LeadSchema, record: object) -> NewFeedback:
    """Check what a rep says of a score.

    Raises
    ------
    BadLeadError
        Naming every rule that it breaks.
    """
    reader = RecordReader(schema)
    told = members(reader, record, FEEDBACK_KEYS, "send {'lead_id': ..., 'agrees': false}")
    lead_id = whose(reader, told)
    agrees = told.get("agrees")
    if not isinstance(agrees, bool):
        reader.report("agrees", "must be true or false", agrees, "say whether the score is right")
    direction = told.get("direction")
    if direction is not None and (agrees is True or direction not in DIRECTIONS):
        rule = f"must be {' or '.join(map(repr, DIRECTIONS))}, and come with agrees = false"
        reader.report("direction", rule, direction, "correct it, or leave it out")
    as_of = None if told.get("as_of") is None else reader.time("as_of", told["as_of"], 0)
    subject, comment = (
        member_text(reader, told, "subject", LONGEST_ID),
        member_text(reader, told, "comment", LONGEST_TEXT),
    )
    refuse_broken(reader)
    return NewFeedback(lead_id, agrees is True, as_of, subject, comment, direction if direction in DIRECTIONS else None)


def _event_text(reader: RecordReader, kind: str, told: Mapping[str, Any]) -> str | None:
    """Return an event's text; an answer is always kept as one, whichever of the two it came in."""
    given = reader.known(told.get("text"))
    if given is None and kind in reader.schema.answers:
        given = told.get("value")
    given = dated_value(reader.schema, kind, given)
    if given is None or isinstance(given, str | int | float):
        return None if given is None else short(reader, "text", text_of(given), LONGEST_TEXT)
    reader.report("text", "must be text", given, "write it in quotes")
    return None

"""From all that a CRM has told of a lead, in whatever order it came, to one record: pure, so that no order makes a difference.

Each telling says how the lead was at a moment. An answer counts as of the moment of the first telling in a row that gives it; one that a
telling gives at the lead's creation is what the lead came with. Channels and profile come from the earliest telling
that has them, contacts from the latest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from features.records.clock import duration
from features.records.parsing.values import BadValueError, encode, is_missing, text_of
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.store.records import Event, NewEvent, digest

AT_CREATION = duration(timedelta(hours=1))
"""So long after its creation a telling still says what the lead came with: CRMs tell of a new lead when its form is through."""


@dataclass(frozen=True)
class Telling:
    """A lead as it was at a moment (microseconds UTC), and when it says that the lead was created."""

    at: int
    created_at: int | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class MergedLead:
    """What follows from all tellings: the lead as it came in, and its answers since."""

    created_at: int
    fields: Mapping[str, Any]
    events: tuple[NewEvent, ...]


def record_of(
    schema: LeadSchema, lead_id: str, tellings: Sequence[Telling], told_apart: Iterable[Event] = ()
) -> MergedLead:
    """Return the record that follows from at least one telling and from the answers that were told apart, as events.

    What was told apart stands as it is: an answer of a telling that says the same as the one before adds nothing.
    """
    ordered = sorted(tellings, key=lambda one: (one.at, digest(one.fields)))
    told = [one.created_at for one in ordered if one.created_at is not None]
    created_at = min([*told, ordered[0].at])  # whoever was told of at a moment had come in by then
    fields, events = _beside(schema, ordered), []
    apart = list(told_apart)
    for name, field in schema.answers.items():
        given = _course(schema, name, field, ordered, [event for event in apart if event.kind == name])
        if given and given[0][2] is None and given[0][0] <= created_at + AT_CREATION:
            fields[name] = given.pop(0)[1]
        events += [_event(lead_id, name, at, value) for at, value, event in given if event is None]
    named = {name: fields[name] for name in schema.fields if name in fields}
    return MergedLead(created_at, named, tuple(events))


def _beside(schema: LeadSchema, ordered: Sequence[Telling]) -> dict[str, Any]:
    """Return what is no answer: of contacts what was told last, of anything else what was told first."""
    fields: dict[str, Any] = {}
    for telling in ordered:
        for name, value in telling.fields.items():
            field = schema.fields.get(name)
            if field is None or field.role == "answer" or is_missing(field, value):
                continue
            if field.role == "contact" or name not in fields:
                fields[name] = value
    return fields


Given = tuple[int, Any, Event | None]


def _course(
    schema: LeadSchema, name: str, field: LeadField, ordered: Sequence[Telling], events: Iterable[Event]
) -> list[Given]:
    """Return how an answer changed: when, to what, and by which event, if it was told apart."""
    given: list[Given] = [
        (one.at, one.fields[name], None)
        for one in ordered
        if name in one.fields and not is_missing(field, one.fields[name])
    ]
    given += [(event.occurred_at, event.value if event.text is None else event.text, event) for event in events]
    given.sort(key=lambda one: (one[0], one[2] is not None, text_of(one[1]) if one[1] is not None else ""))
    changes: list[Given] = []
    for one in given:
        if one[2] is not None or not changes or not is_same(schema, field, changes[-1][1], one[1]):
            changes.append(one)
    return changes


def _event(lead_id: str, name: str, at: int, value: Any) -> NewEvent:
    # Salesforce tells whole seconds, in which an answer may change twice: the text tells such events apart.
    text = text_of(value)
    return NewEvent(lead_id, name, at, event_id=digest(text)[:16], text=text, recorded_at=at, from_snapshot=True)


def is_same(schema: LeadSchema, field: LeadField, before: Any, value: Any) -> bool:
    """Return whether two values say the same in a field."""
    if is_missing(field, before) or is_missing(field, value):
        return False
    if field.type == "text":
        return text_of(before) == text_of(value)
    try:
        return encode(field, before, schema.zone) == encode(field, value, schema.zone)
    except BadValueError:  # told under settings of another time
        return False

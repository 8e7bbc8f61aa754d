"""What a rep wants to know before a call: whether it is expected, who spoke last, and what was said."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from features.settings.fields import LeadField
from features.settings.ladder import StepCondition
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import label, nouns, number
from models.decision.ladder_rules import rules
from serving.pages.next_step import Wish
from serving.pages.words import ago, day
from serving.store.records import Event, Lead

Facts = Iterator[tuple[str, str]]


def call(lead: Lead, events: Sequence[Event], schema: LeadSchema, now: int) -> Facts:
    """Yield by name what is known for a call."""
    yield "Do they expect a call?", _expected(lead, events, schema, now)
    came = [
        f"{label(name, field)} “{lead.fields[name]}”"
        for name, field in schema.fields.items()
        if field.role == "channel" and not _is_missing(lead.fields.get(name), field.missing)
    ]
    if came:
        yield "Where they came from", ", ".join(came)
    of_lead, of_us = ([event for event in events if actor(event, schema) == who] for who in ("lead", "rep"))
    if of_lead or of_us:
        both = sorted((*of_lead, *of_us), key=lambda event: event.occurred_at)
        yield "Who spoke last", "the lead" if actor(both[-1], schema) == "lead" else "we did"
    yield "Last heard from the lead", _last(of_lead, schema, now)
    yield "Last reached out", _last(of_us, schema, now)
    needs = list(_needs(lead, events, schema))
    if needs:
        yield "What they said they need", "; ".join(needs)


def said(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> Facts:
    """Yield what is known of a lead: the latest answer of each field, under the words that people use for it."""
    for name, field, value in _known(lead, events, schema):
        yield label(name, field), spoken(value, field)


def actor(event: Event, schema: LeadSchema) -> str | None:
    """Return who acted: as the record says, or else the settings; an answer is the lead's."""
    kind = schema.kinds.get(event.kind)
    return event.actor or (kind.actor if kind else "lead")


def in_words(event: Event, schema: LeadSchema) -> str:
    """Say what happened."""
    if event.kind in schema.kinds:
        singular, _ = nouns(schema, event.kind)
        return f"{singular}: {event.text}" if event.text else singular
    told = event.text if event.text is not None else event.value
    field = schema.fields.get(event.kind)
    name = label(event.kind, field) if field else event.kind
    return f"said {name}: {spoken(told, field)}" if told is not None else f"withdrew {name}"


def spoken(value: object, field: LeadField | None = None) -> str:
    """Say a value as it was given; what a field holds as a date, by its day."""
    if field is not None and field.type == "date":
        try:
            return day(datetime.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(float(value)) if isinstance(value, int | float) else str(value)


def _last(events: Sequence[Event], schema: LeadSchema, now: int) -> str:
    if not events:
        return "never"
    last = max(events, key=lambda event: event.occurred_at)
    return f"{ago(last.occurred_at, now)}: {in_words(last, schema)}"


def _known(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> Iterator[tuple[str, LeadField, object]]:
    later = {event.kind: event.text if event.text is not None else event.value for event in events}
    for name, field in schema.fields.items():
        value = later.get(name, lead.fields.get(name))
        if field.role not in ("late", "contact") and not _is_missing(value, field.missing):
            yield name, field, value


def _needs(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> Iterator[str]:
    """Yield what a lead said of its need: words speak for themselves, other answers under their name."""
    for name, field, value in _known(lead, events, schema):
        if field.role == "answer" and field.obstacle == "need":
            words = field.type in ("category", "text")
            yield spoken(value, field) if words else f"{label(name, field)}: {spoken(value, field)}"


def _expected(lead: Lead, events: Sequence[Event], schema: LeadSchema, now: int) -> str:
    """Say whether a lead has asked to be contacted, by what makes a prospect of it."""
    asked = list(_requests(lead, events, schema))
    if asked:
        at, words = max(asked)
        return f"Yes, they asked {ago(at, now)}, on {day(at, schema.zone)}: {words}"
    if wish_of(lead, events, schema) == "refused":
        return "No, they have said that they do not"
    return "Not that we know: they have not asked for one"


def wish_of(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> Wish:
    """Return whether a lead wants to be contacted, by what makes a prospect of it."""
    if any(_requests(lead, events, schema)):
        return "asked"
    names = [str(one.field) for one in _conditions(schema) if one.field]
    answers = {name: _answer(name, lead, events)[1] for name in names}
    said = any(not _is_missing(answer, schema.fields[name].missing) for name, answer in answers.items())
    return "refused" if said else "unknown"


def last_activity(events: Sequence[Event], schema: LeadSchema) -> int | None:
    """Return when the lead or we last did something (microseconds UTC); None if never."""
    return max((one.occurred_at for one in events if actor(one, schema) in ("lead", "rep")), default=None)


def _conditions(schema: LeadSchema) -> list[StepCondition]:
    return [condition for one in rules(schema)["prospect"] or () for condition in one.any_of]


def _requests(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> Iterator[tuple[int, str]]:
    for condition in _conditions(schema):
        yield from _asked(condition, lead, events, schema)


def _asked(
    condition: StepCondition, lead: Lead, events: Sequence[Event], schema: LeadSchema
) -> Iterator[tuple[int, str]]:
    """Yield when a lead asked for contact by a condition, and how."""
    if condition.kind is not None:
        for event in events:
            if event.kind == condition.kind:
                yield event.occurred_at, in_words(event, schema)
        return
    name = str(condition.field)
    at, value = _answer(name, lead, events)
    field = schema.fields[name]
    if field.type == "flag":
        holds = spoken(value).lower() in ("yes", "true", "1")
    else:
        holds = spoken(value) in condition.values if condition.values else not _is_missing(value, field.missing)
    if holds:
        yield at, f"{label(name, field)}: {spoken(value)}"


def _answer(name: str, lead: Lead, events: Sequence[Event]) -> tuple[int, object]:
    """Return when the latest answer to a question was given, and what."""
    given = [event for event in events if event.kind == name]
    if not given:
        return lead.created_at, lead.fields.get(name)
    last = given[-1]
    return last.occurred_at, last.text if last.text is not None else last.value


def _is_missing(value: object, missing: Sequence[str] | Mapping[str, str]) -> bool:
    return value in (None, "", *missing)

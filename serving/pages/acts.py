"""What may be done with a lead on its page, what was done, and what that has made of the score; in words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from secrets import token_hex

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from models.close.reasons.sentences import label, nouns
from serving.analytics.what_if import chosen_text
from serving.pages.causes import causes
from serving.pages.words import day, whole_percent
from serving.schemas.records import Change
from serving.store.records import DoneAct, StoredScore

BY_TELEPHONE = re.compile(r"\b(call|phone|telephone|ring|dial|anruf|telefonat|appel|llamada|chiamata)", re.IGNORECASE)
"""A kind of event whose name says that somebody is rung up."""
NOT_REACHED = "not reached"
LOSSES = ("no need", "no money", "no hurry", "no desire", "no trust", "not a buyer")
"""Reasons that are offered; any other may be written."""


@dataclass(frozen=True)
class Choice:
    """One answer that may be given: `value` as it is stored, and in words."""

    value: str
    words: str


@dataclass(frozen=True)
class Field:
    """A question with how it is answered on a page: by choices or, without any, by an input of a type."""

    name: str
    label: str
    ask: str
    choices: tuple[Choice, ...]
    input: str
    chosen: str


@dataclass(frozen=True)
class Offers:
    """What may be done with a lead now.

    Attributes
    ----------
    act_id
        What the next act is called; a form that is sent twice does one thing.
    kinds
        Events that may be logged, by (kind, words).
    call
        The kind that not having reached somebody is one of; empty where none is by telephone.
    owners
        Who else owns leads.
    """

    act_id: str
    kinds: tuple[tuple[str, str], ...]
    call: str
    owners: tuple[str, ...]
    losses: tuple[str, ...] = LOSSES


@dataclass(frozen=True)
class Done:
    """An act just done: what is kept of it, and what it has made of the score; `act_id` is empty once it cannot be undone."""

    act_id: str
    words: str
    moved: str
    causes: str


def offers(schema: LeadSchema, owners: Sequence[str]) -> Offers:
    """Return what may be done with a lead."""
    logged = [name for name, kind in schema.kinds.items() if (kind.actor or "lead") in ("rep", "lead")]
    logged.sort(key=lambda name: schema.kinds[name].actor != "rep")  # stable: what we do comes first
    return Offers(
        act_id=token_hex(8),
        kinds=tuple((name, nouns(schema, name)[0]) for name in logged),
        call=call_kind(schema),
        owners=tuple(owners),
    )


def call_kind(schema: LeadSchema) -> str:
    """Return the kind of event that a call of ours is; empty where none says so."""
    named = (
        name for name in schema.rep_kinds if BY_TELEPHONE.search(f"{name.replace('_', ' ')} {nouns(schema, name)[0]}")
    )
    return next(named, "")


def answer_fields(schema: LeadSchema, given: dict[str, object]) -> tuple[Field, ...]:
    """Return every question with how it is answered, and what was answered last."""
    return tuple(answer_field(name, field, given.get(name)) for name, field in schema.answers.items())


def answer_field(name: str, field: LeadField, given: object = None) -> Field:
    """Return how a question is answered on a page."""
    choices = tuple(Choice(value, value) for value in field.values)
    if field.type == "flag":
        choices = (Choice("true", "yes"), Choice("false", "no"))
    kind = {"number": "number", "date": "date"}.get(field.type, "text")
    return Field(name, label(name, field), field.ask, choices, kind, chosen_text(field, given))


def act_in_words(act: DoneAct, schema: LeadSchema, currency: str) -> str:
    """Say what was done, as it is kept."""
    match act.kind:
        case "answer":
            field = schema.fields.get(act.about or "")
            name = label(act.about or "", field) if field else act.about
            return f"{name}: “{_answer(act.text, field)}”"
        case "event":
            noun = nouns(schema, act.about)[0] if act.about in schema.kinds else act.about or ""
            return f"{noun}: “{act.text}”" if act.text else noun
        case "missed":
            return NOT_REACHED
        case "won":
            return f"won for {act.text} {currency}".rstrip() if act.text else "won"
        case "lost":
            return f"lost: “{act.text}”" if act.text else "lost"
        case "reopened":
            return "open again"
        case "owner":
            return f"given to {act.text}"
        case "remind":
            when = "" if act.due_at is None else f" on {day(act.due_at, schema.zone)}"
            return f"reminder{when}: “{act.text}”" if act.text else f"reminder{when}"
        case "note":
            return f"note: “{act.text}”"


def _answer(text: str | None, field: LeadField | None) -> str:
    if field is not None and field.type == "flag":
        return "yes" if text == "true" else "no"
    return text or ""


def done(
    act: DoneAct,
    around: Sequence[StoredScore],
    change: Change | None,
    schema: LeadSchema,
    currency: str,
    *,
    undoable: bool,
) -> Done:
    """Return an act just done.

    Parameters
    ----------
    around
        The scores before and after it, if it has made a new one.
    change
        Why the one is another than the other; None where that cannot be told.
    """
    moved, why = "", ""
    if len(around) == 2:
        before, after = (round(TENTHS * score.probability) for score in around)
        moved = f"The score went from {whole_percent(before)} to {whole_percent(after)}"
        if round(before / 10) == round(after / 10):
            moved = f"The score stays at {whole_percent(after)}"
        why = "" if change is None else ", ".join(causes(after - before, change, schema))
    return Done(act.act_id if undoable else "", act_in_words(act, schema, currency), moved, why)


def due(acts: Iterable[DoneAct], schema: LeadSchema, now: int) -> tuple[str, ...]:
    """Return the reminders of a lead in words, the earliest first."""
    some = [(act.due_at, act) for act in acts if act.kind == "remind" and act.due_at is not None]
    ordered = sorted(some, key=lambda one: one[0])
    return tuple(_reminder(act, due_at, schema, now) for due_at, act in ordered)


def _reminder(act: DoneAct, due_at: int, schema: LeadSchema, now: int) -> str:
    when = f"Due since {day(due_at, schema.zone)}" if due_at <= now else f"On {day(due_at, schema.zone)}"
    return f"{when}: {act.text or 'call'} ({act.by})"

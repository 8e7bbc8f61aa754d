"""What happened to a lead, with the course of its score and what moved it each time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

from features.records.clock import to_microseconds
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from models.close.reasons.sentences import number
from serving.analytics.life import Point
from serving.pages.acts import act_in_words
from serving.pages.call import actor, in_words
from serving.pages.causes import causes
from serving.pages.drawing import CoursePicture, draw_course
from serving.pages.words import minute, moved_to, percent_of_tenths
from serving.schemas.records import Change
from serving.schemas.score import Score
from serving.store.records import DoneAct, Event, Lead, Outcome

BESIDE = ("owner", "remind", "note")
"""Acts that are no event and no outcome."""
WHO = {"lead": "lead", "rep": "us", "marketing": "marketing", "agent": "agent"}


Moment = tuple[int, str, str]
"""When something happened, who did it, and what, in words."""


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline."""

    at: int
    time: str
    who: str
    words: str


def timeline(
    lead: Lead,
    events: Iterable[Event],
    outcomes: Iterable[Outcome],
    scores: Sequence[Score],
    changes: Sequence[Change | None],
    schema: LeadSchema,
    currency: str = "",
    acts: Iterable[DoneAct] = (),
) -> tuple[TimelineEntry, ...]:
    """Return everything that happened, the latest first; changes are those of each score but the first, none where nobody asked for them."""
    entries = [*_records(lead, events, outcomes, schema, currency), *_moves(scores, changes, schema)]
    entries += [(act.stored_at, act.by, act_in_words(act, schema, currency)) for act in acts if act.kind in BESIDE]
    ordered = sorted(entries, key=lambda entry: -entry[0])
    return tuple(TimelineEntry(at, minute(at, schema.zone), who, words) for at, who, words in ordered)


def course(
    life: Sequence[Point], scores: Sequence[Score], events: Iterable[Event], schema: LeadSchema
) -> CoursePicture | None:
    """Return the course of a lead's score with what happened; None where there are fewer than two moments of it."""
    happened = [(event.occurred_at, actor(event, schema) or "", in_words(event, schema)) for event in events]
    return draw_course(life, scores, happened, schema.zone)


def _records(
    lead: Lead, events: Iterable[Event], outcomes: Iterable[Outcome], schema: LeadSchema, currency: str
) -> Iterator[Moment]:
    yield (lead.created_at, "lead", "came in")
    for event in events:
        yield (event.occurred_at, WHO.get(actor(event, schema) or "", ""), in_words(event, schema))
    for outcome in outcomes:
        yield (outcome.closed_at, "outcome", ending(outcome, currency))


def ending(outcome: Outcome, currency: str = "") -> str:
    """Say how a lead ended, or that it is open again."""
    if outcome.taken_back:
        return "open again"
    if outcome.won:
        return "won" if outcome.amount is None else f"won for {number(outcome.amount)} {currency}".rstrip()
    return f"lost, because: {outcome.reason}" if outcome.reason else "lost"


def _moves(scores: Sequence[Score], changes: Sequence[Change | None], schema: LeadSchema) -> Iterator[Moment]:
    if not scores:
        return
    yield (to_microseconds(scores[0].as_of), "score", f"first scored: {percent_of_tenths(_tenths(scores[0]))}")
    for (before, score), change in zip(pairwise(scores), changes or repeat(None), strict=False):
        yield (to_microseconds(score.as_of), "score", _move(before, score, change, schema))


def _move(before: Score, score: Score, change: Change | None, schema: LeadSchema) -> str:
    now, moved = percent_of_tenths(_tenths(score)), _tenths(score) - _tenths(before)
    parts = [] if change is None else causes(moved, change, schema)
    if not moved and not parts:
        return f"scored again: {now}, as before"
    way = moved_to(moved, _tenths(score)) if moved else f"stays at {now}"
    return f"{way}: {', '.join(parts)}" if parts else way


def _tenths(score: Score) -> int:
    return round(score.probability * TENTHS)

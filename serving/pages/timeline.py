"""What happened to a lead, with the course of its score and what moved it each time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

from features.clock import to_microseconds
from features.settings import LeadSchema
from models.close.sentences import number
from models.close.waterfall import TENTHS, share_out
from serving.messages import Score
from serving.pages.call import actor, in_words
from serving.pages.drawing import CoursePicture, draw_course
from serving.pages.words import minute, moved_to, percent, points
from serving.receipts import Change
from serving.store.records import Event, Lead, Outcome

WHO = {"lead": "lead", "rep": "us", "marketing": "marketing"}


@dataclass(frozen=True)
class Entry:
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
) -> tuple[Entry, ...]:
    """Return everything that happened, the latest first; changes are those of each score but the first, none where nobody asked for them."""
    entries = [*_records(lead, events, outcomes, schema), *_moves(scores, changes)]
    return tuple(sorted(entries, key=lambda entry: -entry.at))


def course(scores: Sequence[Score]) -> CoursePicture | None:
    """Return the course of the scores, the earliest first; None of fewer than two."""
    places = [(to_microseconds(score.as_of), score.probability) for score in scores]
    labels = [f"{minute(score.as_of)}: {percent(_tenths(score))}" for score in scores]
    return draw_course(places, labels)


def _records(lead: Lead, events: Iterable[Event], outcomes: Iterable[Outcome], schema: LeadSchema) -> Iterator[Entry]:
    yield _entry(lead.created_at, "lead", "came in")
    for event in events:
        yield _entry(event.occurred_at, WHO.get(actor(event, schema) or "", ""), in_words(event, schema))
    for outcome in outcomes:
        yield _entry(outcome.closed_at, "outcome", ending(outcome))


def ending(outcome: Outcome) -> str:
    """Say how a lead ended."""
    if outcome.won:
        return "won" if outcome.amount is None else f"won for {number(outcome.amount)}"
    return f"lost, because: {outcome.reason}" if outcome.reason else "lost"


def _moves(scores: Sequence[Score], changes: Sequence[Change | None]) -> Iterator[Entry]:
    if not scores:
        return
    yield _entry(to_microseconds(scores[0].as_of), "score", f"first scored: {percent(_tenths(scores[0]))}")
    for (before, score), change in zip(pairwise(scores), changes or repeat(None), strict=False):
        yield _entry(to_microseconds(score.as_of), "score", _move(before, score, change))


def _move(before: Score, score: Score, change: Change | None) -> str:
    now, moved = percent(_tenths(score)), _tenths(score) - _tenths(before)
    parts = [] if change is None else split(moved, change)
    if not moved and not parts:
        return f"scored again: {now}, as before"
    way = moved_to(moved, _tenths(score)) if moved else f"stays at {now}"
    return f"{way}: {', '.join(parts)}" if parts else way


def split(moved: int, change: Change) -> list[str]:
    """Say what each part of a change did, in tenths of a point that add up to the move; a part that did nothing is not said."""
    parts = {"what it did and said": change.records, "time": change.time, "a new model": change.model}
    exact = [TENTHS * part.points for part in parts.values()]
    shares = share_out(moved, exact)
    told = [(name, tenths) for name, tenths in zip(parts, shares, strict=True) if tenths]
    if len(told) == 1:
        return [f"all of it {told[0][0]}"]
    return [f"{points(tenths)} {name}" for name, tenths in told]


def _tenths(score: Score) -> int:
    return round(score.probability * TENTHS)


def _entry(at: int, who: str, words: str) -> Entry:
    return Entry(at, minute(at), who, words)

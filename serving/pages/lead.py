"""What the page of one lead says: why its score is what it is, what to ask, what became of leads like it, and what happened.

Compute, then show: this module turns stored records into words and numbers; `templates/lead.html` lays them out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from features.settings import LeadSchema
from serving.messages import Score
from serving.pages.asking import Asked, to_ask
from serving.pages.call import call, said
from serving.pages.drawing import CoursePicture
from serving.pages.feedback import Said
from serving.pages.feedback import said as said_in_words
from serving.pages.likeness import Likeness, likeness
from serving.pages.queue import lead_path
from serving.pages.timeline import Entry, course, ending, timeline
from serving.pages.why import Why, why
from serving.pages.words import ago, day
from serving.receipts import Change, SimilarLeads
from serving.store.reading import standing
from serving.store.records import Event, GivenFeedback, Lead, Outcome


@dataclass(frozen=True)
class Known:
    """What the service knows of a lead.

    Attributes
    ----------
    events, outcomes
        In the order in which they were recorded.
    scores
        The earliest first.
    changes
        Of each score but the first, from the one before.
    similar
        None of a lead without a score.
    opinions
        What people have said of the scores.
    """

    lead: Lead
    events: Sequence[Event] = ()
    outcomes: Sequence[Outcome] = ()
    scores: Sequence[Score] = ()
    changes: Sequence[Change | None] = ()
    similar: SimilarLeads | None = None
    opinions: Sequence[GivenFeedback] = ()


@dataclass(frozen=True)
class LeadPage:
    """Everything that the page of a lead says; `ended` is empty of an open lead."""

    lead_id: str
    status: str
    ended: str
    came: str
    said: tuple[tuple[str, str], ...]
    call: tuple[tuple[str, str], ...]
    why: Why | None
    ask: tuple[Asked, ...]
    similar: Likeness | None
    course: CoursePicture | None
    timeline: tuple[Entry, ...]
    path: str
    scored_as_of: str
    opinions: tuple[Said, ...]


def lead_page(known: Known, schema: LeadSchema, now: int) -> LeadPage:
    """Return the page of a lead at a time (microseconds UTC)."""
    lead, events, outcomes, scores = known.lead, known.events, known.outcomes, known.scores
    return LeadPage(
        lead_id=lead.lead_id,
        status=standing(outcomes),
        ended=_ended(outcomes[-1], bool(scores)) if outcomes else "",
        came=f"came in {ago(lead.created_at, now)}, on {day(lead.created_at)}",
        said=tuple(said(lead, events, schema)),
        call=tuple(call(lead, events, schema, now)),
        why=why(scores[-1], schema) if scores else None,
        ask=to_ask(scores[-1]) if scores and not outcomes else (),
        similar=likeness(known.similar) if known.similar else None,
        course=course(scores),
        timeline=timeline(lead, events, outcomes, scores, known.changes, schema),
        path=lead_path(lead.lead_id),
        scored_as_of=scores[-1].as_of.isoformat() if scores else "",
        opinions=tuple(map(said_in_words, known.opinions)),
    )


def _ended(outcome: Outcome, scored: bool) -> str:
    below = (
        "What stands below is its last score before that was known."
        if scored
        else "It was closed before it was scored."
    )
    return f"{ending(outcome).capitalize()}, on {day(outcome.closed_at)}. {below}"

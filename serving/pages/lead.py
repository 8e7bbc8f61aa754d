"""What the page of one lead says: why its score is what it is, what to ask, what became of leads like it, and what happened.

Compute, then show: this module turns stored records into words and numbers; `templates/lead.html` lays them out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from models.close.reasons.sentences import capitalized, counted, percent
from serving.analytics.life import NO_LIFE, Life
from serving.analytics.reason_records import ReasonRecord, Told
from serving.pages.acts import Done, Offers, due
from serving.pages.asking import QuestionRow, to_ask
from serving.pages.call import call, last_activity, said, wish_of
from serving.pages.causes import Trend, trend_between
from serving.pages.contacts import Contact, in_view, names_of
from serving.pages.drawing import CoursePicture
from serving.pages.feedback import Said, feedback_in_words
from serving.pages.likeness import Likeness, likeness
from serving.pages.list_choices import ROUTE_WORDS
from serving.pages.next_step import NextStep, next_step
from serving.pages.queue import lead_path
from serving.pages.reasons import split_off
from serving.pages.timeline import TimelineEntry, course, ending, timeline
from serving.pages.why import Why, why
from serving.pages.words import ago, day, whole_percent
from serving.schemas.records import Change, SimilarLeads
from serving.schemas.score import Score
from serving.store.aside import Aside
from serving.store.listing import PlaceInList
from serving.store.reading import standing
from serving.store.records import DoneAct, Event, GivenFeedback, Lead, Outcome, StoredScore


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
    similar, names
        None of a lead without a score; and what those leads are called, by id.
    records
        What became of the leads that were told a reason, of each reason that enough were told.
    aside
        What came with it and could not be read.
    opinions
        What people have said of the scores.
    owner, rank
        Whose lead it is, None where nobody has worked it; and the share of the open leads that are less likely, None where there are too few.
    before, change
        The score that the latest is held against for its trend, and why it is another; None where there is none.
    life
        Its course by today's model, and the days to come if nothing happens.
    acts
        What was done on its page and holds, the latest first.
    place, is_mine
        Where the lead stands in the list that its reader's queue opens at, and whether that is of the reader's own leads.
    done, is_undone, offers
        The act that has just been done, whether one has just been undone, and what the reader may do; None where that is nothing.
    """

    lead: Lead
    events: Sequence[Event] = ()
    outcomes: Sequence[Outcome] = ()
    scores: Sequence[Score] = ()
    changes: Sequence[Change | None] = ()
    similar: SimilarLeads | None = None
    opinions: Sequence[GivenFeedback] = ()
    aside: Sequence[Aside] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[Told, ReasonRecord] = field(default_factory=dict)
    owner: str | None = None
    rank: float | None = None
    before: StoredScore | None = None
    latest: StoredScore | None = None
    change: Change | None = None
    life: Life = NO_LIFE
    acts: Sequence[DoneAct] = ()
    done: Done | None = None
    is_undone: bool = False
    place: PlaceInList | None = None
    is_mine: bool = False
    offers: Offers | None = None


@dataclass(frozen=True)
class LeadView:
    """Everything that the page of a lead says; what does not hold of it is empty or None.

    Attributes
    ----------
    lines
        What stands under the name: who it is, where it came from, whose it is.
    records
        By the sentence of a reason, what became of the leads that were told it.
    queue, place, following
        What the reader's list is called, where the lead stands in it, and the path of the next one.
    """

    title: str
    lead_id: str
    status: str
    route: str
    ended: str
    contacts: tuple[Contact, ...]
    lines: tuple[str, ...]
    why: Why | None
    trend: Trend | None
    next_step: NextStep | None
    activity: str
    ask: tuple[QuestionRow, ...]
    said: tuple[tuple[str, str], ...]
    aside: tuple[tuple[str, str, str], ...]
    call: tuple[tuple[str, str], ...]
    similar: Likeness | None
    course: CoursePicture | None
    waiting: tuple[tuple[str, str], ...]
    timeline: tuple[TimelineEntry, ...]
    path: str
    scored_as_of: str
    opinions: tuple[Said, ...]
    zone: str
    queue: str
    place: str
    following: str
    done: Done | None
    is_undone: bool
    offers: Offers | None
    due: tuple[str, ...]
    records: Mapping[str, str]


def lead_page(known: Known, schema: LeadSchema, now: int, currency: str = "") -> LeadView:
    """Return the page of a lead at a time (microseconds UTC); amounts are in a currency, where one is named."""
    lead, events, outcomes, scores = known.lead, known.events, known.outcomes, known.scores
    is_open, score = standing(outcomes) == "open", scores[-1] if scores else None
    title, people = names_of(lead, schema)
    active = last_activity(events, schema)
    trend = _trend(known, active, schema) if is_open else None
    return LeadView(
        title=title,
        lead_id=lead.lead_id,
        status=standing(outcomes),
        route=ROUTE_WORDS.get(score.decision.route, "") if score and score.decision and is_open else "",
        ended="" if is_open else _ended(outcomes[-1], schema, currency, scored=bool(scores)),
        contacts=(at_a_glance := in_view(people))[0],
        lines=tuple(_lines(known, schema, now)),
        why=why(score, schema, currency, known.rank if is_open else None) if score else None,
        trend=trend,
        next_step=next_step(score, schema, wish_of(lead, events, schema)) if score and is_open else None,
        activity=_activity(active, trend, now),
        ask=to_ask(score, schema, currency) if score and is_open else (),
        said=(*((one.label, one.value) for one in at_a_glance[1]), *said(lead, events, schema)),
        aside=tuple((one.name, one.value, one.rule) for one in known.aside),
        call=tuple(call(lead, events, schema, now)),
        similar=likeness(known.similar, score.probability if score else None, known.names) if known.similar else None,
        course=course(known.life.course, scores, events, schema),
        waiting=tuple((_in_days(days), whole_percent(round(TENTHS * likely))) for days, likely in known.life.waiting),
        timeline=timeline(lead, events, outcomes, scores, known.changes, schema, currency, known.acts),
        path=lead_path(lead.lead_id),
        scored_as_of=score.as_of.isoformat() if score else "",
        opinions=tuple(feedback_in_words(one, schema.zone) for one in known.opinions),
        zone=schema.time_zone,
        queue="My leads" if known.is_mine else "Leads",
        place="" if known.place is None else f"{known.place.place:,} of {known.place.total:,}",
        following=lead_path(known.place.following) if known.place and known.place.following else "",
        done=known.done,
        is_undone=known.is_undone,
        offers=known.offers,
        due=due(known.acts, schema, now),
        records=_records(score, known.records) if score and not score.abstention else {},
    )


def _records(score: Score, records: Mapping[Told, ReasonRecord]) -> dict[str, str]:
    """Return by reason, as it is shown, what became of the leads that were told it by their first score."""
    reasons = (*score.reasons.for_, *score.reasons.against)
    return {
        split_off(one.sentence)[
            0
        ]: f"Of {counted(record.leads, 'lead', 'leads')} told this by their first score, {percent(record.share)} were won"
        for one in reasons
        if (record := records.get((one.subject, one.sentence))) is not None
    }


def _lines(known: Known, schema: LeadSchema, now: int) -> Iterator[str]:
    lead = known.lead
    channel = next(iter(schema.channels), None)
    source = None if channel is None else lead.fields.get(channel)
    came = ago(lead.created_at, now)
    yield f"{source}, {came}" if isinstance(source, str) and source.strip() else f"came in {came}"
    workers = [event.rep_id for event in known.events if event.rep_id is not None]
    owner = known.owner or (workers[-1] if workers else None)  # one that was never scored has none in the lists
    yield f"owner {owner}" if owner else "no owner yet"


def _in_days(days: int) -> str:
    return "tomorrow" if days == 1 else f"in {days} days"


def _activity(active: int | None, trend: Trend | None, now: int) -> str:
    """Say when the lead or we last did something, unless the trend says so."""
    if trend is not None and trend.is_silence:
        return ""
    return "Neither they nor a rep have done anything yet." if active is None else f"Last activity {ago(active, now)}."


def _trend(known: Known, active: int | None, schema: LeadSchema) -> Trend | None:
    if known.before is None or known.latest is None:
        return None
    return trend_between(known.before, known.latest, known.change, active, schema)


def _ended(outcome: Outcome, schema: LeadSchema, currency: str, *, scored: bool) -> str:
    below = "The score is the last one before that was known." if scored else "It was closed before it was scored."
    return f"{capitalized(ending(outcome, currency))}, on {day(outcome.closed_at, schema.zone)}. {below}"

"""Why a score is what it is, in words: the headline, the reasons that add up to it, what is not known and what may change."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import get_args

from features.settings import LeadSchema, Obstacle
from models.close.explanation import OWN_SUBJECT
from models.close.sentences import counted, label, percent
from models.close.waterfall import TENTHS, Step, waterfall
from serving.messages import Band, Decision, Range, Reason, Score
from serving.pages.drawing import WaterfallPicture, draw_waterfall
from serving.pages.words import day, in_a_hundred, minute, money, points, range_of, within
from serving.pages.words import percent as tenths_said

OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
BASE = "a lead of which nothing is known"
ENOUGH_FOR_A_SHARE = 30
"""Of fewer leads, how many closed is told as a count."""
LEAST = 0.005
"""Reasons of less than half a point are not told to be changed."""
ROUTES = {
    "rep": "To a rep",
    "qualify": "To the qualifying team",
    "nurture": "To marketing, which keeps in touch",
    "decline": "To nobody",
}


@dataclass(frozen=True)
class Told:
    """One reason in words; `tenths` of a probability point, and as people say them."""

    sentence: str
    tenths: int
    points: str


@dataclass(frozen=True)
class Side:
    """What speaks for a lead, or against it, by obstacle."""

    by_obstacle: tuple[tuple[str, tuple[Told, ...]], ...]


@dataclass(frozen=True)
class Change:
    """What may still change of what speaks against a lead, and what will not."""

    can: tuple[str, ...]
    cannot: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a lead stands and goes, in words."""

    step: str
    since: str
    route: str
    reason: str
    value: str
    next_step: str
    missing: tuple[str, ...]
    likely_loss: str


@dataclass(frozen=True)
class Why:
    """A score in words: the headline, the reasons that add up to it, and what is not known.

    Attributes
    ----------
    total, start, others
        Tenths of a point: the probability, where its reasons start, and what the reasons that are not told add.
    abstention
        Why there are no reasons; empty where there are.
    beside
        Range, rank and record, a sentence each.
    """

    share: str
    headline: str
    abstention: str
    beside: tuple[str, ...]
    total: int
    start: int
    start_said: str
    others: int
    others_points: str
    others_said: str
    against: Side
    for_: Side
    picture: WaterfallPicture
    unknown: tuple[tuple[str, str], ...]
    change: Change
    place: Place | None
    as_of: str
    model: str


def why(score: Score, schema: LeadSchema) -> Why:
    """Return a score as a rep reads it."""
    reasons = (*score.reasons.for_, *score.reasons.against)
    shown = waterfall(score.probability, score.base_probability, reasons, schema)
    return Why(
        share=tenths_said(shown.total),
        headline=_headline(score, shown.total),
        abstention=score.abstention or "",
        beside=tuple(_beside(score)),
        total=shown.total,
        start=shown.start,
        start_said=tenths_said(shown.start),
        others=shown.others,
        others_points=points(shown.others),
        others_said=f"{counted(shown.other_reasons, 'smaller reason', 'smaller reasons')} together"
        if shown.other_reasons
        else "",
        against=_side(shown.against),
        for_=_side(shown.for_),
        picture=draw_waterfall(shown, BASE),
        unknown=tuple((question.sentence, question.ask) for question in score.unknown),
        change=_change(score.reasons.against, schema),
        place=None if score.decision is None else _place(score.decision),
        as_of=minute(score.as_of),
        model=f"version {score.model.version}, which learned until {day(score.model.trained_until)}",
    )


def _headline(score: Score, total: int) -> str:
    """Say the probability, from the tenths of a point that stand beside it: the two must not disagree by their rounding."""
    close = f"close within {score.horizon_days} days"
    if score.abstention:
        around = f" ± {_half(score.range)}" if score.range else ""
        return f"Too few outcomes to say more than: {percent(score.probability)}{around} of leads {close}."
    return f"{in_a_hundred(total / TENTHS).capitalize()} leads like this {close}; typical here: {round(score.base_rate * 100)}."


def _half(held: Range) -> int:
    return max(round((held.high - held.low) / 2 * 100), 1)


def _beside(score: Score) -> Iterator[str]:
    if score.range is not None and not score.abstention:
        share = f"in {round(score.range.level * 10)} of 10 such leads"
        yield f"Its own chance lies {range_of(score.range.low, score.range.high)}, {share}."
    if score.percentile is not None and not score.abstention:
        yield _rank(score.percentile)
    if score.band is not None:
        yield record(score.band)


def _rank(percentile: float) -> str:
    if percentile >= 0.995:
        return "Hardly any open lead is likelier to close."
    if percentile < 0.005:
        return "Hardly any open lead is less likely to close."
    return f"It is likelier to close than {percent(percentile)} of the open leads."


def record(band: Band) -> str:
    """Say what became of earlier leads that were called as likely.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> since = datetime(2026, 1, 1, tzinfo=UTC)
    >>> record(Band(low=0.1, high=0.2, leads=412.3, closed=0.14, expected=0.15, since=since))
    'Of 412 leads we called 10 to 20 %, 14 % closed.'
    >>> record(Band(low=0.7, high=1, leads=3.9, closed=0.75, expected=0.8, since=since))
    'Of 4 leads we called 70 to 100 %, 3 closed.'
    """
    called = within(band.low, band.high)
    if band.closed is None or round(band.leads) == 0:
        return f"No earlier lead was called {called}."
    closed = percent(band.closed) if band.leads >= ENOUGH_FOR_A_SHARE else str(round(band.closed * band.leads))
    closed = closed if round(band.closed * band.leads) else "none"
    return f"Of {counted(round(band.leads), 'lead', 'leads')} we called {called}, {closed} closed."


def _side(steps: Iterable[Step]) -> Side:
    ordered = sorted(steps, key=lambda step: OBSTACLES.index(step.main.obstacle))
    groups = groupby(ordered, key=lambda step: step.main.obstacle)
    return Side(tuple((obstacle, tuple(map(_told, some))) for obstacle, some in groups))


def _told(step: Step) -> Told:
    return Told(step.main.sentence, step.tenths, points(step.tenths))


def _change(against: Iterable[Reason], schema: LeadSchema) -> Change:
    """Sort what speaks against a lead by whether it may still change."""
    can: dict[str, None] = {}
    cannot: dict[str, None] = {}
    for reason in against:
        if -reason.points < LEAST:
            continue
        said, may_change = _may_change(reason, schema)
        (can if may_change else cannot).setdefault(said)
    return Change(tuple(can), tuple(cannot))


def _may_change(reason: Reason, schema: LeadSchema) -> tuple[str, bool]:
    field, kind = schema.fields.get(reason.subject), schema.kinds.get(reason.subject)
    if field is not None and field.role == "answer":
        name = label(reason.subject, field)
        return (f"What is not known: {name}", True) if reason.value is None else (f"What it has said: {name}", False)
    if kind is not None or reason.subject in ("lead", "rep", OWN_SUBJECT["unanswered_touches"]):
        ours = reason.subject in ("rep", OWN_SUBJECT["unanswered_touches"]) or (kind and kind.actor != "lead")
        return ("What we do next", True) if ours else ("What the lead does next", True)
    if reason.subject == OWN_SUBJECT["answers_given"]:
        return "How many questions are open", True
    if reason.subject == OWN_SUBJECT["lead_age"]:
        return "How long ago it came in", False
    if field is not None and field.role != "channel":
        return f"Who it is: {label(reason.subject, field)}", False
    return "Where it came from, and how such leads are closing now", False


def _place(decision: Decision) -> Place:
    rate = decision.step_rate
    closes = f"; {percent(rate.rate)} of those on it close" if rate.rate is not None and rate.leads >= 5 else ""
    loss = decision.likely_loss
    reason = "" if loss is None else loss.reason if loss.reason == "not a buyer" else f"no {loss.reason}"
    return Place(
        step=f"On the step “{decision.step}”{closes}",
        since=day(decision.since),
        route=ROUTES[decision.route],
        reason=decision.route_reason,
        value=money(decision.expected_value),
        next_step=decision.next_step or "",
        missing=decision.missing,
        likely_loss=f"{reason} ({percent(loss.probability)})" if loss else "",
    )

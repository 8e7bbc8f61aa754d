"""A score in words: the number, what it is held against, the reasons that add up to it, what is not known and what may change."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from features.settings.schema import LeadSchema
from models.close.reasons.explanation import OWN_SUBJECT
from models.close.reasons.ledger import ledger
from models.close.reasons.sentences import label, percent
from models.close.record import closed_of_called
from serving.pages.comparison import Scale, comparison, scale
from serving.pages.reasons import ReasonList, reason_list
from serving.pages.words import day, in_a_hundred, in_currency, minute, range_of, whole_percent, within
from serving.schemas.score import Band, Decision, Range, Reason, Score

LEAST = 0.005
"""Reasons of less than half a point are not told to be changed."""
ROUTES = {
    "rep": "To a rep",
    "qualify": "To the qualifying team",
    "nurture": "To marketing, which keeps in touch",
    "decline": "To nobody",
}


@dataclass(frozen=True)
class Changeable:
    """What may still change of what speaks against a lead, and what will not."""

    can: tuple[str, ...]
    cannot: tuple[str, ...]


@dataclass(frozen=True)
class PlaceInWords:
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
    """A score in words: the number, what it is held against, the reasons that add up to it, and what is not known.

    Attributes
    ----------
    share, total, until
        The probability in whole per cent, and in tenths of a point; and of what it is one.
    abstention
        Why there are no reasons; empty where there are.
    beside
        Range, what would tell such leads apart, and record, a sentence each.
    beside_reasons
        Of reasons that name a number or a time, what is typical or was a year ago.
    """

    share: str
    total: int
    until: str
    headline: str
    comparison: str
    abstention: str
    scale: Scale
    beside: tuple[str, ...]
    reasons: ReasonList
    beside_reasons: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]
    change: Changeable
    place: PlaceInWords | None
    as_of: str
    model: str


def why(score: Score, schema: LeadSchema, money_in: str = "", rank: float | None = None) -> Why:
    """Return a score as a rep reads it; times are in the settings' zone, amounts in the currency that is named, and the rank is as of `comparison`."""
    shown = ledger(score.probability, score.base_probability, (*score.reasons.for_, *score.reasons.against), schema)
    return Why(
        share=whole_percent(shown.total),
        total=shown.total,
        until=f"won {_until(score)}",
        headline=_headline(score, shown.total),
        comparison="" if score.abstention else comparison(score, rank),
        abstention=score.abstention or "",
        scale=scale(score),
        beside=tuple(_beside(score, schema)),
        reasons=(rows := reason_list(shown)),
        beside_reasons=tuple((row.sentence, row.beside) for row in (*rows.named, *rows.rest) if row.beside),
        unknown=tuple((question.sentence, question.ask) for question in score.unknown),
        change=_change(score.reasons.against, schema),
        place=None if score.decision is None else _place(score.decision, schema, money_in),
        as_of=minute(score.as_of, schema.zone),
        model=f"version {score.model.version}, which learned until {day(score.model.trained_until, schema.zone)}",
    )


def _headline(score: Score, total: int) -> str:
    """Say the probability, from the tenths of a point that the reasons add up to: the two must not disagree by their rounding."""
    until = _until(score)
    if score.abstention:
        around = f" ± {_half(score.range)}" if score.range else ""
        return f"No more can be told than: {percent(score.probability)}{around} of leads are won {until}."
    return f"{in_a_hundred(total).capitalize()} leads like this are won {until}."


def _until(score: Score) -> str:
    return f"within {score.horizon_days} days" if score.decided_by is None else f"by {day(score.decided_by)}"


def _half(held: Range) -> int:
    return max(round((held.high - held.low) / 2 * 100), 1)


def _beside(score: Score, schema: LeadSchema) -> Iterator[str]:
    if score.range is not None and not score.abstention:
        yield known_to(score.range)
        yield from _differing(score, schema)
    if score.band is not None:
        held = record(score.band)
        yield f"In the test of the model, since {day(score.band.since, schema.zone)}: {held[:1].lower()}{held[1:]}"


def known_to(held: Range) -> str:
    """Say how well the share is known that is won of such leads.

    Examples
    --------
    >>> known_to(Range(low=0.09, high=0.16, level=0.9))
    'As well as can be told, between 9 and 16 % of such leads are won (a range of 90 %).'
    """
    between = range_of(held.low, held.high)
    return f"As well as can be told, {between} of such leads are won (a range of {percent(held.level)})."


def _differing(score: Score, schema: LeadSchema) -> Iterator[str]:
    """Say how far such leads still differ, as far as the answer to a question would tell; nothing where none would."""
    spans = [(question, [answer.score for answer in question.answers]) for question in score.ask_next]
    question, scores = max(spans, key=lambda span: max(span[1]) - min(span[1]), default=(None, [0.0]))
    if question is None or round(100 * min(scores)) == round(100 * max(scores)):
        return
    field = schema.fields.get(question.field)
    asked = question.ask or (label(question.field, field) if field else question.field)
    yield f"They still differ: by the answer to “{asked}” this one would stand {range_of(min(scores), max(scores))}."


def record(band: Band) -> str:
    """Say what became of earlier leads that were called as likely."""
    return closed_of_called(within(band.low, band.high), band.leads, (band.closed or 0.0) * band.leads)


def _change(against: Iterable[Reason], schema: LeadSchema) -> Changeable:
    """Sort what speaks against a lead by whether it may still change."""
    can: dict[str, None] = {}
    cannot: dict[str, None] = {}
    for reason in against:
        if -reason.points < LEAST:
            continue
        said, may_change = _may_change(reason, schema)
        (can if may_change else cannot).setdefault(said)
    return Changeable(tuple(can), tuple(cannot))


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
    if field is not None and reason.subject == schema.decided_by:
        return f"How long it is until its day: {label(reason.subject, field)}", False
    if field is not None and field.role != "channel":
        return f"Who it is: {label(reason.subject, field)}", False
    return "Where it came from, and how such leads are won now", False


def _place(decision: Decision, schema: LeadSchema, money_in: str) -> PlaceInWords:
    rate = decision.step_rate
    closes = f"; {percent(rate.rate)} of those on it are won" if rate.rate is not None and rate.leads >= 5 else ""
    loss = decision.likely_loss
    reason = "" if loss is None else loss.reason if loss.reason == "not a buyer" else f"no {loss.reason}"
    return PlaceInWords(
        step=f"On the step “{decision.step}”{closes}",
        since=day(decision.since, schema.zone),
        route=ROUTES[decision.route],
        reason=decision.route_reason,
        value=in_currency(decision.expected_value, money_in),
        next_step=decision.next_step or "",
        missing=decision.missing,
        likely_loss=f"{reason} ({percent(loss.probability)})" if loss else "",
    )

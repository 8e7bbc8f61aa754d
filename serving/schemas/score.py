"""What the service answers: the shape of its messages, and the words that describe them in OpenAPI.

What it is asked is described in `serving.api.openapi`, as that depends on the settings that the model carries.
"""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from features.records.clock import to_datetime
from features.settings.fields import Obstacle
from features.settings.ladder import Step
from features.settings.schema import LeadSchema
from models.close.reasons import explanation
from models.close.record import CalibrationBand, VersionRecord
from models.close.uncertainty import LEVEL
from models.decision import decider, questions
from models.decision.routes import Route
from models.decision.settings import LossReason

Probability = Annotated[float, Field(ge=0, le=1)]


class Message(BaseModel):
    """Base of all answers: written once, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Word(Message):
    """A word or a pair of words that the lead wrote, and what it adds."""

    word: str
    contribution: float = Field(description="In log-odds; its share of what words add to the reason's.")


class Reason(Message):
    """One thing that is known, or is known to be missing, and what it adds to the score."""

    obstacle: Obstacle = Field(description="The obstacle to a sale that it speaks to.")
    subject: str = Field(description="The field, event kind or measure that it is about; each has one reason.")
    feature: str = Field(description="The feature that says most of it.")
    value: str | float | bool | None = Field(description="The value of that feature; null where not known.")
    sentence: str = Field(description="What is known, in words for the sales rep.")
    contribution: float = Field(description="What it adds to the margin, in log-odds; positive speaks for the lead.")
    points: float = Field(description="What it adds to the probability, from -1 to 1; positive speaks for the lead.")
    words: tuple[Word, ...] = Field(
        default=(),
        description="Where it is about what the lead wrote: what each of its words adds. Numbers, names and addresses are none.",
    )


class Reasons(Message):
    """Every reason, the strongest of each side first.

    They add up: the contributions of all reasons, for and against, sum to `margin - base_value`, and their points to
    `probability - base_probability`, both within 1e-9.
    """

    for_: tuple[Reason, ...] = Field(alias="for", description="What makes the lead likelier to close.")
    against: tuple[Reason, ...] = Field(description="What makes the lead less likely to close.")


class Unknown(Message):
    """A question that the lead has not answered yet."""

    field: str = Field(description="The field that holds the answer.")
    obstacle: Obstacle = Field(description="The obstacle to a sale that the answer speaks to.")
    sentence: str = Field(description="What is not known, in words for the sales rep.")
    ask: str = Field(description="How to ask it; empty where the settings do not say.")


class ModelVersion(Message):
    """The model that gave a score."""

    name: str = Field(description="Its name in the registry.")
    version: str = Field(description="Its version in the registry.")
    trained_until: datetime = Field(description="It learned from what was recorded until then.")


class Range(Message):
    """Of a hundred such ranges, about ninety hold the share that closes of leads of which the same is known."""

    low: Probability
    high: Probability
    level: Probability = Field(description="Nominal coverage.")


class StepRate(Message):
    """How the leads close that stand on a step of the ladder, by matured leads."""

    leads: int = Field(description="Leads that stood there and have matured.")
    rate: Probability | None = Field(description="Share won within the horizon; null without leads.")
    low: Probability | None = Field(description="Lower end of its 90 % interval.")
    high: Probability | None = Field(description="Upper end of its 90 % interval.")


class LikelyLoss(Message):
    """Why the lead is likeliest lost, if it is lost."""

    reason: LossReason = Field(description="The obstacle that stays, or that nobody there is buying.")
    probability: Probability = Field(description="Of this reason, if it is lost.")


class Decision(Message):
    """Where the lead stands, what it is worth, and where it goes."""

    step: Step = Field(description="Its step on the ladder.")
    since: datetime = Field(description="Since when it stands there.")
    next_step: Step | None = Field(description="The next step; null on the highest.")
    missing: tuple[str, ...] = Field(description="What it lacks for the next step, in words.")
    step_rate: StepRate
    expected_amount: float = Field(description="Expected amount of the deal if it is won.")
    expected_value: float = Field(description="Probability times expected amount, less the cost of a rep's working it.")
    route: Route = Field(description="Where it goes: rep, qualify (the qualifying team), nurture or decline.")
    route_reason: str = Field(description="Why, in words.")
    drawn: bool = Field(description="Whether it goes to a rep only because its lot was drawn.")
    propensity: dict[Route, Probability] = Field(description="With which probability it would have gone on each route.")
    obstacle: Obstacle | None = Field(description="The obstacle to work on; null where none speaks against it.")
    likely_loss: LikelyLoss | None = Field(description="Null where no reason is likely enough to be named.")


class Answer(Message):
    """What a lead may answer to a question."""

    said: str = Field(description="The answer, in words; of numbers and dates one in the middle of a part of them.")
    probability: Probability = Field(description="How likely leads like it are to answer so, if they answer.")
    score: Probability = Field(description="The probability of being won that the model would give then.")
    expected_amount: float = Field(description="Expected amount of the deal, if it is won, then.")
    expected_value: float = Field(
        description="Probability times expected amount, less the cost of a rep's working it, then."
    )
    route: Route = Field(description="Where it would go then.")


class Question(Message):
    """An open question, and what its answers would change."""

    field: str = Field(description="The field that holds the answer.")
    ask: str = Field(description="How to ask it; empty where the settings do not say.")
    gain: float = Field(
        ge=0,
        description="By how much the lead brings more if the answer is known before it is sent anywhere, in the currency of the amounts; 0 where "
        "no answer would change where it goes.",
    )
    answers: tuple[Answer, ...] = Field(description="From the one that lowers the score most.")


class Band(Message):
    """What became of earlier leads that were called as likely, by a model that had not seen them."""

    low: Probability = Field(description="They were called at least so likely,")
    high: Probability = Field(description="and less likely than this.")
    leads: float = Field(description="Leads by the share of all scores that lay in the band.")
    closed: Probability | None = Field(description="Share that closed within the horizon; null of no lead.")
    expected: Probability | None = Field(description="Share that was to be expected; null of no lead.")
    since: datetime = Field(description="They were scored after this time.")


class Score(Message):
    """How likely a lead is to close within the horizon, and why."""

    lead_id: str | None = Field(description="As it was sent; null if none was.")
    as_of: datetime = Field(description="The moment of scoring: what was recorded later was not looked at.")
    probability: Probability = Field(
        description="Calibrated probability of being won within the horizon after `as_of`, or by the lead's own day."
    )
    range: Range | None = Field(
        description="How well the probability is known: between which the share lies that closes of leads of which the same is known, or "
        "of all leads where the model abstains. How such leads differ among each other is no part of it. Null where nobody has measured it."
    )
    abstention: str | None = Field(
        description="Why the model says no more than the base rate, in words for the sales rep; null where it does."
    )
    base_rate: Probability = Field(description="Share of past leads that were won within the horizon.")
    base_probability: Probability = Field(description="The probability that belongs to `base_value`.")
    base_value: float = Field(description="Log-odds where the reasons start: those of the model's average lead.")
    margin: float = Field(description="Log-odds of `probability`: `base_value` and all contributions.")
    reasons: Reasons
    unknown: tuple[Unknown, ...] = Field(description="Questions not answered yet, in the order of the settings.")
    model: ModelVersion
    horizon_days: int = Field(description="A lead counts as won if it is won within so many days after `as_of`.")
    decided_by: date | None = Field(
        default=None,
        description="The lead's own day, in the settings' time zone: it counts as won if it is won by the end of this day. Null where "
        "`horizon_days` holds.",
    )
    percentile: Probability | None = Field(
        default=None,
        description="Share of the leads open at the model's last refresh that were less likely; null where it was made without.",
    )
    band: Band | None = Field(default=None, description="The model's record with such scores; null where it has none.")
    ask_next: tuple[Question, ...] = Field(
        default=(), description="What to ask, the question first whose answer is worth most to the decision."
    )
    decision: Decision | None = Field(
        default=None,
        description="Null where it was not asked for, and from models that were made before decisions were.",
    )


class BrokenRule(Message):
    """One rule that a request breaks."""

    field: str = Field(description="Where: the path of a field, such as `fields.budget` or `events[3].kind`.")
    rule: str = Field(description="What must hold.")
    value: str = Field(description="What was got, as text; long values are cut.")
    remedy: str = Field(description="What to do about it.")


class Problem(Message):
    """Why a request, or a lead in it, was refused: problem details as in RFC 9457."""

    type: str = Field(description="URI of the kind of problem; `about:blank` where the status says it all.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request.")
    errors: tuple[BrokenRule, ...] = Field(default=(), description="Each rule that it breaks.")
    request_id: str | None = Field(
        default=None, description="The request's id in the log; null for one record of many."
    )


class NotScored(Message):
    """Stands in the place of a score where a lead of many breaks rules; the others are scored."""

    index: int = Field(ge=0, description="Its place among the leads of the request, from 0.")
    lead_id: str | None = Field(description="As it was sent; null if it cannot be read.")
    problem: Problem


class Scores(Message):
    """The scores of many leads, in the order of the request."""

    scores: tuple[Score | NotScored, ...] = Field(description="For each lead its score, or why it has none.")


def score_message(
    score: explanation.LeadScore,
    model: ModelVersion,
    schema: LeadSchema,
    decision: decider.LeadDecision | None = None,
    record: VersionRecord | None = None,
) -> Score:
    """Return a score as it leaves the house."""
    told = {
        "lead_id": score.lead_id or None,
        "as_of": to_datetime(score.as_of),
        "probability": score.probability,
        "range": _range(score),
        "abstention": score.abstention or None,
        "base_rate": score.base_rate,
        "base_probability": score.base_probability,
        "base_value": score.base_value,
        "margin": score.margin,
        "reasons": {
            "for": [reason for reason in score.reasons if reason.contribution > 0],
            "against": [reason for reason in score.reasons if reason.contribution < 0],
        },
        "unknown": score.unknown,
        "model": model,
        "horizon_days": schema.horizon_days,
        "decided_by": None if score.deadline is None else to_datetime(score.deadline).astimezone(schema.zone).date(),
        "percentile": None if record is None else record.percentile(score.probability),
        "band": None if record is None else _band(record, score.probability),
        "ask_next": () if decision is None else [_question(question, schema) for question in decision.ask_next],
        "decision": None if decision is None else decision_message(decision),
    }
    return Score.model_validate(told, from_attributes=True)  # all at once: by far quicker than part by part


def decision_message(decision: decider.LeadDecision) -> Decision:
    """Return a decision as it leaves the house."""
    return Decision(
        step=decision.step,
        since=to_datetime(decision.since),
        next_step=decision.next_step,
        missing=decision.missing,
        step_rate=_copied(StepRate, decision.step_rate),
        expected_amount=decision.expected_amount,
        expected_value=decision.expected_value,
        route=decision.route,
        route_reason=decision.reason,
        drawn=decision.drawn,
        propensity=dict(decision.propensity),
        obstacle=decision.obstacle,
        likely_loss=None if decision.likely_loss is None else _copied(LikelyLoss, decision.likely_loss),
    )


def _question(question: questions.OpenQuestion, schema: LeadSchema) -> dict[str, Any]:
    return {**vars(question), "ask": schema.fields[question.field].ask}


def _band(record: VersionRecord, probability: float) -> Band | None:
    band = record.band(probability)
    return None if band is None else band_message(band, record.tested_since)


def band_message(band: CalibrationBand, since: datetime) -> Band:
    """Return a band of a record as it leaves the house."""
    return Band(
        low=band.low,
        high=band.high,
        leads=band.leads,
        closed=band.rate,
        expected=min(band.expected / band.leads, 1.0) if band.leads else None,
        since=since,
    )


def _range(score: explanation.LeadScore) -> Range | None:
    if score.low is None or score.high is None:
        return None
    return Range(low=score.low, high=score.high, level=LEVEL)


M = TypeVar("M", bound=Message)


def _copied(message: type[M], source: object) -> M:
    return message.model_validate(source, from_attributes=True)

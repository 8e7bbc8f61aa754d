"""A letter to a lead about their own score: which of their data counted and how, what would have led elsewhere, and who decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from features.records.parsing.values import is_missing, text_of
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import label
from models.decision.routes import Route
from serving.analytics.what_if import chosen_text
from serving.pages.words import day, in_a_hundred
from serving.schemas.score import Reason, Score
from serving.settings.letter import LetterSettings
from serving.store.records import Lead

WHAT_HAPPENS: dict[Route, str] = {
    "rep": "one of our sales people gets in touch with you",
    "qualify": "a colleague asks you some questions before our sales people get in touch",
    "nurture": "we send you information, and our sales people do not call you for now",
    "decline": "we do not get in touch with you about this",
}
STRONG, SOME = 0.05, 0.01
"""Points of probability from which on a reason counts much, or something; below it counts a little."""
MAX_CHANGES = 6
"""Other answers that are named: those of one question stand together."""


class LetterError(ValueError):
    """The settings do not say what a letter has to say."""


FLAGS = {"true": "yes", "false": "no"}


@dataclass(frozen=True)
class Weighed:
    """What is known of a lead, and how much it counted in which direction, in words."""

    known: str
    counted: str


@dataclass(frozen=True)
class Letter:
    """Everything that a letter says.

    Attributes
    ----------
    used, unused
        What they told us that counted or could have, by (question, answer), and what was kept and never looked at, by its name.
    changes
        Which other answers would have led to another route.
    """

    sender: str
    day: str
    estimate: str
    outcome: str
    weighed: tuple[Weighed, ...]
    changes: tuple[str, ...]
    used: tuple[tuple[str, str], ...]
    unused: tuple[str, ...]
    model: str
    decides: str
    objections: str
    drawn: bool


def letter(
    lead: Lead,
    score: Score,
    others: Mapping[tuple[str, str], Score],
    schema: LeadSchema,
    settings: LetterSettings,
    now: datetime,
    given: Mapping[str, object],
) -> Letter:
    """Return a letter about a score.

    Parameters
    ----------
    others
        What the score would be with another answer, by (field, value).
    given
        What they answered last, by field.

    Raises
    ------
    LetterError
        If the settings do not say who decides, or how to object; or the score holds no decision.
    """
    if settings.missing:
        raise LetterError(
            f"[letter] must say {', '.join(settings.missing)}, got nothing: nobody but you can tell a lead who decides, and where to object."
        )
    if score.decision is None:
        raise LetterError("A letter must be about a decision, got a score without one: train a model that decides.")
    reasons = sorted((*score.reasons.for_, *score.reasons.against), key=lambda one: -abs(one.points))
    return Letter(
        sender=settings.sender,
        day=day(now.astimezone(schema.zone).date()),
        estimate=f"{_share(score.probability)} such enquiries become an order within {score.horizon_days} days",
        outcome=WHAT_HAPPENS[score.decision.route],
        weighed=tuple(_weighed(one) for one in reasons if one.contribution),
        changes=tuple(_changes(score.decision.route, others, schema)),
        used=tuple(_used(schema, given)),
        unused=tuple(_unused(lead, schema)),
        model=f"version {score.model.version}, which learned from what became of enquiries until {day(score.model.trained_until.date())}",
        decides=settings.decides,
        objections=settings.objections,
        drawn=score.decision.drawn,
    )


def answers_to_suppose(schema: LeadSchema, given: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return every other answer of a list, and every other yes or no, that they might have given, by (field, value)."""
    values = {name: FLAGS if field.type == "flag" else field.values for name, field in schema.answers.items()}
    return [
        (name, value)
        for name, some in values.items()
        for value in some
        if value != chosen_text(schema.answers[name], given.get(name))
    ]


def _share(probability: float) -> str:
    said = in_a_hundred(round(1000 * probability))
    return f"about {said}" if said[0].isdigit() else said


def _weighed(reason: Reason) -> Weighed:
    size = abs(reason.points)
    how = "much" if size >= STRONG else "something" if size >= SOME else "a little"
    direction = "for" if reason.contribution > 0 else "against"
    return Weighed(reason.sentence, f"counted {how} {direction} an order")


def _changes(route: Route, others: Mapping[tuple[str, str], Score], schema: LeadSchema) -> Iterator[str]:
    """Yield which other answers lead elsewhere, those of one question and one route together."""
    found: dict[tuple[str, Route], list[str]] = {}
    for (name, value), score in others.items():
        if score.decision is not None and score.decision.route != route:
            said = FLAGS[value] if schema.fields[name].type == "flag" else value
            found.setdefault((name, score.decision.route), []).append(said)
    for (name, elsewhere), values in list(found.items())[:MAX_CHANGES]:
        said = " or ".join(f"“{value}”" for value in values)
        yield f"With the answer {said} to “{label(name, schema.fields[name])}”, {WHAT_HAPPENS[elsewhere]}."


def _used(schema: LeadSchema, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, field in schema.answers.items():
        answer = given.get(name)
        if isinstance(answer, str | int | float) and not is_missing(field, answer):
            yield label(name, field), text_of(answer)


def _unused(lead: Lead, schema: LeadSchema) -> Sequence[str]:
    """Return what is kept of a lead and no model ever sees."""
    return [
        label(name, field)
        for name, field in schema.fields.items()
        if field.role in ("contact", "late", "profile", "context")
        and not field.admitted
        and name in lead.fields
        and not is_missing(field, lead.fields[name])
    ]

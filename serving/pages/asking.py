"""What to ask a lead next, and what each answer would make of its score, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.settings.schema import LeadSchema
from models.close.reasons.sentences import capitalized, label, percent
from serving.pages.acts import Field, answer_field
from serving.pages.why import ROUTES
from serving.pages.words import in_currency, points, whole_percent
from serving.schemas.score import Question, Score

MAX_ANSWERS, MAX_WORDS = 8, 18
"""Answers that are in view, and words of all of them: of a question with more, those that leads give most often."""
LEAST_MONEY = 0.5
"""Less is told as 0."""


@dataclass(frozen=True)
class AnswerRow:
    """What a lead may answer: how often such leads do, the score then and where it would go.

    `value` is what is stored of it, empty where the words stand for several answers; `moved` is by how much the score differs, and `kind` whether that speaks for, against or is the same.
    """

    said: str
    value: str
    often: str
    score: str
    moved: str
    kind: str
    goes: str


@dataclass(frozen=True)
class QuestionRow:
    """A question to ask.

    Attributes
    ----------
    field
        How it is answered where the answers that are shown stand for others too.
    answers, others
        Those in view, and those that start closed, each from the one that lowers the score most to the one that raises it most.
    """

    name: str
    field: Field | None
    ask: str
    worth: str
    answers: tuple[AnswerRow, ...]
    others: tuple[AnswerRow, ...]


def to_ask(score: Score, schema: LeadSchema, currency: str = "") -> tuple[QuestionRow, ...]:
    """Return what to ask, the question first whose answer is worth most."""
    return tuple(
        QuestionRow(
            question.field,
            _by_hand(question.field, schema),
            question.ask or _bare(question.field, schema),
            _worth(question, score, currency),
            *_in_view(question, list(_answers(question, score, schema))),
        )
        for question in score.ask_next
    )


def _bare(name: str, schema: LeadSchema) -> str:
    """Ask for a field for which the settings name no question."""
    field = schema.fields.get(name)
    return f"{capitalized(label(name, field) if field else name.replace('_', ' '))}?"


def _worth(question: Question, score: Score, currency: str) -> str:
    if not goes_elsewhere(question, score):
        return "No single answer would change where it goes."
    if question.gain < LEAST_MONEY:
        return "An answer may change where the lead goes, which is worth next to nothing."
    return f"Knowing the answer is worth {in_currency(question.gain, currency)}, as it may change where the lead goes."


def goes_elsewhere(question: Question, score: Score) -> bool:
    """Return whether a lead would go another way after one of the answers."""
    now = None if score.decision is None else score.decision.route
    return any(answer.route != now for answer in question.answers)


def _in_view(question: Question, answers: Sequence[AnswerRow]) -> tuple[tuple[AnswerRow, ...], tuple[AnswerRow, ...]]:
    """Return the answers that are in view, those that leads give most often, and the others."""
    often = sorted(range(len(answers)), key=lambda place: -question.answers[place].probability)
    lengths = [len(answers[place].said.split()) for place in often]
    fits = [
        place for at, place in enumerate(often) if at < 2 or (at < MAX_ANSWERS and sum(lengths[: at + 1]) <= MAX_WORDS)
    ]
    shown = {*fits} if len(answers) - len(fits) > 1 else {*often}
    return (
        tuple(answer for place, answer in enumerate(answers) if place in shown),
        tuple(answer for place, answer in enumerate(answers) if place not in shown),
    )


def _answers(question: Question, score: Score, schema: LeadSchema) -> Iterator[AnswerRow]:
    now = round(score.probability * 1000)
    for answer in question.answers:
        then = round(answer.score * 1000)
        kind = "for" if then > now else "against" if then < now else "same"
        yield AnswerRow(
            answer.said,
            _value(question.field, answer.said, schema),
            percent(answer.probability),
            whole_percent(then),
            points(then - now),
            kind,
            ROUTES[answer.route],
        )


def _value(name: str, said: str, schema: LeadSchema) -> str:
    """Return what is stored of an answer in words; empty where they stand for more than one, or for none of today's settings."""
    field = schema.answers.get(name)
    if field is None:
        return ""
    if field.type == "flag":
        return {"yes": "true", "no": "false"}.get(said, "")
    return said if field.type == "category" and said in field.values else ""


def _by_hand(name: str, schema: LeadSchema) -> Field | None:
    """Return how a question is answered that no button answers; None where buttons do, or nobody may answer it any more."""
    field = schema.answers.get(name)
    return None if field is None or field.type in ("category", "flag") else answer_field(name, field)

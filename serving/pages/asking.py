"""What to ask a lead next, and what each answer would make of its score, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.close.sentences import percent
from serving.messages import Question, Score
from serving.pages.words import money, points
from serving.pages.words import percent as tenths_said


@dataclass(frozen=True)
class Answer:
    """What a lead may answer: how often such leads do, the score then, and by how much that differs; `kind` is for, against or same."""

    said: str
    often: str
    score: str
    moved: str
    kind: str


@dataclass(frozen=True)
class Asked:
    """A question to ask."""

    ask: str
    worth: str
    answers: tuple[Answer, ...]


def to_ask(score: Score) -> tuple[Asked, ...]:
    """Return what to ask, the question first whose answer is worth most."""
    sentences = {question.field: question.sentence for question in score.unknown}
    return tuple(
        Asked(
            question.ask or f"{sentences.get(question.field, question.field)}.",
            _worth(question),
            tuple(_answers(question, score)),
        )
        for question in score.ask_next
    )


def _worth(question: Question) -> str:
    if question.gain <= 0:
        return "No single answer would change where it goes."
    return f"Knowing the answer is worth {money(question.gain)}, as it may change where the lead goes."


def _answers(question: Question, score: Score) -> Iterator[Answer]:
    now = round(score.probability * 1000)
    for answer in question.answers:
        then = round(answer.score * 1000)
        kind = "for" if then > now else "against" if then < now else "same"
        yield Answer(answer.said, percent(answer.probability), tenths_said(then), points(then - now), kind)

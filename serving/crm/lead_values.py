"""What a CRM is told of a lead, and whether that is another than what it was told before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from features.records.clock import to_microseconds
from serving.schemas.score import Question, Reason, Score, Unknown

LONGEST_LINE = 255
"""Characters of a field of one line in a CRM."""
LONGEST_TEXT = 4_000
"""Characters of a field of several lines."""


@dataclass(frozen=True)
class LeadValues:
    """What is written of a lead.

    Attributes
    ----------
    probability
        From 0 to 1, to three decimals.
    question
        What to ask next; empty where nothing is open.
    reasons
        The strongest reasons in words, each with its side.
    subjects
        What these are about: a sentence that counts days is another every day, and says the same.
    scored_at
        Microseconds UTC.
    moved
        The probability less that of a day before; None where there was none.
    """

    probability: float
    route: str | None
    step: str | None
    question: str
    reasons: tuple[str, ...]
    subjects: tuple[str, ...]
    scored_at: int
    moved: float | None = None

    @classmethod
    def of(cls, score: Score, moved: float | None, most_reasons: int) -> Self:
        """Return what a score has to say."""
        reasons = sorted((*score.reasons.for_, *score.reasons.against), key=lambda one: -abs(one.contribution))
        top = reasons[:most_reasons]
        return cls(
            probability=round(score.probability, 3),
            route=None if score.decision is None else score.decision.route,
            step=None if score.decision is None else score.decision.step,
            question=_question(score)[:LONGEST_LINE],
            reasons=tuple(map(_line, top)),
            subjects=tuple(f"{_sign(one)}{one.subject}" for one in top),
            scored_at=to_microseconds(score.as_of),
            moved=None if moved is None else round(moved, 3),
        )

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """Return what `content` gave."""
        return cls(**{**content, "reasons": tuple(content["reasons"]), "subjects": tuple(content["subjects"])})

    @property
    def content(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {**vars(self), "reasons": list(self.reasons), "subjects": list(self.subjects)}

    @property
    def percent(self) -> float:
        """The probability in per cent, to one decimal.

        Examples
        --------
        >>> LeadValues(0.314, "rep", "prospect", "", (), (), 0).percent
        31.4
        """
        return round(100 * self.probability, 1)

    @property
    def text(self) -> str:
        """The reasons, one a line."""
        return "\n".join(self.reasons)[:LONGEST_TEXT]


def differs(before: LeadValues | None, now: LeadValues, least_move: float) -> bool:
    """Return whether a CRM is to be told: something else is said, or the probability has moved by at least so much.

    Examples
    --------
    >>> told = LeadValues(0.30, "rep", "prospect", "When?", (), (), 0)
    >>> nearly, further = (LeadValues(share, "rep", "prospect", "When?", (), (), 1) for share in (0.309, 0.31))
    >>> differs(told, nearly, 0.01), differs(told, further, 0.01), differs(None, nearly, 0.01)
    (False, True, True)
    """
    if before is None:
        return True
    same = ("route", "step", "question", "subjects")
    if any(getattr(before, name) != getattr(now, name) for name in same):
        return True
    return round(abs(now.probability - before.probability), 6) >= max(least_move, 1e-6)


def _question(score: Score) -> str:
    open_questions: tuple[Question | Unknown, ...] = (*score.ask_next, *score.unknown)
    return next((one.ask for one in open_questions if one.ask), "")


def _sign(reason: Reason) -> str:
    return "+" if reason.contribution > 0 else "−"


def _line(reason: Reason) -> str:
    return f"{_sign(reason)} {reason.sentence}"

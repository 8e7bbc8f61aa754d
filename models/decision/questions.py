"""What to ask a lead next: the open question whose answer is worth most to the decision.

An answer is worth something only if it changes where the lead goes: to a rep, whose time then brings more, or away from one, whose time
is then free. A question that moves every score and no decision is worth nothing.
"""

from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.history import Floats
from features.matrix import Matrix
from models.close.model import CloseModel
from models.decision.replies import Replies, answering, places
from models.decision.routes import Prices, Prospects, spread_around, value
from models.decision.settings import DecisionSettings

MOST = 3
"""Questions that are told, the most valuable first."""
AT_ONCE = 500
"""Leads whose questions are weighed together, so that memory stays bounded."""
NOTHING = 1e-6
"""A gain below this share of the amount is rounding."""


@dataclass(frozen=True)
class Answer:
    """What a lead may answer.

    Attributes
    ----------
    probability
        How likely it is to answer so, if it answers.
    score
        The probability of being won that the model would give then, at the same moment.
    """

    said: str
    probability: float
    score: float


@dataclass(frozen=True)
class Question:
    """A question that is open, and what its answers would change.

    Attributes
    ----------
    gain
        By how much the expected value of the lead rises by knowing the answer before it is decided where the lead goes; 0 where no
        answer would change that.
    answers
        From the one that lowers the score most to the one that raises it most.
    """

    field: str
    gain: float
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class _Open:
    """Every open question of some leads, m rows, with up to a answers each; places beyond them have no share.

    Attributes
    ----------
    lead
        Row of the lead (m,).
    field
        Name of the question (m,).
    share, margin
        How likely each answer is, and the log-odds after it (m, a).
    """

    lead: NDArray[np.intp]
    field: list[str]
    share: Floats
    margin: Floats


@dataclass(frozen=True)
class Asking:
    """By what questions are weighed."""

    replies: Replies
    settings: DecisionSettings
    prices: Prices

    def questions(self, model: CloseModel, X: Matrix, leads: Prospects) -> list[tuple[Question, ...]]:
        """Return the questions worth most for each lead, from the model's matrix (n, f)."""
        if model.certainty.abstention:
            return [()] * len(X)
        parts = (slice(at, at + AT_ONCE) for at in range(0, len(X), AT_ONCE))
        return [
            questions
            for part in parts
            for questions in self._some(model, X[part], leads.probability[part], leads.amount[part])
        ]

    def _some(self, model: CloseModel, X: Matrix, probability: Floats, amount: Floats) -> list[tuple[Question, ...]]:
        asked = self._open(model, X, probability)
        found: list[list[Question]] = [[] for _ in X]
        if asked is not None:
            gain, moves = self._weighed(asked, probability, amount)
            for row in np.lexsort((-moves, -gain)).tolist():
                some = found[asked.lead[row]]
                if len(some) < MOST:
                    some.append(self._told(asked, row, float(gain[row])))
        return [tuple(some) for some in found]

    def _open(self, model: CloseModel, X: Matrix, probability: Floats) -> _Open | None:
        """Return every question that is open, asked in one go; None where none is."""
        blocks = [
            (place, self.replies[place.field], np.flatnonzero(X[:, place.answered] == 0))
            for place in places(model.booster)
            if place.field in self.replies
        ]
        blocks = [block for block in blocks if len(block[2])]
        if not blocks:
            return None
        margins = model.margin(
            np.concatenate([answering(X[rows], place, reply.values) for place, reply, rows in blocks])
        )
        # Whichever are open, so that a lead comes to the same to the last bit alone and among others.
        most = max(len(reply.said) for reply in self.replies.values())
        lead = np.concatenate([rows for _, _, rows in blocks])
        share, margin = np.zeros((len(lead), most)), np.zeros((len(lead), most))
        row = at = 0
        for _, reply, rows in blocks:
            n, a = len(rows), len(reply.said)
            share[row : row + n, :a] = reply.likely(probability[rows])
            margin[row : row + n, :a] = margins[at : at + n * a].reshape(n, a)
            row, at = row + n, at + n * a
        fields = [place.field for place, _, rows in blocks for _ in rows]
        return _Open(lead, fields, share, margin)

    def _weighed(self, asked: _Open, probability: Floats, amount: Floats) -> tuple[Floats, Floats]:
        """Return of each open question its gain (m,), and how far the score moves (m,).

        For weighing, the scores after the answers are moved so that on average they are the score before: that somebody answers at
        all is no news where we have asked. What is told of each is what the model would say.
        """
        p, worth = probability[asked.lead], amount[asked.lead]
        after = spread_around(p, asked.margin, asked.share)
        known = (asked.share * value(self.settings, self.prices, after, worth[:, None])).sum(axis=1)
        gain = known - value(self.settings, self.prices, p, worth)
        moves = (asked.share * np.abs(after - p[:, None])).sum(axis=1)
        return np.where(gain > NOTHING * worth, gain, 0.0), moves

    def _told(self, asked: _Open, row: int, gain: float) -> Question:
        field = asked.field[row]
        told = map(Answer, self.replies[field].said, asked.share[row].tolist(), expit(asked.margin[row]).tolist())
        return Question(field, gain, tuple(sorted(told, key=attrgetter("score"))))

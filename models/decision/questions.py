"""What to ask a lead next: the open question whose answer is worth most to the decision.

An answer is worth something only if it changes where the lead goes: to a rep, whose time then brings more, or away from one, whose time
is then free. A question that moves every score and no decision is worth nothing. What is told of an answer is what a score of the lead with
that answer says: its probability, its amount, its value and its route are computed in the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats, Strings
from models.close.model import CloseModel
from models.decision.answer_model import AnswerModel, QuestionColumns, Replies, places
from models.decision.answered import Answered, event_values
from models.decision.routes import REP, ROUTES, Prices, Prospects, Route, Worth, chosen, worth
from models.decision.settings import DecisionSettings

MAX_QUESTIONS = 3
"""Questions that an answer lists, the most valuable first."""
AT_ONCE = 100
"""Leads whose questions are weighed together, so that memory stays bounded."""

Weigh = Callable[[Matrix, Strings], Prospects]
"""Gives what routes are chosen by, from the model's matrix (n, f) and the first channel's values (n,)."""


@dataclass(frozen=True)
class PossibleAnswer:
    """What a lead may answer, and what its score would say then, at the same moment.

    Attributes
    ----------
    probability
        How likely it is to answer so, if it answers.
    score
        The probability of being won.
    expected_amount, expected_value, route
        As of a `Decision`.
    """

    said: str
    probability: float
    score: float
    expected_amount: float
    expected_value: float
    route: Route


@dataclass(frozen=True)
class OpenQuestion:
    """A question that is open, and what its answers would change.

    Attributes
    ----------
    gain
        By how much the lead brings more by knowing the answer before it is decided where the lead goes; 0 where no answer would change
        that.
    answers
        From the one that lowers the score most to the one that raises it most.
    """

    field: str
    gain: float
    answers: tuple[PossibleAnswer, ...]


@dataclass(frozen=True)
class AskedLeads:
    """Leads that are asked, n rows.

    Attributes
    ----------
    row
        Which of the leads that are decided together it is (n,).
    X
        The model's matrix (n, f).
    source
        Value of the first channel (n,).
    probability
        Of being won, as scored (n,).
    route
        Where each goes (n,), by position in `ROUTES`.
    picked
        Whose lot is drawn wherever else they would go (n,): they go to a rep whatever they answer.
    """

    row: NDArray[np.intp]
    X: Matrix
    source: Strings
    probability: Floats
    route: NDArray[np.int8]
    picked: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.X)

    def part(self, rows: slice) -> "AskedLeads":
        """Return some of them."""
        return AskedLeads(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class _Open:
    """Every answer to every open question of some leads, m rows.

    Attributes
    ----------
    lead, question
        Row of the lead, and number of the question among all that are open (m,).
    field, said
        Name of the question, and the answer in words (m,).
    share
        How likely each answer is (m,).
    X
        The lead's row of the matrix after it (m, f).
    """

    lead: NDArray[np.intp]
    question: NDArray[np.intp]
    field: list[str]
    said: list[str]
    share: Floats
    X: Matrix


@dataclass(frozen=True)
class Asking:
    """By what questions are weighed."""

    replies: Replies
    settings: DecisionSettings
    prices: Prices
    weigh: Weigh
    answered: Answered

    def questions(self, model: CloseModel, leads: AskedLeads) -> list[tuple[OpenQuestion, ...]]:
        """Return the questions worth most for each lead."""
        if model.certainty.abstention:
            return [()] * len(leads)
        parts = (slice(at, at + AT_ONCE) for at in range(0, len(leads), AT_ONCE))
        return [questions for part in parts for questions in self._some(model, leads.part(part))]

    def _some(self, model: CloseModel, leads: AskedLeads) -> list[tuple[OpenQuestion, ...]]:
        asked = self._open(model, leads)
        found: list[list[OpenQuestion]] = [[] for _ in range(len(leads))]
        if asked is not None:
            prospects = self.weigh(asked.X, leads.source[asked.lead])
            of = worth(self.settings, self.prices, prospects)
            route = np.where(leads.picked[asked.lead], REP, chosen(self.settings, prospects, of))
            before = np.where(leads.picked, REP, leads.route)[asked.lead]
            brought = asked.share * np.maximum(_brings(of, route) - _brings(of, before), 0)
            moved = asked.share * np.abs(prospects.probability - leads.probability[asked.lead])
            gain, moves = (np.bincount(asked.question, each) for each in (brought, moved))
            first = np.unique(asked.question, return_index=True)[1]
            for question in np.lexsort((-moves, -gain)).tolist():
                some = found[asked.lead[first[question]]]
                if len(some) < MAX_QUESTIONS:
                    rows = np.flatnonzero(asked.question == question).tolist()
                    some.append(self._told(asked, prospects, route, rows, float(gain[question])))
        return [tuple(some) for some in found]

    def _open(self, model: CloseModel, leads: AskedLeads) -> _Open | None:
        """Return every answer to what is open; None where nothing is."""
        blocks = [
            (place, self.replies[place.field], np.flatnonzero(leads.X[:, place.answered] == 0))
            for place in places(model.blend)
            if place.field in self.replies
        ]
        blocks = [block for block in blocks if len(block[2])]
        if not blocks:
            return None
        answers = [len(reply.said) for _, reply, _ in blocks]
        counts = np.concatenate([np.full(len(rows), a) for (_, _, rows), a in zip(blocks, answers, strict=True)])
        lead = np.concatenate([np.repeat(rows, a) for (_, _, rows), a in zip(blocks, answers, strict=True)])
        return _Open(
            lead,
            np.repeat(np.arange(len(counts)), counts),
            [place.field for place, reply, rows in blocks for _ in range(len(rows) * len(reply.said))],
            [said for _, reply, rows in blocks for _ in rows for said in reply.said],
            np.concatenate([reply.likely(leads.probability[rows]).ravel() for _, reply, rows in blocks]),
            self.answered.rows(leads.row[lead], *self._events(model, leads, blocks)),
        )

    def _events(
        self,
        model: CloseModel,
        leads: AskedLeads,
        blocks: Sequence[tuple[QuestionColumns, AnswerModel, NDArray[np.intp]]],
    ) -> tuple[NDArray[np.int16], Floats]:
        """Return the code and the value of the event that each answer is, in the order of `_Open`."""
        as_of, codes = self.answered.moments.as_of[leads.row], model.schema.event_codes
        kinds, values = [], []
        for place, reply, rows in blocks:
            features = tuple(model.blend.features[column] for column in place.values)
            said, times = np.tile(reply.values, (len(rows), 1)), np.repeat(as_of[rows], len(reply.said))
            kinds.append(np.full(len(said), codes[place.field], np.int16))
            values.append(event_values(features, said, times))
        return np.concatenate(kinds), np.concatenate(values)

    def _told(
        self, asked: _Open, prospects: Prospects, route: NDArray[np.int8], rows: list[int], gain: float
    ) -> OpenQuestion:
        answers = (
            PossibleAnswer(
                asked.said[row],
                float(asked.share[row]),
                float(prospects.probability[row]),
                float(prospects.amount[row]),
                expected_value(self.settings, float(prospects.probability[row]), float(prospects.amount[row])),
                ROUTES[route[row]],
            )
            for row in rows
        )
        return OpenQuestion(asked.field[rows[0]], gain, tuple(sorted(answers, key=attrgetter("score"))))


def expected_value(settings: DecisionSettings, probability: float, amount: float) -> float:
    """Return what a lead is expected to bring, less the cost of a rep's working it.

    Examples
    --------
    >>> expected_value(DecisionSettings(), 0.25, 1000.0)  # a rep takes 125 minutes at 60 an hour
    125.0
    """
    return probability * amount - settings.rep.cost


def _brings(of: Worth, route: NDArray[np.integer]) -> Floats:
    """Return what leads bring on their routes (n,); one that is declined brings and costs nothing."""
    return np.select(
        [route == ROUTES.index(name) for name in ("rep", "qualify", "nurture")], [of.rep, of.qualify, of.nurture], 0.0
    )

"""What leads answer to each question, by how likely they were to close before they had answered it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature, said_columns
from features.matrix.matrix import Matrix
from features.records.history import Floats
from features.records.parsing.values import decode
from features.settings.fields import LeadField
from models.close.blend import Blend
from models.close.model import CloseModel
from models.close.reasons.sentences import spoken

Positions = NDArray[np.intp]

BANDS = 4
MIN_ANSWERS = 20
"""Answers that a question needs before it is learned what leads say to it."""
BELIEF = 10.0
"""So many answers of all leads are added to those of a band: a few leads do not make an answer impossible, or certain."""
PARTS = 4
"""Into so many parts of equally many are numbers and dates told."""


class QuestionColumns(NamedTuple):
    """The columns of a question: whether it is answered, what is said, and how long ago; -1 for the number of answers if there is none."""

    field: str
    answered: int
    values: list[int]
    age: int
    given: int


@lru_cache(maxsize=8)
def places(blend: Blend) -> list[QuestionColumns]:
    """Return the columns of each question, in the order of the settings; found once for all leads that are scored by the same model."""
    features = blend.features
    column = {(feature.measure, feature.subject): place for place, feature in enumerate(features)}
    asked = [feature.subject for feature in features if feature.measure == "answered"]
    said = said_columns(features)
    given = next((place for place, feature in enumerate(features) if feature.measure == "answers_given"), -1)
    return [
        QuestionColumns(name, column["answered", name], said[name], column["answer_age", name], given) for name in asked
    ]


class Columns(NamedTuple):
    """The columns of all questions together, for those who ask them all at once.

    Attributes
    ----------
    answered, age
        Of each question (q,).
    values, question
        What is said (v,), and the position of the question that each of them belongs to (v,).
    given
        The number of answers (1,), or none.
    """

    answered: Positions
    age: Positions
    values: Positions
    question: Positions
    given: Positions


@lru_cache(maxsize=8)
def answer_columns(blend: Blend) -> Columns:
    """Return the columns of all questions, found once for all leads that are scored by the same model."""
    asked = places(blend)
    counts = [len(place.values) for place in asked]
    given = sorted({place.given for place in asked if place.given >= 0})
    parts = (
        [place.answered for place in asked],
        [place.age for place in asked],
        [column for place in asked for column in place.values],
        np.repeat(np.arange(len(asked)), counts),
        given,
    )
    return Columns(*(np.asarray(part, np.intp) for part in parts))


def unanswered(X: Matrix, place: QuestionColumns) -> Matrix:
    """Return rows (n, f), which hold an answer to a question, without it."""
    open_ = X.copy()
    open_[:, [*place.values, place.age]] = np.nan
    open_[:, place.answered] = 0
    if place.given >= 0:
        open_[:, place.given] -= 1
    return open_


@dataclass(frozen=True)
class AnswerModel:
    """What leads answer to one question.

    Attributes
    ----------
    said
        Each answer in words (a,).
    values
        What the features of the question hold then (a, c).
    edges
        Probabilities without the answer (BANDS - 1,) that part the bands.
    shares
        How often each is given, by band (BANDS, a); rows sum to 1.
    """

    said: tuple[str, ...]
    values: Matrix
    edges: Floats
    shares: Floats

    def likely(self, probability: Floats) -> Floats:
        """Return how likely each answer is (n, a) from leads of these probabilities (n,)."""
        share: Floats = self.shares[np.searchsorted(self.edges, probability)]
        return share

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what features hold by its bytes in base 64, as some of it is not a number."""
        values = base64.b64encode(np.ascontiguousarray(self.values, "<f4").tobytes()).decode("ascii")
        return {
            "said": list(self.said),
            "values": values,
            "edges": self.edges.tolist(),
            "shares": self.shares.tolist(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "AnswerModel":
        """Read what `to_json` wrote."""
        said = tuple(content["said"])
        values = np.frombuffer(base64.b64decode(content["values"]), "<f4").reshape(len(said), -1).astype(np.float32)
        return cls(said, values, np.array(content["edges"]), np.array(content["shares"]))


Replies = Mapping[str, AnswerModel]
"""By question; of what too few have answered, and of free text, there is none."""


def learn_replies(model: CloseModel, X: Matrix) -> Replies:
    """Learn from leads, in the model's matrix (n, f), what is answered.

    A lead's band is that of its probability without the answer: one that has not answered yet is held against what those said who
    were as likely before they had.
    """
    learned = {}
    for place in places(model.blend):
        field = model.schema.fields[place.field]
        told = X[X[:, place.answered] == 1]
        if field.type != "text" and len(told) >= MIN_ANSWERS:
            learned[place.field] = _reply(model, told, place, field)
    return learned


def _reply(model: CloseModel, told: Matrix, place: QuestionColumns, field: LeadField) -> AnswerModel:
    values, of = _answers(told[:, place.values], field)
    before = model.predict(unanswered(told, place))
    edges = np.quantile(before, np.linspace(0, 1, BANDS + 1)[1:-1])
    counts = np.zeros((BANDS, len(values)))
    np.add.at(counts, (np.searchsorted(edges, before), of), 1)
    overall = counts.sum(axis=0) / counts.sum()
    shares = (counts + BELIEF * overall) / (counts.sum(axis=1, keepdims=True) + BELIEF)
    features = [model.blend.features[column] for column in place.values]
    return AnswerModel(tuple(_in_words(field, features, row) for row in values), values, edges, shares)


def _answers(said: Matrix, field: LeadField) -> tuple[Matrix, NDArray[np.intp]]:
    """Return the answers (a, c) that are told apart, and which of them each lead (n,) gave; numbers by the middle of each part."""
    if field.type in ("number", "date"):
        limits = np.quantile(said[:, 0], np.linspace(0, 1, PARTS + 1)[1:-1])
        _, of = np.unique(np.searchsorted(limits, said[:, 0]), return_inverse=True)
        middles = [np.median(said[of == part, 0]) for part in range(int(of.max()) + 1)]
        return np.array(middles, np.float32)[:, None], of
    values, of = np.unique(said, axis=0, return_inverse=True)
    return values.astype(np.float32), of.ravel()


def _in_words(field: LeadField, features: Sequence[Feature], row: NDArray[np.float32]) -> str:
    value = float(row[0])
    if features[0].measure == "is_value":
        return next((str(feature.value) for feature, held in zip(features, row, strict=True) if held == 1), "other")
    if field.type in ("number", "date"):
        return f"about {spoken(field, value, value)}" if field.type == "number" else spoken(field, value, value)
    known = decode(field, value)
    return "" if known is None else spoken(field, known, value)

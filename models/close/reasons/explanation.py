"""From contributions to reasons: what speaks for and against a lead, in log-odds and in points that add up.

Features about the same thing share their contribution by chance of the trees, so a rep reads one reason a subject. Nothing is
lost: the reasons of a score sum to its margin, and their points to its probability.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import EVERYONE, SAID, Feature
from features.matrix.texts import words_at
from features.records.clock import DAY, NEVER
from features.records.history import Floats, History, Moments
from features.settings.fields import Obstacle
from models.close.blend import Blend
from models.close.model import CloseModel, Explained
from models.close.reasons.sentences import Situation, rounded, sentence

OWN_SUBJECT = {
    "answers_given": "all answers",
    "lead_age": "lead's age",
    "unanswered_touches": "attempts without reply",
    "recent": "{subject}, recently",
}
"""Measures that a rep reads as a subject of their own, under names that no field or kind can have."""


class WordEffect(NamedTuple):
    """A word or a pair of words that was written, and the log-odds that it added."""

    word: str
    contribution: float


class CloseReason(NamedTuple):
    """Why a score is higher or lower than the base.

    Attributes
    ----------
    feature, value
        The feature that says most of it, and its value; None where not known.
    contribution
        Log-odds of all features about the subject.
    points
        Probability points, from -1 to 1; with the base probability, the points of all reasons sum to the probability.
    words
        Where something was written, what each of its words added: their sum is what words added to the contribution.
    """

    subject: str
    obstacle: Obstacle
    feature: str
    value: str | float | bool | None
    sentence: str
    contribution: float
    points: float
    words: tuple[WordEffect, ...] = ()


class UnansweredQuestion(NamedTuple):
    """A question that the lead has not answered, and how to ask it."""

    field: str
    obstacle: Obstacle
    sentence: str
    ask: str


@dataclass(frozen=True)
class LeadScore:
    """What the model says about one lead at one moment.

    Attributes
    ----------
    probability
        Of being won within the horizon after `as_of`, or by `deadline`.
    deadline
        The end of the day by which the lead is decided (microseconds UTC); None where the horizon holds.
    base_rate
        Share of past moments that were won.
    base_probability, base_value
        Where the reasons start: the probability, and its log-odds, of a lead of which nothing is known.
    margin
        Log-odds of the probability.
    low, high
        Between which the share lies that is won of leads of which the same is known, with the coverage `models.close.uncertainty.LEVEL`;
        of a model that abstains, the share of all leads. None where that was not measured.
    abstention
        Why the model says no more than the base rate; empty where it does.
    reasons
        All of them, from the strongest to the weakest.
    inputs, contributions
        Of every feature, in the order of the model's: what it was (NaN where not known), and the log-odds that it added.
    """

    lead_id: str
    as_of: int
    deadline: int | None
    probability: float
    base_rate: float
    base_probability: float
    base_value: float
    margin: float
    low: float | None
    high: float | None
    abstention: str
    reasons: tuple[CloseReason, ...]
    unknown: tuple[UnansweredQuestion, ...]
    inputs: NDArray[np.float32] = field(compare=False, repr=False)
    contributions: Floats = field(compare=False, repr=False)


@dataclass(frozen=True)
class Level:
    """What the model says about one lead at one moment, without words.

    Attributes
    ----------
    probability, margin
        As a `LeadScore` has them.
    subjects
        The contribution of each subject that adds something, as its reason has it.
    """

    probability: float
    margin: float
    subjects: Mapping[str, float]


def levels(model: CloseModel, history: History, moments: Moments) -> list[Level]:
    """Score moments, and say only what each subject adds: for comparing many moments whose reasons nobody reads."""
    explained = model.explain(model.matrix(history, moments))
    subjects = _subjects(model.blend, model.offset.features())
    added = [zip(subjects.names, _sums(subjects, row).tolist(), strict=True) for row in explained.contributions]
    numbers = zip(explained.probability.tolist(), explained.margin.tolist(), added, strict=True)
    return [Level(probability, margin, {name: one for name, one in own if one}) for probability, margin, own in numbers]


def score(model: CloseModel, history: History, moments: Moments) -> list[LeadScore]:
    """Score moments and explain each."""
    return scores_of(model, history, moments, model.explain(model.matrix(history, moments)))


def scores_of(model: CloseModel, history: History, moments: Moments, explained: Explained) -> list[LeadScore]:
    """Return in full what the model has explained of moments."""
    probability = explained.probability
    subjects = _subjects(model.blend, model.offset.features())
    low, high = _ranges(model, explained.margin)
    deadline = history.deadline[moments.lead]
    return [
        LeadScore(
            lead_id=str(history.leads.lead_id[moments.lead[row]]),
            as_of=int(moments.as_of[row]),
            deadline=None if deadline[row] == NEVER else int(deadline[row]),
            probability=float(probability[row]),
            base_rate=model.base_rate,
            base_probability=explained.base_probability,
            base_value=explained.base_value,
            margin=float(explained.margin[row]),
            low=low[row],
            high=high[row],
            abstention=model.certainty.abstention,
            reasons=tuple(reasons(subjects, explained, row, situation)),
            unknown=tuple(unknown(situation)),
            inputs=explained.X[row],
            contributions=explained.contributions[row],
        )
        for row, situation in enumerate(situate(model, history, moments, explained.X))
    ]


def _ranges(model: CloseModel, margin: Floats) -> tuple[Sequence[float | None], Sequence[float | None]]:
    bounds = model.certainty.range(margin)
    if bounds is None:
        return [None] * len(margin), [None] * len(margin)
    return bounds[0].tolist(), bounds[1].tolist()


def subject_columns(features: Sequence[Feature]) -> dict[str, list[int]]:
    """Return the columns of the features about each subject."""
    columns: dict[str, list[int]] = {}
    for column, feature in enumerate(features):
        own = OWN_SUBJECT.get(feature.measure, "{subject}").replace("{subject}", feature.subject)
        columns.setdefault(own, []).append(column)
    return columns


class _Subjects(NamedTuple):
    """What the features are about: the names of the subjects, the columns of each, and the subject of each column (f,)."""

    names: list[str]
    columns: list[list[int]]
    of: NDArray[np.intp]


@lru_cache(maxsize=8)
def _subjects(blend: Blend, of_offset: tuple[Feature, ...]) -> _Subjects:
    """Return the subjects, found once for all leads that are scored by the same model."""
    every = subject_columns((*blend.features, *of_offset))
    of = np.empty(len(blend.features) + len(of_offset), np.intp)
    for subject, columns in enumerate(every.values()):
        of[columns] = subject
    return _Subjects(list(every), list(every.values()), of)


def points(contributions: Floats, probability: float, base_probability: float) -> Floats:
    """Share out `probability - base_probability` in proportion to the contributions (n,), so that it adds up.

    Where the contributions cancel out, the slope p (1 - p) of the logistic curve stands in for the ratio.
    """
    total = float(contributions.sum())
    scale = (probability - base_probability) / total if abs(total) > 1e-9 else probability * (1 - probability)
    return contributions * scale


def reasons(subjects: _Subjects, explained: Explained, row: int, situation: Situation) -> Iterator[CloseReason]:
    """Yield the reasons of one row, the strongest first; subjects that add nothing are left out."""
    sums = _sums(subjects, explained.contributions[row])
    shares = points(sums, float(explained.probability[row]), explained.base_probability).tolist()
    # Plain numbers from here on: Python takes them from a list many times faster than from an array.
    contributions, added = explained.contributions[row].tolist(), sums.tolist()
    for index in np.argsort(-np.abs(sums), kind="stable").tolist():
        if added[index] == 0:
            return
        most = max if added[index] > 0 else min
        feature = situation.features[most(subjects.columns[index], key=contributions.__getitem__)]
        yield CloseReason(
            subject=subjects.names[index],
            obstacle=feature.obstacle,
            feature=feature.name,
            value=_readable(feature, situation),
            sentence=sentence(feature, situation),
            contribution=added[index],
            points=shares[index],
            words=tuple(_words(subjects.columns[index], contributions, situation)) if situation.words else (),
        )


def _words(columns: Sequence[int], contributions: Sequence[float], situation: Situation) -> Iterator[WordEffect]:
    """Yield what each word added: the contribution of a text is shared out by the words' weights."""
    for column in columns:
        feature = situation.features[column]
        words = situation.words.get(feature.subject, {}) if feature.measure == "text_margin" else {}
        total = sum(words.values())
        for word, weight in words.items():
            # Words that cancel out have no part of the sum that is theirs: each then takes the same.
            part = weight / total if total else 1 / len(words)
            yield WordEffect(word, contributions[column] * part)


def _sums(subjects: _Subjects, contributions: Floats) -> Floats:
    return np.bincount(subjects.of, contributions, len(subjects.names)).astype(np.float64, copy=False)


def _readable(feature: Feature, situation: Situation) -> str | float | bool | None:
    if feature.measure in SAID:
        return situation.known_value(feature)
    value = situation.value(feature)
    if math.isnan(value):
        return None
    return bool(value) if feature.unit == "yes or no" else rounded(value)


def unknown(situation: Situation) -> Iterator[UnansweredQuestion]:
    """Yield the questions that are not answered, in the order of the settings."""
    for column, feature in enumerate(situation.features):
        if feature.measure == "answered" and not situation.values[column]:
            asked = situation.schema.fields[feature.subject]
            yield UnansweredQuestion(feature.subject, feature.obstacle, sentence(feature, situation), asked.ask)


def situate(model: CloseModel, history: History, moments: Moments, X: np.ndarray) -> Iterator[Situation]:
    """Yield, for each moment with its features (n, f), what sentences may refer to."""
    channels = {name: history.leads.channels[name][moments.lead] for name in model.schema.channels}
    everyone = np.full(len(moments), EVERYONE, np.object_)
    codes = {name: model.books.code(name, values) for name, values in {**channels, EVERYONE: everyone}.items()}
    day = model.books.day(moments.as_of)
    words = words_at(history, moments, model.books.texts)
    for row, values in enumerate(X.tolist()):
        yield Situation(
            schema=model.schema,
            column=model.column,
            features=model.features,
            said=model.said,
            values=values,
            channels={name: of[row] for name, of in channels.items()},
            books=model.books,
            codes={name: int(code[row]) for name, code in codes.items()},
            day=int(day[row]),
            today=int(moments.as_of[row] // DAY),
            typical=model.typical,
            words=words[row],
        )

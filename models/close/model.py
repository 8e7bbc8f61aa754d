"""The close model as one frozen object: what it may know, its trees, its calibration, and its channels' books."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from joblib import cpu_count
from scipy.special import expit

from features.feature import Feature
from features.history import Floats, History, Moments, creations
from features.matrix import Matrix, catalogue, feature_matrix
from features.settings import LeadSchema
from features.track_record import Books, keep_books
from models.close.booster import Booster
from models.close.calibration import Affine
from models.close.certainty import NOT_MEASURED, Certainty, log_odds
from models.close.offset import Offset

TREES, FACTS, BOOKS, OFFSET = "trees.txt", "model.json", "books.json", "offset.json"
FILES = (TREES, FACTS, BOOKS, OFFSET)
"""The text files that a model is kept in."""


@dataclass(frozen=True)
class Explained:
    """Scores with their exact explanation, n moments and f features.

    Attributes
    ----------
    margin
        Calibrated log-odds (n,).
    contributions
        Log-odds (n, f) that each feature added; with `base_value` they sum to the margin within 1e-9.
    base_value
        Log-odds before anything is known of the lead.
    X
        The feature values (n, f) behind them.
    """

    margin: Floats
    contributions: Floats
    base_value: float
    X: Matrix

    @cached_property
    def probability(self) -> Floats:
        """Probability (n,) of being won within the horizon."""
        return expit(self.margin)

    @property
    def base_probability(self) -> float:
        """The probability that belongs to `base_value`."""
        return float(expit(self.base_value))


@dataclass(frozen=True)
class CloseModel:
    """A fitted close model.

    Attributes
    ----------
    base_rate
        Share of training moments that were won within the horizon, every lead weighing the same.
    trained_until
        Microseconds UTC: labels known by then were used.
    certainty
        How far its probabilities can be trusted; a model that abstains answers with the base rate, for all leads alike.
    typical
        By feature, the middle of what it has seen of it, for sentences to compare with.
    """

    schema: LeadSchema
    booster: Booster
    calibration: Affine
    books: Books
    offset: Offset
    base_rate: float
    trained_until: int
    certainty: Certainty = NOT_MEASURED
    typical: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The columns of the model's matrix: those of the catalogue, then those of the offset."""
        return (*self.booster.features, *self.offset.features())

    @cached_property
    def column(self) -> dict[str, int]:
        """The place of each feature among the columns, by its name."""
        return {feature.name: place for place, feature in enumerate(self.features)}

    def matrix(self, history: History, moments: Moments) -> Matrix:
        """Return the matrix of moments, with the channels' records from the model's books."""
        return self.with_offset(feature_matrix(history, moments, self.books), history, moments)

    def with_offset(self, X: Matrix, history: History, moments: Moments) -> Matrix:
        """Return the model's matrix from the features (n, f) of moments."""
        return np.hstack((X, self.offset.at(history, moments)))

    def margin(self, X: Matrix) -> Floats:
        """Return calibrated log-odds (n,) with their offset; of a model that abstains, those of the base rate."""
        if self.certainty.abstention:
            return np.full(len(X), log_odds(self.base_rate))
        trees = len(self.booster.features)
        offset: Floats = X[:, trees:].sum(axis=1, dtype=np.float64)
        return self.calibration(self.booster.margin(X[:, :trees])) + offset

    def refreshed(self, history: History) -> "CloseModel":
        """Return the model with the books and the offset that follow from the outcomes of a history; nothing is trained."""
        books = keep_books(history)
        X = feature_matrix(history, creations(history), books, cpu_count())
        probability = expit(self.calibration(self.booster.margin(X)))
        return replace(self, books=books, offset=self.offset.followed(history, probability))

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,) without explanation."""
        return expit(self.margin(X))

    def explain(self, X: Matrix) -> Explained:
        """Return probabilities with contributions that add up to them."""
        if self.certainty.abstention:
            return Explained(self.margin(X), np.zeros(X.shape), log_odds(self.base_rate), X)
        trees = len(self.booster.features)
        raw = self.booster.contributions(X[:, :trees])
        base_value = self.calibration.shift + self.calibration.slope * float(raw[0, -1] if len(raw) else 0.0)
        contributions = np.hstack((self.calibration.slope * raw[:, :-1], X[:, trees:].astype(np.float64)))
        return Explained(self.margin(X), contributions, base_value, X)

    def to_texts(self) -> dict[str, str]:
        """Return the model as text files by name."""
        facts = {
            "schema": self.schema.model_dump(mode="json"),
            "calibration": self.calibration.model_dump(),
            "base_rate": self.base_rate,
            "trained_until": self.trained_until,
            "certainty": self.certainty.model_dump(),
            "typical": dict(self.typical),
        }
        return {
            TREES: self.booster.to_text(),
            FACTS: json.dumps(facts, indent=1),
            BOOKS: json.dumps(self.books.to_json(), separators=(",", ":")),
            OFFSET: json.dumps(self.offset.to_json(), separators=(",", ":")),
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> "CloseModel":
        """Read what `to_texts` wrote; the model then predicts the same to the bit.

        Raises
        ------
        ValueError
            If the settings inside no longer give the features that the trees were grown on.
        """
        facts: dict[str, Any] = json.loads(texts[FACTS])
        schema = LeadSchema.model_validate(facts["schema"])
        return cls(
            schema,
            Booster.from_text(texts[TREES], catalogue(schema)),
            Affine.model_validate(facts["calibration"]),
            Books.from_json(json.loads(texts[BOOKS])),
            Offset.from_json(json.loads(texts[OFFSET])),
            facts["base_rate"],
            facts["trained_until"],
            Certainty.model_validate(facts.get("certainty", {})),
            facts.get("typical", {}),
        )

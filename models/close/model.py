"""The close model as one frozen object: what it may know, its trees, its calibration, and its channels' books."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from scipy.special import expit

from features.matrix.feature import Feature, said_columns
from features.matrix.matrix import Matrix, catalogue, feature_matrix, own_features, own_matrix
from features.matrix.target_sums import fit_target_statistics
from features.matrix.track_record import TargetStatistics
from features.records.history import Floats, History, Moments
from features.settings.schema import LeadSchema
from models.close.blend import LINEAR, TREES, Blend
from models.close.calibration import Affine
from models.close.labels import moments_at_ages
from models.close.level.cohorts import LOOK_BACK, first_scores
from models.close.level.offset import Offset
from models.close.uncertainty import NOT_MEASURED, Certainty, log_odds

FACTS, BOOKS, OFFSET = "model.json", "books.json", "offset.json"
MODEL_FILES = (TREES, LINEAR, FACTS, BOOKS, OFFSET)
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


OUTCOMES_KNOWN = ("followed_until", "told_until")
"""Facts of a model that say which outcomes it knows beyond those of its training; written where they are known."""


@dataclass(frozen=True)
class CloseModel:
    """A fitted close model.

    Attributes
    ----------
    base_rate
        Share of training moments that were won within the horizon.
    trained_until
        Microseconds UTC: labels known by then were used.
    certainty
        How far its probabilities can be trusted; a model that abstains answers with the base rate, for all leads alike.
    typical
        By feature, the middle of what it has seen of it, for sentences to compare with.
    followed_until
        Microseconds UTC: outcomes recorded by then are in its books and its offset; None where that is `trained_until`.
    told_until
        Microseconds UTC by the clock of the service's store: outcomes that were told later, with whatever time, are not known to it; None
        where no store was asked.
    """

    schema: LeadSchema
    blend: Blend
    calibration: Affine
    books: TargetStatistics
    offset: Offset
    base_rate: float
    trained_until: int
    certainty: Certainty = NOT_MEASURED
    typical: Mapping[str, float] = field(default_factory=dict)
    followed_until: int | None = None
    told_until: int | None = None

    @property
    def outcomes_known(self) -> tuple[int, int | None]:
        """By when outcomes were recorded, and told to a store, that the model knows (microseconds UTC)."""
        return self.trained_until if self.followed_until is None else self.followed_until, self.told_until

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The columns of the model's matrix: those of the catalogue, then those of the offset."""
        return (*self.blend.features, *self.offset.features())

    @cached_property
    def column(self) -> dict[str, int]:
        """The place of each feature among the columns, by its name."""
        return {feature.name: place for place, feature in enumerate(self.features)}

    @cached_property
    def said(self) -> dict[str, list[int]]:
        """The columns that hold what is said in each field, by its name."""
        return said_columns(self.features)

    def matrix(self, history: History, moments: Moments) -> Matrix:
        """Return the matrix of moments, with the channels' records from the model's books."""
        return self.with_offset(self.learned_matrix(history, moments), history, moments)

    def learned_matrix(self, history: History, moments: Moments, threads: int = 1) -> Matrix:
        """Return the features (n, f) of moments that the blend learned from: those that the code has besides are left out."""
        X = feature_matrix(history, moments, self.books, threads)
        return X if self._learned is None else X[:, self._learned]

    @cached_property
    def _learned(self) -> list[int] | None:
        """Places, among the features that there are, of those that the blend learned from; None where it is all of them."""
        there = [feature.name for feature in catalogue(self.schema)]
        learned = [feature.name for feature in self.blend.features]
        return None if learned == there else [there.index(name) for name in learned]

    def with_offset(self, X: Matrix, history: History, moments: Moments) -> Matrix:
        """Return the model's matrix from the features (n, f) of moments."""
        return np.hstack((X, self.offset.at(history, moments)))

    def with_own(self, X: Matrix, history: History, moments: Moments) -> Matrix:
        """Return rows (n, f) of the model's matrix with the columns of what the leads themselves say and do as of moments (n,)."""
        X = X.copy()
        places, own = self._own
        X[:, places] = own_matrix(history, moments)[:, own]
        return X

    @cached_property
    def _own(self) -> tuple[list[int], list[int]]:
        """The places of what a lead itself says and does: among the columns of the model's matrix, and among such features."""
        own = {feature.name: place for place, feature in enumerate(own_features(self.schema))}
        names = [feature.name for feature in self.blend.features if feature.name in own]
        return [self.column[name] for name in names], [own[name] for name in names]

    def margin(self, X: Matrix) -> Floats:
        """Return calibrated log-odds (n,) with their offset; of a model that abstains, those of the base rate."""
        if self.certainty.abstention:
            return np.full(len(X), log_odds(self.base_rate))
        return self.promised(X[:, : len(self.blend.features)]) + self._offset(X)

    def margins(self, X: Matrix, columns: NDArray[np.intp]) -> Floats:
        """Return log-odds (n, k) of rows (n, k, f) that within each n differ in these columns of the blend alone; to the bit those of `margin`."""
        if self.certainty.abstention:
            return np.full(X.shape[:2], log_odds(self.base_rate))
        promised = self.calibration(self.blend.margins(X[:, :, : len(self.blend.features)], columns))
        return promised + self._offset(X[:, 0])[:, None]

    def _offset(self, X: Matrix) -> Floats:
        offset: Floats = X[:, len(self.blend.features) :].sum(axis=1, dtype=np.float64)
        return offset

    def promised(self, X: Matrix) -> Floats:
        """Return calibrated log-odds (n,) without offset, of rows (n, f) of the catalogue."""
        return self.calibration(self.blend.margin(X))

    def followed(self, history: History, moments: Moments, X: Matrix, until: int | None = None) -> "CloseModel":
        """Return the model with the offset that follows from a history, in which moments (n,) have the features X.

        Parameters
        ----------
        until
            Microseconds UTC: follow no later day.
        """
        if self.offset.delays is None or not self.offset.moves:
            return self
        rows = first_scores(history, moments, self.offset.delays)
        moments, margin = moments.take(rows), self.promised(X[rows])
        return replace(self, offset=self.offset.followed(history, moments, margin, until))

    def refreshed(self, history: History) -> "CloseModel":
        """Return the model with the books and the offset that follow from the outcomes of a history; nothing is trained."""
        model = replace(self, books=fit_target_statistics(history), followed_until=history.known_until)
        if self.offset.delays is None or not self.offset.moves:
            return model
        moments = moments_at_ages(history, (self.offset.delays.age_days,), history.known_until)
        moments = moments.take(moments.as_of >= self.offset.since - LOOK_BACK)
        return model.followed(history, moments, model.learned_matrix(history, moments, cpu_count()))

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,) without explanation."""
        return expit(self.margin(X))

    def explain(self, X: Matrix) -> Explained:
        """Return probabilities with contributions that add up to them."""
        if self.certainty.abstention:
            return Explained(self.margin(X), np.zeros(X.shape), log_odds(self.base_rate), X)
        trees = len(self.blend.features)
        margin, raw = self.blend.explain(X[:, :trees])
        base_value = self.calibration.shift + self.calibration.slope * float(raw[0, -1] if len(raw) else 0.0)
        contributions = np.hstack((self.calibration.slope * raw[:, :-1], X[:, trees:].astype(np.float64)))
        return Explained(self.calibration(margin) + self._offset(X), contributions, base_value, X)

    def to_texts(self) -> dict[str, str]:
        """Return the model as text files by name."""
        facts = {
            "schema": self.schema.model_dump(mode="json"),
            "calibration": self.calibration.model_dump(),
            "base_rate": self.base_rate,
            "trained_until": self.trained_until,
            "certainty": self.certainty.model_dump(),
            "typical": dict(self.typical),
            **{name: time for name in OUTCOMES_KNOWN if (time := getattr(self, name)) is not None},
        }
        return {
            **self.blend.to_texts(),
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
            If the settings inside no longer give a feature that it was trained on.
        """
        facts: dict[str, Any] = json.loads(texts[FACTS])
        schema = LeadSchema.model_validate(facts["schema"])
        return cls(
            schema,
            Blend.from_texts(texts, catalogue(schema)),
            Affine.model_validate(facts["calibration"]),
            TargetStatistics.from_json(json.loads(texts[BOOKS])),
            Offset.from_json(json.loads(texts[OFFSET])),
            facts["base_rate"],
            facts["trained_until"],
            Certainty.model_validate(facts.get("certainty", {})),
            facts.get("typical", {}),
            **{name: facts.get(name) for name in OUTCOMES_KNOWN},
        )

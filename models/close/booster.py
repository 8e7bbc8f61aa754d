"""Gradient boosted trees on the log-odds: small, monotone where that is defensible, and the same bytes every time."""

import numpy as np
from scipy.special import expit

from features.feature import Feature
from features.history import Floats
from features.matrix import Matrix
from models.close.settings import BoosterSettings
from models.lightgbm import lgb

BATCH = 1024
"""From so many rows on, prediction uses all cores; below it threads cost more than they give."""


class Booster:
    """Fitted trees over the columns of a catalogue."""

    def __init__(self, trees: lgb.Booster, features: tuple[Feature, ...]) -> None:
        self.features = features
        self._trees = trees

    @classmethod
    def fit(
        cls,
        settings: BoosterSettings,
        features: tuple[Feature, ...],
        X: Matrix,
        y: Floats,
        sample_weight: Floats,
        rounds: int,
    ) -> "Booster":
        """Grow a given number of trees on rows (n, f) with labels (n,) from 0 to 1."""
        trees = lgb.train(settings.parameters(features), _dataset(X, y, sample_weight, features), rounds)
        return cls(trees, features)

    @classmethod
    def fit_stopping(
        cls,
        settings: BoosterSettings,
        features: tuple[Feature, ...],
        train: tuple[Matrix, Floats, Floats],
        later: tuple[Matrix, Floats, Floats],
    ) -> "Booster":
        """Grow trees on (X, y, sample_weight) until later moments gain no more."""
        dataset = _dataset(*train, features)
        trees = lgb.train(
            settings.parameters(features),
            dataset,
            settings.most_rounds,
            valid_sets=[_dataset(*later, features, reference=dataset)],
            callbacks=[lgb.early_stopping(settings.patience, verbose=False)],
        )
        best = max(trees.best_iteration, 1)
        return cls(lgb.Booster(model_str=trees.model_to_string(num_iteration=best)), features)

    @classmethod
    def from_text(cls, text: str, features: tuple[Feature, ...]) -> "Booster":
        """Read LightGBM's own text format.

        Raises
        ------
        ValueError
            If the text was written for other features.
        """
        trees = lgb.Booster(model_str=text)
        names = [feature.name for feature in features]
        if trees.feature_name() != names:
            different = sorted(set(names) ^ set(trees.feature_name()))
            raise ValueError(f"The model was trained on other features; different are {different}: train it anew.")
        return cls(trees, features)

    def to_text(self) -> str:
        """Return the trees in LightGBM's own text format."""
        return self._trees.model_to_string()

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return self._trees.num_trees()

    def margin(self, X: Matrix) -> Floats:
        """Return log-odds (n,) before calibration."""
        return np.asarray(self._trees.predict(X, raw_score=True, num_threads=_threads(X)), np.float64)

    def probability(self, X: Matrix) -> Floats:
        """Return probabilities (n,) before calibration."""
        return expit(self.margin(X))

    def contributions(self, X: Matrix) -> Floats:
        """Return exact path-dependent SHAP values (n, f + 1) of the margin; the last column is the expected margin.

        Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees",
        as LightGBM computes it (`pred_contrib`).
        """
        if not len(X):  # LightGBM divides by the number of rows
            return np.empty((0, len(self.features) + 1))
        return np.asarray(self._trees.predict(X, pred_contrib=True, num_threads=_threads(X)), np.float64)


def _dataset(
    X: Matrix,
    y: Floats,
    sample_weight: Floats,
    features: tuple[Feature, ...],
    reference: lgb.Dataset | None = None,
) -> lgb.Dataset:
    names = [feature.name for feature in features]
    return lgb.Dataset(X, y, reference=reference, weight=sample_weight, feature_name=names)


def _threads(X: Matrix) -> int:
    """Return 1 for few rows: OpenMP turns 0.6 ms into 8 ms when the cores are busy."""
    return 1 if len(X) < BATCH else 0

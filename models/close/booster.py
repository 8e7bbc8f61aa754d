"""Gradient boosted trees on the log-odds: small, monotone where that is defensible, and the same bytes every time."""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.lightgbm import lgb
from models.close.settings import BoosterSettings

Binned = lgb.Dataset
"""Rows with labels and weights, cut into bins once for all trees that are grown on them."""

BATCH = 1024
"""From so many rows on, prediction uses all cores; below it threads cost more than they give."""


TREE = re.compile(r"^Tree=\d+\n(.*?)(?=^Tree=|^end of trees)", re.DOTALL | re.MULTILINE)
VALUES = re.compile(r"^((?:leaf|internal)_value=)(.+)$", re.MULTILINE)
"""In LightGBM's text: what belongs to a tree, and the values of its leaves and inner nodes."""
END_OF_TREES = "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\npandas_categorical:null\n"


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
        return cls.grown(settings, features, binned(X, y, sample_weight, features), rounds)

    @classmethod
    def grown(cls, settings: BoosterSettings, features: tuple[Feature, ...], rows: Binned, rounds: int) -> Self:
        """Grow a given number of trees on rows in bins."""
        return cls(lgb.train(settings.parameters(features), rows, rounds), features)

    @classmethod
    def fit_stopping(
        cls,
        settings: BoosterSettings,
        features: tuple[Feature, ...],
        train: tuple[Matrix, Floats, Floats],
        later: tuple[Matrix, Floats, Floats],
    ) -> "Booster":
        """Grow trees on (X, y, sample_weight) until later moments gain no more."""
        rows = binned(*train, features)
        return cls.grown_stopping(settings, features, rows, binned(*later, features, reference=rows))

    @classmethod
    def grown_stopping(
        cls, settings: BoosterSettings, features: tuple[Feature, ...], rows: Binned, later: Binned
    ) -> Self:
        """Grow trees on rows in bins until later moments gain no more."""
        trees = lgb.train(
            settings.parameters(features),
            rows,
            settings.most_rounds,
            valid_sets=[later],
            callbacks=[lgb.early_stopping(settings.patience, verbose=False)],
        )
        best = max(trees.best_iteration, 1)
        return cls(lgb.Booster(model_str=trees.model_to_string(num_iteration=best)), features)

    @classmethod
    def weighted_sum(cls, parts: Sequence[tuple[float, Self]]) -> Self:
        """Return one booster whose margin is the sum of others' margins, each times its weight.

        Its trees are all of theirs with the values of leaves scaled. So one call predicts and one explains, and contributions are the
        weighted sums of the parts' exact ones.
        """
        features = parts[0][1].features
        bodies = [(weight, body) for weight, part in parts for body in TREE.findall(part.to_text())]
        trees = [f"Tree={number}\n{_scaled(body, weight)}" for number, (weight, body) in enumerate(bodies)]
        sizes = " ".join(str(len(tree.encode())) for tree in trees)
        head = parts[0][1].to_text().split("tree_sizes=")[0]
        text = f"{head}tree_sizes={sizes}\n\n{''.join(trees)}{END_OF_TREES}"
        return cls(lgb.Booster(model_str=text), features)

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


def binned(
    X: Matrix,
    y: Floats,
    sample_weight: Floats,
    features: tuple[Feature, ...],
    reference: Binned | None = None,
    level: Floats | None = None,
    fewest: int | None = None,
) -> Binned:
    """Cut rows (n, f) into bins, those of other rows where given.

    Parameters
    ----------
    fewest
        Leads in a leaf, if the rows are to be cut now: columns that no leaf of so many can be split by are left out, as they
        are where trees that are grown cut the rows.
    level
        Log-odds (n,) that are known beforehand: trees learn what is beyond them, and do not hold them.
    """
    names = [feature.name for feature in features]
    params = {"verbosity": -1} if fewest is None else {"verbosity": -1, "min_data_in_leaf": fewest}
    rows = lgb.Dataset(
        X, y, reference=reference, weight=sample_weight, init_score=level, feature_name=names, params=params
    )
    return rows if fewest is None else rows.construct()


def taken(
    rows: Binned, places: NDArray[np.integer], y: Floats, sample_weight: Floats, level: Floats | None = None
) -> Binned:
    """Return rows in bins at places that rise, with labels (n,), weights (n,) and levels (n,) of their own: nothing is cut into bins anew."""
    return labelled(rows.subset(places.tolist()).construct(), y, sample_weight, level)


def labelled(rows: Binned, y: Floats, sample_weight: Floats, level: Floats | None = None) -> Binned:
    """Return the same rows in bins with other labels (n,), weights (n,) and levels (n,)."""
    rows.set_label(y).set_weight(sample_weight).set_init_score(level)
    if level is None:
        rows.set_field("init_score", None)  # LightGBM's own setter leaves one of before as it is
    return rows


def _scaled(body: str, weight: float) -> str:
    """Return the text of a tree with the values of its nodes times a weight."""

    def scaled(line: re.Match[str]) -> str:
        return line[1] + " ".join(repr(float(value) * weight) for value in line[2].split())

    return VALUES.sub(scaled, body)


def _threads(X: Matrix) -> int:
    """Return 1 for few rows: OpenMP turns 0.6 ms into 8 ms when the cores are busy."""
    return 1 if len(X) < BATCH else 0

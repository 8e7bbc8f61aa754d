"""The trees of the decision models: LightGBM with other losses than the close model's, as text, the same bytes every time."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.booster import BATCH
from models.close.lightgbm import lgb
from models.close.settings import BoosterSettings

SETTINGS = BoosterSettings(
    learning_rate=0.05, num_leaves=4, max_depth=3, min_leads_in_leaf=20, l2=10.0, most_rounds=300, patience=20
)


def grow(
    features: tuple[Feature, ...],
    loss: Mapping[str, Any],
    train: tuple[Matrix, Floats, Floats],
    later: tuple[Matrix, Floats, Floats] | None = None,
    rounds: int = SETTINGS.most_rounds,
) -> lgb.Booster:
    """Grow trees on (X, y, weight) until later rows gain no more; without these, so many rounds."""
    names = [feature.name for feature in features]
    parameters = {**SETTINGS.parameters(features), **loss}
    del parameters["monotone_constraints"], parameters["monotone_constraints_method"]
    dataset = lgb.Dataset(train[0], train[1], weight=train[2], feature_name=names)
    if later is None:
        return lgb.train(parameters, dataset, rounds)
    watched = lgb.Dataset(later[0], later[1], weight=later[2], feature_name=names, reference=dataset)
    stop = lgb.early_stopping(SETTINGS.patience, verbose=False)
    return lgb.train(parameters, dataset, rounds, valid_sets=[watched], callbacks=[stop])


def predict(trees: lgb.Booster, X: Matrix, *, raw: bool = False) -> Floats:
    """Return what trees say of rows (n, f); few rows take one thread."""
    if not len(X):
        return np.empty((0, trees.num_model_per_iteration()))
    threads = 1 if len(X) < BATCH else 0
    return np.asarray(trees.predict(X, raw_score=raw, num_threads=threads), np.float64)

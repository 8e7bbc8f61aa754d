"""Logistic regression on the features of the close model."""

from typing import TYPE_CHECKING

import numpy as np

from features.history import Floats
from features.matrix import Matrix

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


class Logistic:
    """Logistic regression on the same features: medians for what is not known, with a mark that it is not."""

    def __init__(self, X: Matrix, y: Floats, sample_weight: Floats) -> None:
        # The service, which fits none, starts without them.
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._pipeline: Pipeline = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            StandardScaler(),
            LogisticRegression(C=0.1, max_iter=2000),
        )
        won = np.repeat((True, False), len(y))
        weight = np.concatenate((sample_weight * y, sample_weight * (1 - y)))
        used = weight > 0
        rows = np.tile(np.arange(len(y)), 2)[used]
        self._pipeline.fit(X[rows], won[used], logisticregression__sample_weight=weight[used])

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,)."""
        return np.asarray(self._pipeline.predict_proba(X)[:, 1], np.float64)

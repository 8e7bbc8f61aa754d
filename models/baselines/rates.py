"""Rates without a model: what leads do on the whole, and what the leads of one's channel do."""

from collections.abc import Sequence

import numpy as np

from features.matrix.feature import EVERYONE, Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats

MIN_RATE, MAX_RATE = 1e-4, 1 - 1e-4
"""A rate claims no more than these: one lead of ten thousand."""


class BaseRate:
    """Predicts for every lead what leads did on the whole."""

    def __init__(self, y: Floats, sample_weight: Floats) -> None:
        self.rate_ = float(np.average(y, weights=sample_weight))

    def predict(self, X: Matrix) -> Floats:
        """Return the base rate (n,)."""
        return np.full(len(X), self.rate_)


class ChannelRate:
    """Predicts for every lead how leads of its channel close, as of the moment, shrunk toward all leads.

    The rates are those of the track record, which shrinks them already. Of all channels and windows, the one that
    tells most about the training sample is used. A lead that is scored late has less of a chance left than the rate of its channel
    says, so rates that expect more wins than there were are lowered to as many. Without channels it is the base rate.

    Parameters
    ----------
    features
        The columns of X.
    """

    def __init__(self, features: Sequence[Feature], X: Matrix, y: Floats, sample_weight: Floats) -> None:
        self.rate_ = float(np.average(y, weights=sample_weight))
        self.feature_: Feature | None = None
        self.level_ = 1.0
        self._column = -1
        least = np.inf
        for column, feature in enumerate(features):
            if feature.measure != "close_rate" or feature.subject == EVERYONE:
                continue
            rate = self._known(X[:, column])
            level = min(1.0, float(sample_weight @ y) / max(float(sample_weight @ rate), np.finfo(float).tiny))
            p = np.clip(level * rate, MIN_RATE, MAX_RATE)
            loss = -float(sample_weight @ (y * np.log(p) + (1 - y) * np.log1p(-p)))
            if loss < least:
                least, self.feature_, self.level_, self._column = loss, feature, level, column

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,)."""
        if self.feature_ is None:
            return np.full(len(X), self.rate_)
        return np.clip(self.level_ * self._known(X[:, self._column]), MIN_RATE, MAX_RATE)

    def _known(self, rate: Matrix) -> Floats:
        """Return rates (n,), the base rate before any lead was settled."""
        return np.where(np.isnan(rate), self.rate_, rate).astype(np.float64)

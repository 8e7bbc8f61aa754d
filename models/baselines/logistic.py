"""Logistic regression on the features of the close model."""

from collections.abc import Collection

from scipy.special import expit

from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.linear_fit import fit_rank_logistic


class Logistic:
    """Logistic regression on ranks and values of the same features, with a mark where one is not known.

    Both end where training ended: a value that it has not seen is no further than the furthest that it has.

    Parameters
    ----------
    by_rank
        Columns whose values are not used beside their ranks.
    """

    def __init__(self, X: Matrix, y: Floats, sample_weight: Floats, by_rank: Collection[int] = ()) -> None:
        self.model_ = fit_rank_logistic([0] * X.shape[1], X, y, sample_weight, by_rank=by_rank)

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,)."""
        return expit(self.model_.margin(X))

"""What any model must beat, from what costs nothing to what a marketing tool would do."""

from typing import Protocol

from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.baselines.logistic import Logistic
from models.baselines.profile import ProfileOnly, admit_profile, profile_columns
from models.baselines.rates import BaseRate, ChannelRate
from models.baselines.scorecard import Scorecard

__all__ = [
    "BaseRate",
    "Baseline",
    "ChannelRate",
    "Logistic",
    "ProfileOnly",
    "Scorecard",
    "admit_profile",
    "profile_columns",
]


class Baseline(Protocol):
    """Anything that predicts probabilities (n,) from a feature matrix (n, f)."""

    def predict(self, X: Matrix) -> Floats:
        """Return probabilities (n,)."""
        ...

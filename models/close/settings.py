"""How the close model is fitted: settings alone, so that reading them loads no library of trees."""

from typing import Annotated

from pydantic import Field

from features.matrix.feature import Feature
from features.settings.frozen import Frozen, Whole


class BoosterSettings(Frozen):
    """How trees are grown; `bench/explanation.py` shows what the size was chosen by.

    Attributes
    ----------
    feature_fraction
        Share of the features that each tree may split by.
    random_thresholds
        Split each feature at a threshold drawn at random instead of the best one: trees then differ, and the sum of
        many follows chance less.
    smoothing
        Leads whose weight each node's value is drawn toward its parent's by.
    """

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.15
    num_leaves: Annotated[Whole, Field(ge=2, le=256)] = 8
    max_depth: Annotated[Whole, Field(ge=1, le=12)] = 4
    min_leads_in_leaf: Annotated[Whole, Field(ge=1)] = 40
    l2: Annotated[float, Field(ge=0)] = 5.0
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = 0.4
    random_thresholds: bool = True
    smoothing: Annotated[float, Field(ge=0)] = 20.0
    most_rounds: Annotated[Whole, Field(ge=1, le=10_000)] = 500
    patience: Annotated[Whole, Field(ge=1)] = 30
    seed: Whole = 7

    @property
    def cautious_rounds(self) -> int:
        """Trees to grow where too few later outcomes are known to decide it: cautious rather than clever, their steps add up to three."""
        return min(round(3 / self.learning_rate), self.most_rounds)

    def parameters(self, features: tuple[Feature, ...]) -> dict[str, object]:
        """Return LightGBM's parameters for these features."""
        return {
            "objective": "cross_entropy",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_data_in_leaf": self.min_leads_in_leaf,
            "lambda_l2": self.l2,
            "feature_fraction": self.feature_fraction,
            "extra_trees": self.random_thresholds,
            "path_smooth": self.smoothing,
            "monotone_constraints": [feature.direction for feature in features],
            "monotone_constraints_method": "intermediate",
            "seed": self.seed,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 0,
            "verbosity": -1,
        }

"""What drives the scores of a model: which share of what moves them speaks to each obstacle."""

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from features.matrix.feature import Feature
from features.records.history import Floats
from features.settings.fields import Obstacle
from models.close.reasons.explanation import subject_columns

MEANING: Mapping[Obstacle, str] = {
    "need": "what they need",
    "money": "what they can pay",
    "hurry": "how soon they want it",
    "desire": "how much they want it",
    "trust": "how you deal with each other",
    "source": "where they came from, and how that source is closing",
}
"""What each obstacle is about, for people."""


def subject_sizes(features: Sequence[Feature], contributions: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Return by subject how far it moves scores, on average in log-odds, from contributions (n, f) and weights (n,).

    What is said about one subject is added up before its size is taken: features about the same share their contribution by chance.
    """
    return {
        subject: float(np.average(np.abs(contributions[:, own].sum(axis=1)), weights=weight))
        for subject, own in subject_columns(features).items()
    }


def obstacle_shares(features: Sequence[Feature], sizes: Mapping[str, float]) -> dict[Obstacle, float]:
    """Return the share of each obstacle in all that moves scores, the largest first; of equal ones, in the order of the obstacles.

    Examples
    --------
    >>> budget = Feature("budget", "value", "budget", "money", "")
    >>> list(obstacle_shares([budget], {"budget": 0.4}).items())[:2]
    [('money', 1.0), ('need', 0.0)]
    """
    everything = sum(sizes.values())
    shares: dict[Obstacle, float] = dict.fromkeys(get_args(Obstacle), 0.0)
    for subject, columns in subject_columns(features).items():
        shares[features[columns[0]].obstacle] += sizes[subject] / everything if everything else 0.0
    return dict(sorted(shares.items(), key=lambda each: -each[1]))

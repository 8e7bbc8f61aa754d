"""How well a probability is known: its range, and whether the model says more than the base rate at all.

A range is about the leads of which the same is known as of this one: which share of them is won. It says how far the model may err about
this share, and narrows with more leads to learn from. It leaves out how these leads differ in what nobody
has asked yet: outcomes cannot show that, only answers can.
"""

from typing import Annotated, Self

import numpy as np
from pydantic import Field
from scipy.special import expit, logit, ndtri

from features.records.history import Floats
from features.settings.frozen import Frozen
from models.close.calibration import SLOPE_PRIOR

LEVEL = 0.9
"""Nominal coverage of a range."""
FLATTENING = 0.346
"""Probabilities whose log-odds are normal, with mean m and variance v, have a mean with log-odds m / sqrt(1 + FLATTENING v), nearly.

Source: (16 √3 / 15 π)², Zeger, Liang & Albert 1988, "Models for longitudinal data".
"""
LEVEL_MOVES = 0.15
"""Standard deviation, in log-odds, by which the level of all leads may be expected to move until the next training."""
LEAST_TOLD = 0.005
"""Probability that no range tells from none: leads whose time has all but passed, or who need what is not sold, are won ten times less
often than the least that a model has learned to say."""


class Certainty(Frozen):
    """What a model knows of its own errors.

    Attributes
    ----------
    spread
        Standard deviation of the error of a margin that is neither high nor low, in log-odds; None where it was not measured.
    middle
        The margin of such a lead: the log-odds of the base rate. The farther from it, the more an error of the slope adds.
    abstention
        Why the model answers with the base rate alone, in a sentence for reps; empty where it does not.
    """

    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    middle: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    abstention: str = ""

    @classmethod
    def of_base_rate(cls, rate: float, leads: int, abstention: str) -> Self:
        """Return the certainty of a model that abstains: of a rate that was seen on so many leads, and may move."""
        spread = float(np.hypot(spread_of_rate(rate, leads), LEVEL_MOVES))
        return cls(spread=spread, middle=log_odds(rate), abstention=abstention)

    def range(self, margin: Floats, level: float = LEVEL) -> tuple[Floats, Floats] | None:
        """Return between which (n,) the share lies that is won of leads like those with margins (n,); None where nobody knows.

        The log-odds of these shares are taken as normal, around a middle that gives them the mean that the margin tells.

        Examples
        --------
        >>> low, high = Certainty(spread=0.4, middle=-2.0).range(np.array([-2.0]))  # -2.06 less and plus 1.645 * 0.4
        >>> round(float(low[0]), 3), round(float(high[0]), 3)  # and half a point on each side
        (0.057, 0.203)
        """
        if self.spread is None:
            return None
        deviation = np.hypot(self.spread, SLOPE_PRIOR * (margin - self.middle))
        centre = margin * np.sqrt(1 + FLATTENING * deviation**2)
        width = float(ndtri((1 + level) / 2)) * deviation
        low, high = expit(np.minimum(centre - width, margin)), expit(np.maximum(centre + width, margin))
        return np.maximum(low - LEAST_TOLD, 0.0), np.minimum(high + LEAST_TOLD, 1.0)


def spread_of_rate(rate: float, leads: int) -> float:
    """Return the standard deviation of the log-odds of a rate that was seen on so many leads.

    Half a lead is added to each side, so that no rate is certain.

    Source: the delta method on the empirical logit, Haldane 1956 and Anscombe 1956.

    Examples
    --------
    >>> round(spread_of_rate(0.2, 100), 3)
    0.247
    """
    won = rate * leads
    return float(np.sqrt(1 / (won + 0.5) + 1 / (leads - won + 0.5)))


def log_odds(rate: float) -> float:
    """Return the log-odds of a rate; one of 0 or 1 is taken for the last that can be told from it."""
    tiny = 1e-6
    return float(logit(min(max(rate, tiny), 1 - tiny)))


NOT_MEASURED = Certainty()
"""That of a model whose errors nobody has looked at: no range."""

"""How far a probability can be trusted: its range, and whether the model says more than the base rate at all.

Of a hundred leads with such a range, in about ninety the lead's own chance lies in it. Two things keep it from the probability: the
model errs, and leads of which the same is known still differ, by what nobody has asked yet. More leads make the model err less; only
more answers make the range of a lead much narrower.
"""

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.special import expit, logit, ndtri

from features.history import Floats
from features.settings import Frozen

LEVEL = 0.9
"""Nominal coverage of a range."""
FLATTENING = 0.346
"""Probabilities whose log-odds are normal, with mean m and variance v, have a mean with log-odds m / sqrt(1 + FLATTENING v), nearly.

Source: (16 √3 / 15 π)², Zeger, Liang & Albert 1988, "Models for longitudinal data".
"""


class Certainty(Frozen):
    """What a model knows of its own errors.

    Attributes
    ----------
    spread
        Standard deviation of the error of a margin, in log-odds; None where it was not measured.
    untold
        Standard deviation, in log-odds, by which leads of which the same is known differ in their own chance.
    abstention
        Why the model answers with the base rate alone, in a sentence for reps; empty where it does not.
    """

    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    untold: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    abstention: str = ""

    def range(self, margin: Floats, level: float = LEVEL) -> tuple[Floats, Floats] | None:
        """Return between which probabilities (n,) the own chance of leads with these margins (n,) lies; None where nobody knows.

        The log-odds of own chances are taken as normal, around a middle that gives them the mean that the margin tells.

        Examples
        --------
        >>> low, high = Certainty(spread=0.4).range(np.array([-2.0]))  # -2 less and plus 1.645 * 0.4
        >>> round(float(low[0]), 3), round(float(high[0]), 3)
        (0.066, 0.207)
        >>> low, high = Certainty(spread=0.3, untold=0.8).range(np.array([-2.0]))  # -2.21 less and plus 1.645 * 0.854
        >>> round(float(low[0]), 3), round(float(high[0]), 3)
        (0.026, 0.309)
        """
        if self.spread is None:
            return None
        middle = margin * np.sqrt(1 + FLATTENING * self.untold**2)
        width = float(ndtri((1 + level) / 2)) * float(np.hypot(self.spread, self.untold))
        return expit(np.minimum(middle - width, margin)), expit(np.maximum(middle + width, margin))


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

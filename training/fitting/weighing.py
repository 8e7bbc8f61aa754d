"""How much each kind of model counts, found on moments that none of them has seen.

The served model does not know the base rate of a particular week. So where leads were split, its weights are fitted with one base rate for all
weeks. But whatever tells which week it is (how many leads came in lately, a price) tells that week's base rate too. With one base rate for all,
this looks like skill that deserves a weight of eight. So the sum of the weights is bounded by that of weights fitted with a base rate for each week.

Source: stacking with weights that are not negative, Breiman 1996, "Stacked regressions", in log-odds.
"""

from typing import NamedTuple, Self

import numpy as np

from features.records.history import Floats
from models.close.calibration import fit_weights


class KindWeights(NamedTuple):
    """Kinds of model, weighed.

    Attributes
    ----------
    weights
        Of each kind (k,), at least 0: what its log-odds are multiplied by.
    shift
        Log-odds that are added to their sum.
    foretold
        Log-odds (n,) of the moments by which they were weighed; where leads were split, from the level of the time on.
    """

    weights: Floats
    shift: float
    foretold: Floats

    @classmethod
    def of(cls, margins: Floats, y: Floats, sample_weight: Floats, base: Floats, *, by_lead: bool) -> Self:
        """Weigh kinds on moments that they have not seen.

        Parameters
        ----------
        margins
            Log-odds (k, n) of the kinds.
        y, sample_weight
            Labels (n,) from 0 to 1, and weights (n,).
        base
            Log-odds (n,) of the base rate; where leads were split, of the base rate of their time, beyond which the kinds have learned.
        by_lead
            Whether leads were split, not the time.
        """
        level = base if by_lead else np.zeros(len(base))
        weights, shift = fit_weights(margins, y, sample_weight, level)
        foretold = shift + weights @ margins + level
        if not by_lead:
            return cls(weights, shift, foretold)
        served, shift = fit_weights(margins, y, sample_weight, np.full(len(base), base.mean()))
        return cls(_at_most(weights.sum(), served), shift, foretold)


def _at_most(most: float, weights: Floats) -> Floats:
    """Return weights (k,) drawn to 0 by one factor, so that their sum is at most so much."""
    return weights * (most / max(weights.sum(), most)) if most else np.zeros(len(weights))

"""What past wins were worth."""

import numpy as np
from numpy.typing import NDArray

from features.records.history import Floats, History, Integers
from models.decision.settings import DecisionSettings


def won_amounts(history: History, lead: Integers, won: NDArray[np.bool_], settings: DecisionSettings) -> Floats:
    """Return what each of these leads (n,) brought, 0 of those not won.

    A win without an amount is worth the mean of the others, or what the settings say.
    """
    final = history.outcomes.last_of_each_lead()
    every = np.full(len(history.leads), np.nan)
    every[final.lead[final.won]] = final.amount[final.won]
    amount = every[lead]
    known = won & (amount > 0)
    mean = float(amount[known].mean()) if known.any() else settings.amount
    return np.where(won, np.where(known, amount, mean), 0.0)

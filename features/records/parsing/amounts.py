"""What the amount of a deal may be."""

import numpy as np
from numpy.typing import NDArray

MAX_AMOUNT = 2**53 / 100
"""In the settings' currency: beyond it, a double no longer holds whole cents, and sums of such amounts are none."""
AMOUNT_RULE = f"must be from 0 to {MAX_AMOUNT:.0f}"
AMOUNT_REMEDY = "correct it: a discount or a refund is no value of a deal"


def is_no_amount(amount: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether numbers cannot be what a deal is worth; NaN, which is not known, can.

    Examples
    --------
    >>> is_no_amount(np.array([0.0, 12.5, np.nan, -0.01, 1.7e308])).tolist()
    [False, False, False, True, True]
    """
    return (amount < 0) | (amount > MAX_AMOUNT)

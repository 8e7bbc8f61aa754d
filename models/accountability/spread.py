"""How a figure is spread over people, told so that it is nobody's."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

MIN_PEOPLE = 5
"""Of fewer people no spread is given: it would tell whose the figures are."""


@dataclass(frozen=True)
class Spread:
    """Quartiles of a figure over so many people."""

    reps: int
    lowest_quarter: float
    median: float
    highest_quarter: float


def spread(figures: Iterable[float | None]) -> Spread | None:
    """Return how the known ones of some figures are spread; None of too few.

    Examples
    --------
    >>> spread([1.0, 2.0, None, 3.0, 4.0, 5.0])
    Spread(reps=5, lowest_quarter=2.0, median=3.0, highest_quarter=4.0)
    >>> spread([1.0, 2.0]) is None
    True
    """
    known = [figure for figure in figures if figure is not None]
    if len(known) < MIN_PEOPLE:
        return None
    return Spread(len(known), *(float(figure) for figure in np.quantile(known, (0.25, 0.5, 0.75))))

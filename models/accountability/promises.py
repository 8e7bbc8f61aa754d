"""Whether what leads were promised is coming true, before all of them have matured: won over expected, by how long ago they were scored.

A lead that was scored with probability p a while ago is expected to be won by now with p times the share of wins that are recorded by then.
That share is the training's. The younger leads are, the sooner they tell, and the more it counts that wins may be recorded sooner or
later than they were; so ages stand side by side, and those of which too little could be known by now are left out.

A ratio is called off only where neither luck nor the usual ups and downs of the level explain it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from features.records.clock import DAY, Microseconds
from features.records.history import Floats
from models.accountability.change import INTERVAL
from models.accountability.record import Mask

PARTS = 3
"""The horizon is told in thirds; what is older has matured."""
MIN_SHARE = 0.2
"""Leads of which a smaller share of the wins could be recorded by now say more about timing than about promises."""
MIN_EXPECTED = 5.0
"""Of fewer expected wins nothing is said."""
USUAL_MOVE = 0.15
"""Standard deviation, in log, by which the level of a steady company moves between trainings."""
RISK = 0.001
"""With which a steady company is called off, over all ages together: a few dozen looks a year are nearly independent."""
NODES = 15
"""Of the quadrature over the usual moves."""


@dataclass(frozen=True)
class PromisesKept:
    """Leads that were scored about as long ago.

    Attributes
    ----------
    from_days, until_days
        How long ago they were scored; None for "and longer".
    expected
        Wins that could be expected to be recorded by now.
    ratio, low, high
        Won over expected, with a 90 % interval that holds luck alone.
    off
        Whether neither luck nor the usual ups and downs explain it.
    """

    from_days: int
    until_days: int | None
    leads: int
    won: int
    expected: float
    ratio: float
    low: float
    high: float
    off: bool


def promises_kept(
    probability: Floats, scored_ago: Microseconds, won: Mask, won_by_day: Sequence[float]
) -> tuple[PromisesKept, ...]:
    """Return what became of scored leads (n,) by how long ago they were scored, the latest first.

    Parameters
    ----------
    won_by_day
        Share of the wins within the horizon that are recorded by so many days after a score; the last one is 1, at the horizon.

    Examples
    --------
    >>> ago = np.full(1000, 200 * DAY)
    >>> (matured,) = promises_kept(np.full(1000, 0.2), ago, np.arange(1000) < 100, [0.0, 0.5, 1.0])
    >>> matured.expected, matured.ratio, matured.off
    (200.0, 0.5, True)
    """
    horizon = len(won_by_day) - 1
    days = scored_ago / DAY
    share = np.interp(days, np.arange(horizon + 1), won_by_day)
    edges = [horizon * part // PARTS for part in range(PARTS + 1)]
    groups = []
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        chosen = (days >= low) & (share >= MIN_SHARE)
        if high is not None:
            chosen &= days < high
        expected = float((probability * share)[chosen].sum())
        if expected >= MIN_EXPECTED:
            groups.append((low, high, int(chosen.sum()), int(won[chosen].sum()), expected))
    return tuple(_judged(*group, risk=RISK / len(groups)) for group in groups)


def _judged(from_days: int, until_days: int | None, leads: int, won: int, expected: float, risk: float) -> PromisesKept:
    low, high = (float(scipy.stats.gamma.ppf(quantile, won + 0.5)) / expected for quantile in INTERVAL)
    points, weight = np.polynomial.hermite_e.hermegauss(NODES)
    moved = expected * np.exp(USUAL_MOVE * points)
    weight = weight / weight.sum()
    fewer = float(weight @ scipy.stats.poisson.cdf(won, moved))
    more = float(weight @ scipy.stats.poisson.sf(won - 1, moved))
    off = min(fewer, more) <= risk / 2
    return PromisesKept(from_days, until_days, leads, won, expected, won / expected, low, high, off)

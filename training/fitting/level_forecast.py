"""The level that holds next, foretold from the course of wins over promises week by week.

Where leads were split, the blend holds no level of its time, and nothing was judged on later moments. But how the level has moved can be seen: whether
it stays where it went, or is back soon. Its course is taken as one that returns to its mean (an Ornstein-Uhlenbeck process), of which neither
how far it goes nor how long it stays is known: both are weighed by how well they foretell the course, beside a level that never moves. A level
that comes and goes is then forgotten by the time that counts, one that jumped and stayed is kept.

Source: kriging of empirical log-odds, Diggle, Tawn & Moyeed 1998; model averaging, Hoeting et al. 1999.
"""

import numpy as np

from features.records.clock import DAY, Microseconds
from features.records.history import Floats

WEEK_DAYS = 7
AHEAD_DAYS = 45
"""The level is foretold for so long after a training: half of a quarter, until which it serves as a rule."""
SPREADS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Standard deviations of the level around its mean, in log-odds."""
MEMORY_DAYS = (7, 14, 28, 56, 112, 224, 448)
"""After so many days the level is back by all but 1 / e."""
STEADY = 0.5
"""Chance beforehand that the level never moves."""


def forecast_level(as_of: Microseconds, won: Floats, promised: Floats, weight: Floats, at: int) -> float:
    """Return by how much the log-odds at a time are off, from matured moments (n,) before.

    Parameters
    ----------
    won, promised, weight
        What became of each moment, the probability that was promised, and its weight, of which a lead has 1 in all.

    Examples
    --------
    >>> forecast_level(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0), 0)
    0.0
    """
    if not len(as_of):
        return 0.0
    week = (as_of.max() - as_of) // (WEEK_DAYS * DAY)
    some = np.unique(week)
    leads, wins, expected = (_sums(week, weight * of)[some] for of in (np.ones(len(won)), won, promised))
    off = _log_odds(wins, leads) - _log_odds(expected, leads)
    noise = 1 / (wins + 0.5) + 1 / (leads - wins + 0.5)
    day = as_of.max() / DAY - (some + 0.5) * WEEK_DAYS
    return _mean_ahead(off, noise, np.abs(np.subtract.outer(day, day)), np.abs(at / DAY - day))


def _sums(week: Microseconds, of: Floats) -> Floats:
    sums: Floats = np.bincount(week, of).astype(np.float64)
    return sums


def _log_odds(wins: Floats, leads: Floats) -> Floats:
    """Return empirical log-odds (n,): half a lead is added to each side, so that none is certain."""
    odds: Floats = np.log((wins + 0.5) / (leads - wins + 0.5))
    return odds


def _mean_ahead(off: Floats, noise: Floats, apart: Floats, ahead: Floats) -> float:
    """Return the mean of a level by all courses, from what was seen (n,) with variances (n,), so many days apart (n, n) and before (n,)."""
    evidence, level = [np.log(STEADY) - (np.log(noise).sum() + (off**2 / noise).sum()) / 2], [0.0]
    beforehand = np.log((1 - STEADY) / (len(SPREADS) * len(MEMORY_DAYS)))
    for memory in MEMORY_DAYS:
        alike, then = np.exp(-apart / memory), np.exp(-ahead / memory)
        for spread in SPREADS:
            covariance = spread**2 * alike + np.diag(noise)
            solved = np.linalg.solve(covariance, off)
            evidence.append(beforehand - (np.linalg.slogdet(covariance).logabsdet + off @ solved) / 2)
            level.append(float(spread**2 * then @ solved))
    weight = np.exp(np.array(evidence) - max(evidence))
    return float(weight @ np.array(level) / weight.sum())

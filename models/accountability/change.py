"""Whether a rate has fallen or risen: how sure that is, what would have shown, and how to look at many at once.

Wins are counts that are expected in proportion to an exposure. Given the wins of two periods together, those of the later one are
binomial; a steady rate moves a little all the same, so the ratio of the two rates is not held to 1 but to a lognormal around it.

Source: the conditional test of two Poisson rates, Przyborowski & Wilenski 1940; mid-p, Lancaster 1961; the false discovery rate,
Benjamini & Hochberg 1995, among those tests that could show anything at all, Tarone 1990.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from features.records.history import Floats

NODES = 15
"""Of the quadrature over the usual change."""
INTERVAL = (0.05, 0.95)
"""Quantiles of a 90 % interval."""


class RangedFigure(NamedTuple):
    """A figure with the limits of its 90 % interval."""

    value: float
    low: float
    high: float


def ranged(value: float | None, low: float | None, high: float | None) -> RangedFigure | None:
    """Return a figure with its limits, None where it is not known."""
    return None if value is None or low is None or high is None else RangedFigure(value, low, high)


@dataclass(frozen=True)
class Periods:
    """Wins and exposure now and before, of many sources at once (g,)."""

    now_won: Floats
    now_exposure: Floats
    before_won: Floats
    before_exposure: Floats

    @property
    def expected(self) -> Floats:
        """Wins that would be there now at the rate of before; NaN without a before."""
        return self.now_exposure * rate(self.before_won, self.before_exposure)


def rate(won: Floats, exposure: Floats) -> Floats:
    """Return wins by exposure, NaN where there is none."""
    by_exposure: Floats = np.divide(won, exposure, out=np.full(np.shape(won), np.nan), where=exposure > 0)
    return by_exposure


def fall_p(periods: Periods, usual_change: float) -> Floats:
    """Return how likely so few wins now, or fewer, are if the rate has changed by no more than usual (mid-p, from 0 to 1).

    It is 1 where there is nothing to compare.

    Examples
    --------
    >>> one = Periods(np.array([0.0]), np.array([10.0]), np.array([3.0]), np.array([10.0]))
    >>> fall_p(one, usual_change=0.0)  # three wins, all before: 1/2 · (1/2)³
    array([0.0625])
    """
    points, weight = np.polynomial.hermite_e.hermegauss(NODES)
    odds = np.exp(usual_change * points[:, None]) * periods.now_exposure / np.maximum(periods.before_exposure, 1e-12)
    share = odds / (1 + odds)
    together = periods.now_won + periods.before_won
    below = (
        scipy.stats.binom.cdf(periods.now_won, together, share)
        - scipy.stats.binom.pmf(periods.now_won, together, share) / 2
    )
    p = weight @ below / weight.sum()
    comparable = (periods.now_exposure > 0) & (periods.before_exposure > 0) & (together > 0)
    return np.where(comparable, np.clip(p, 0.0, 1.0), 1.0)


def rise_p(periods: Periods, usual_change: float) -> Floats:
    """Return how likely so many now, or more, are if the rate has changed by no more than usual (from 0 to 1).

    It is 1 where there is nothing to compare. Counts are taken as large: the logarithm of the ratio of two rates is then normal.

    Examples
    --------
    >>> many = Periods(np.array([400.0]), np.array([10.0]), np.array([400.0]), np.array([20.0]))
    >>> rise_p(many, usual_change=0.0) < 1e-9, rise_p(many, usual_change=0.7) > 0.1
    (array([ True]), array([ True]))
    """
    comparable = (periods.now_exposure > 0) & (periods.before_exposure > 0) & (periods.before_won > 0)
    now, before = periods.now_won + 0.5, periods.before_won + 0.5
    ratio = now / before * rate(periods.before_exposure, periods.now_exposure)
    spread = np.sqrt(usual_change**2 + 1 / now + 1 / before)
    return np.where(comparable, scipy.stats.norm.sf(np.log(np.where(comparable, ratio, 1.0)) / spread), 1.0)


def share_interval(won: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Return the limits of the 90 % interval of shares, of exposures that need not be whole (Jeffreys' prior)."""
    rest = np.maximum(exposure - won, 0.0)
    low, high = (np.asarray(scipy.stats.beta.ppf(quantile, won + 0.5, rest + 0.5), np.float64) for quantile in INTERVAL)
    return low, high


def ratio_interval(periods: Periods) -> tuple[Floats, Floats, Floats]:
    """Return the rate now over the rate before with the limits of its 90 % interval; NaN without exposure in both.

    Source: the posterior of a binomial share under Jeffreys' prior.
    """
    both = (periods.now_exposure > 0) & (periods.before_exposure > 0)
    scale = np.where(both, periods.before_exposure / np.where(both, periods.now_exposure, 1), np.nan)
    low, high = (
        scipy.stats.beta.ppf(quantile, periods.now_won + 0.5, periods.before_won + 0.5) for quantile in INTERVAL
    )
    ratio = scale * rate(periods.now_won, periods.before_won)
    return ratio, scale * low / (1 - low), scale * high / (1 - high)


def power_of(periods: Periods, fall: float, risk: Floats | float, usual_change: float) -> Floats:
    """Return how likely a fall of the rate of before to `fall` of it would show now at this risk, given the exposures."""
    expected = np.nan_to_num(periods.expected)
    most = np.ceil(expected + 1)
    low, high = np.full(len(expected), -1.0), np.broadcast_to(most, expected.shape).astype(np.float64)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        tried = Periods(np.maximum(middle, 0), periods.now_exposure, periods.before_won, periods.before_exposure)
        shows = (fall_p(tried, usual_change) <= risk) & (middle >= 0)
        low, high = np.where(shows, middle, low), np.where(shows, high, np.maximum(middle, low + 1))
    return np.where(low >= 0, scipy.stats.poisson.cdf(low, fall * expected), 0.0)


def false_discovery_rates(p: Floats) -> Floats:
    """Return for each p-value (m,) the rate of false discoveries at which it would still be called.

    Examples
    --------
    >>> false_discovery_rates(np.array([0.01, 0.5, 0.02]))
    array([0.03, 0.5 , 0.03])
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    rates = np.empty(len(p))
    rates[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return rates

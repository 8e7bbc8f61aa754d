"""The law by which the simulated leads are won and lost, in closed form.

A lead would be won with probability `p = sigmoid(intercept + weights · traits + quality of its source + skill of its rep)`,
and is then closed after a lognormal time; otherwise it is lost after another one, or never closed. Whatever a lead says
and does depends on its traits alone, never on how or when it will end. So an open lead's chance of being won within
the horizon, given its traits, is `p (F(t + h) − F(t)) / (p (1 − F(t)) + (1 − p) S(t))`, with F the distribution of
the time to a win and S the share of lost leads that are still open.
"""

import numpy as np

from features.records.history import Floats
from features.simulation.company import Cycle, WorldSettings
from features.simulation.sources import OBSTACLES

REASONS = (*(f"no {obstacle}" for obstacle in OBSTACLES), "not a buyer")
"""Why a lead is lost."""

LOG_AMOUNT_SPREAD = 0.6


def sigmoid(margin: Floats) -> Floats:
    """Return the probability of a log-odds."""
    result: Floats = 1.0 / (1.0 + np.exp(-margin))
    return result


def intent(settings: WorldSettings, traits: Floats, quality: Floats, closing: Floats) -> Floats:
    """Return the probability that each lead would ever be won; `traits` has a column for each obstacle."""
    return sigmoid(settings.intercept + settings.signal * (traits @ np.array(settings.weights) + quality) + closing)


def win_days(settings: WorldSettings, traits: Floats) -> Floats:
    """Return the median days to a win: leads in a hurry are faster."""
    hurry = traits[:, OBSTACLES.index("hurry")]
    days: Floats = settings.cycle.won_days * np.exp(-settings.cycle.hurry * settings.signal * hurry)
    return days


def win_cdf(cycle: Cycle, days: Floats, median: Floats) -> Floats:
    """Return the share of the wins that are closed after so many days."""
    if cycle.memoryless:
        return _exponential_cdf(cycle, days)
    return _lognormal_cdf(days, median, cycle.won_spread)


def lost_survival(cycle: Cycle, days: Floats) -> Floats:
    """Return the share of the lost leads that are not closed after so many days."""
    if cycle.memoryless:
        closed = _exponential_cdf(cycle, days)
    else:
        closed = _lognormal_cdf(days, np.array(cycle.lost_days), cycle.lost_spread)
    return 1.0 - (1.0 - cycle.never_closed) * closed


def win_probability(cycle: Cycle, p: Floats, median: Floats, age_days: Floats, horizon_days: float) -> Floats:
    """Return the probability that leads of this intent, open at this age, are won within the horizon.

    Examples
    --------
    >>> one = np.ones(1)
    >>> float(win_probability(Cycle(), 0.3 * one, 30 * one, 0 * one, 1e9)[0])
    0.3
    """
    by_now = win_cdf(cycle, age_days, median)
    later = win_cdf(cycle, age_days + horizon_days, median)
    still_open = p * (1.0 - by_now) + (1.0 - p) * lost_survival(cycle, age_days)
    probability: Floats = p * (later - by_now) / still_open
    return probability


def draw_days(rng: np.random.Generator, cycle: Cycle, won: np.ndarray, median: Floats) -> Floats:
    """Draw the days until each lead is closed; infinite where never."""
    n = len(won)
    if cycle.memoryless:
        return rng.exponential(cycle.won_days / np.log(2.0), n)
    wins = median * np.exp(cycle.won_spread * rng.standard_normal(n))
    losses = cycle.lost_days * np.exp(cycle.lost_spread * rng.standard_normal(n))
    losses[rng.random(n) < cycle.never_closed] = np.inf
    days: Floats = np.where(won, wins, losses)
    return days


def log_amount(traits: Floats, company_size: Floats) -> Floats:
    """Return the mean logarithm of the amount: more money and larger companies buy more."""
    money = traits[:, OBSTACLES.index("money")]
    mean: Floats = 8.6 + 0.4 * money + 0.35 * company_size
    return mean


def expected_amount(log_mean: Floats) -> Floats:
    """Return the mean amount of a won lead, given the mean of its logarithm."""
    amount: Floats = np.exp(log_mean + LOG_AMOUNT_SPREAD**2 / 2)
    return amount


def reason_scores(traits: Floats) -> Floats:
    """Return the log-odds of each of `REASONS`, up to a constant by lead: the weakest trait is the likeliest."""
    need, desire = traits[:, OBSTACLES.index("need")], traits[:, OBSTACLES.index("desire")]
    return np.column_stack([-1.5 * traits, -1.3 * (need + desire) - 1.0])


def reason_probabilities(traits: Floats) -> Floats:
    """Return the probability of each of `REASONS`, should the lead be lost; rows sum to 1."""
    scores = reason_scores(traits)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _exponential_cdf(cycle: Cycle, days: Floats) -> Floats:
    share: Floats = 1.0 - np.exp2(-days / cycle.won_days)
    return share


def _lognormal_cdf(days: Floats, median: Floats, spread: float) -> Floats:
    from scipy.special import ndtr  # slow to import, and only truth needs it

    with np.errstate(divide="ignore"):
        share: Floats = ndtr(np.log(days / median) / spread)
    return share

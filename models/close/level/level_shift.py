"""By how much groups of leads close otherwise than promised, since when, and what of that they all share.

A source that goes bad does so from some lead on, so the question is first *whether* and *since when*, then *how far*. The leads of the last
year are laid out in spans by the day they came in. For each group every run of spans is held against "nothing has changed": its
evidence is weighed over changes small and large, and the answer is the mean over all of them. A run that ended before today is a group
that has recovered. What most groups share in a span (a season, a batch of outcomes that is still to be entered) is the level; it is taken
out before, so that no group answers for it, and one that collapsed does not drag the level.

All integrals are sums over a grid of shifts in log-odds.

Source: change-point mixtures, Barry & Hartigan 1993; scale mixtures of normals as robust priors, West 1984; overdispersion as in quasi-likelihood,
Wedderburn 1974.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import logit, logsumexp

from features.records.history import Floats

DAYS = 364
"""Leads of so many days are held against what was promised of them: whole weeks, so that each has its share of every weekday."""
WEEK_DAYS = 7
SPANS_DAYS = (0, 28, 56, 84, 119, 154, 196, 266, DAYS)
"""Bounds of the spans, in days before now: a change of a group began with one of them."""
LEVEL_SPANS_DAYS = (0, 2, 4, 7, 14, 28, 56, 84, 119)
"""Bounds for the level: it may move at once where leads are many and their ends known soon, and it is soon another."""
STEADY_DAYS = 28
"""What is steady of the level is that of so many days."""
LEVELS = 2
"""The level is read in two ways: quick, by when it last changed, and steady."""
GRID: Floats = np.linspace(-2.5, 2.5, 101)
"""Shifts that are weighed, in log-odds: nothing moves further."""
SAME = 0.05
"""Standard deviation, in log-odds, of groups that have not changed: no model is right to the last per cent."""
EXCESS = 2 * SAME
"""A fall, in log-odds, of which nothing is applied."""
SLABS = (0.3, 1.2)
"""Standard deviations, in log-odds, of small changes and of large ones."""
CHANGED, RECOVERED = 0.3, 0.05
"""Chances beforehand that a group has changed and still is, and that it had changed and is as before."""
LEVEL_CHANGED = 0.6
"""Chance beforehand that the level has changed: it moves with the market, with prices, with the season."""
LEVEL_SPREAD = 0.5
"""Standard deviation, in log-odds, of the level beforehand."""
MAX_INFORMATION = SAME**-2
"""No shift is known better than groups agree that have not changed."""
LEAST_EXPECTED = 0.5
"""A group of fewer wins, expected and come, says nothing of itself."""


class Wins(NamedTuple):
    """Wins known so far beside those that should be known by now, and how fast these rise with the log-odds, all (...)."""

    won: Floats
    expected: Floats
    slope: Floats

    def of(self, part: Callable[[Floats], Floats]) -> "Wins":
        """Return what a linear function makes of each: sums, or some of them."""
        return Wins(part(self.won), part(self.expected), part(self.slope))

    def log_likelihood(self, shift: Floats) -> Floats:
        """Return (..., s) how well shifts (..., s) agree with the wins, less how well none does.

        The leads of a group stand in as so many alike: of the probability that gives the same slope.
        """
        p = np.clip(1 - self.slope / np.maximum(self.expected, 1e-12), 1e-4, 0.999)
        alike, margin = (self.expected / p)[..., None], logit(p)[..., None]
        gain: Floats = self.won[..., None] * shift - alike * (np.logaddexp(0, margin + shift) - np.logaddexp(0, margin))
        return gain


class Shifts(NamedTuple):
    """What is believed, in log-odds.

    Attributes
    ----------
    level, share
        The level of all leads, quick and steady (..., 2), and what share of each is applied (..., 2).
    group
        What groups (n,) are off by beside it.
    """

    level: Floats
    share: Floats
    group: Floats


def levels(daily: Wins) -> Floats:
    """Return the level (2,), quick and steady, that wins of all leads (1, days), the latest day first, say of now."""
    scatter = dispersion(_weekly(daily))
    recent = daily.of(lambda part: part[:, : LEVEL_SPANS_DAYS[-1]])
    spans = recent.of(lambda part: np.add.reduceat(part, LEVEL_SPANS_DAYS[:-1], axis=1))
    quick = _changed(spans.log_likelihood(GRID) / scatter, spans.slope / scatter, LEVEL_CHANGED)
    steady = daily.of(lambda part: part[:, :STEADY_DAYS].sum(axis=1))
    return np.concatenate((quick, _mean(steady.log_likelihood(GRID) / scatter + _LEVEL_PRIOR)))


def groups(daily: Wins) -> Floats:
    """Return what wins of groups (g, days), the latest day first, say that each (g,) is off by now, beside what they share."""
    shift = np.zeros(len(daily.won))
    speak = np.flatnonzero((daily.won + daily.expected).sum(axis=1) >= LEAST_EXPECTED)
    if not len(speak):
        return shift
    daily = daily.of(lambda part: part[speak])
    scatter = dispersion(_weekly(daily))
    spans = daily.of(lambda part: np.add.reduceat(part, SPANS_DAYS[:-1], axis=1))
    shared = _mean(_shared_evidence(spans, scatter) + _LEVEL_PRIOR)[:, None]
    own = spans.log_likelihood(GRID + shared) - spans.log_likelihood(shared)
    shift[speak] = _changed(own / scatter, spans.slope / scatter, CHANGED)
    return shift


def insured(shift: Floats) -> Floats:
    """Return what is applied of what groups (g,) are off by: an insurance against those that go bad pays for a fall alone, less its excess.

    That a group does better than promised waits for the next training: in small companies such a rise was early wins and chance, and cost
    more than all falls together saved. Of a fall that is large the excess takes next to nothing.

    Examples
    --------
    >>> insured(np.array([1.0, -0.08, -0.2, -1.0])).round(3).tolist()
    [0.0, 0.0, -0.15, -0.99]
    """
    paid: Floats = np.minimum(shift, -EXCESS) * (1 - (EXCESS / np.minimum(shift, -EXCESS)) ** 2)
    return paid + 0.0


def _weekly(daily: Wins) -> Wins:
    """Return the wins of whole weeks (g, weeks)."""
    return daily.of(lambda part: part.reshape(len(part), -1, WEEK_DAYS).sum(axis=2))


def dispersion(weekly: Wins) -> float:
    """Return by how much wins (g, weeks) scatter more than by chance, at least 1, from the differences of neighbouring weeks."""
    step = np.diff(weekly.won - weekly.expected, axis=1)
    by_chance = (weekly.slope[:, 1:] + weekly.slope[:, :-1]).sum()
    return max(float((step**2).sum() / by_chance), 1.0) if by_chance > 0 else 1.0


def _shared_evidence(wins: Wins, scatter: float) -> Floats:
    """Return the log evidence (spans, grid) for each level that wins of groups (g, spans) share: most have not left it, some have."""
    likelihood = _capped(wins.log_likelihood(GRID) / scatter, wins.slope / scatter)
    most = likelihood.max(axis=-1, keepdims=True)
    evidence: Floats = (most + np.log(np.exp(likelihood - most) @ _KERNEL)).sum(axis=0)
    return evidence


def _changed(by_span: Floats, information: Floats, chance: float) -> Floats:
    """Return the mean shift (g,) over all runs of spans, from log-likelihoods (g, spans, grid) and how much each knows.

    Parameters
    ----------
    chance
        That a group has changed and still is, beforehand.
    """
    total = np.cumsum(np.pad(by_span, ((0, 0), (1, 0), (0, 0))), axis=1)
    known = np.cumsum(np.pad(information, ((0, 0), (1, 0))), axis=1)
    likelihood = _capped(total[:, _LAST] - total[:, _FIRST], known[:, _LAST] - known[:, _FIRST])
    weight = np.exp(likelihood - likelihood.max(axis=-1, keepdims=True))
    same, small, large, small_sum, large_sum = np.moveaxis(weight @ _INTEGRALS, -1, 0)
    beforehand = np.where(_IS_NOW, chance / _SPANS, RECOVERED / np.sum(~_IS_NOW)) / len(SLABS)
    odds = beforehand / np.maximum(same, LEAST_EVIDENCE)
    moved = (odds * _IS_NOW * (small_sum + large_sum)).sum(axis=1)
    shift: Floats = moved / (1 - chance - RECOVERED + (odds * (small + large)).sum(axis=1))
    return shift


def _capped(log_likelihood: Floats, information: Floats) -> Floats:
    """Return log-likelihoods (..., s) that claim to know no shift better than groups agree."""
    return log_likelihood * (MAX_INFORMATION / np.maximum(information, MAX_INFORMATION))[..., None]


def _mean(log_weight: Floats) -> Floats:
    """Return the mean of the grid under log weights (..., grid)."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    mean: Floats = (weight * GRID).sum(axis=-1) / weight.sum(axis=-1)
    return mean


def _normal(distance: Floats, spread: float) -> Floats:
    """Return the log density of a normal over the grid, whose weights sum to 1 over the first axis."""
    density = -((distance / spread) ** 2) / 2
    return density - logsumexp(density, axis=0)


LEAST_EVIDENCE = 1e-200
"""Less evidence for no change is none."""
_SPANS = len(SPANS_DAYS) - 1
_FIRST, _LAST = np.array([(one, end) for one in range(_SPANS) for end in range(one + 1, _SPANS + 1)]).T
"""Runs of spans: the first, and the one after the last."""
_IS_NOW = _FIRST == 0
_INTEGRALS = np.exp([_normal(GRID, SAME), *(_normal(GRID, slab) for slab in SLABS)]).T
_INTEGRALS = np.hstack((_INTEGRALS, _INTEGRALS[:, 1:] * GRID[:, None]))
"""Weights (grid, 5) that sum a likelihood: with no change, a small and a large one, and the shift under either."""
_LEVEL_PRIOR = _normal(GRID, LEVEL_SPREAD)
_DISTANCE: Floats = np.subtract.outer(GRID, GRID)
_KERNEL = (1 - CHANGED) * np.exp(_normal(_DISTANCE, SAME)) + CHANGED / len(SLABS) * sum(
    np.exp(_normal(_DISTANCE, slab)) for slab in SLABS
)
"""Density (grid, grid) of a group's shift beside each level."""

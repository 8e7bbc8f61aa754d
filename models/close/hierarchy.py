"""The level of all leads and what each channel value adds to it, estimated together from day to day.

Held apart, one source that goes bad drags the level down, and every other source is promised too little. Here a value's deviation
comes out of a mixture: most values hardly leave the level, some do, and a few may leave it far, so that the level is where most
values agree, and one that collapsed answers for itself. How many values are of each kind is learned from all of them.

The level may move within days, so it is read from the latest wins alone; a value's deviation lasts, so what leaves the level's window
goes on to speak of the deviation, at the level of its day. How long the level's window has to be nobody knows beforehand: several are
followed side by side, and each day they are weighed by how well they foretold the days before.

Source: scale mixtures of normals as robust priors, West 1984; empirical Bayes for the mixture's weights, Efron & Morris 1973; one
Laplace approximation for each kind, Tierney & Kadane 1986; dynamic model averaging, Raftery, Karny & Ettler 2010.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from features.history import Floats
from models.close.timing import Ledger

WINDOWS_DAYS = np.array([1.0, 3.0, 10.0, 30.0, 90.0])
"""Answers for the level: wins weigh less with these time constants."""
MOVES = np.array([0.5, 0.4, 0.3, 0.2, 0.15])
"""Standard deviation, in log-odds, by which the level may be expected to have moved, by window: what moves soon moves far."""
LASTING_DAYS = 365.0
"""Wins speak of a channel value's deviation with this time constant."""
KINDS = np.array([0.05, 0.3, 1.0])
"""Kinds of channel values: standard deviations of their deviations, in log-odds."""
BEFOREHAND = np.array([12.0, 3.0, 1.0])
"""So many values of each kind are taken as seen before any is."""
FORGETTING = 0.98
"""What an answer's past successes are worth a day later."""
STEPS = 5
"""Newton steps a day; each day starts where the one before ended."""
MOST_MOVED = 4.0
"""No level and no deviation, in log-odds, is further from 0."""


class Fit(NamedTuple):
    """How well shifts of the log-odds agree with wins, and how that changes with the shift, all (...)."""

    log_likelihood: Floats
    score: Floats
    information: Floats


@dataclass(frozen=True)
class Wins:
    """Wins of groups beside those expected, (...), and how fast these rise with the log-odds: all that shifts are judged by.

    The leads of a group stand in as so many alike: of the probability that gives the same slope.
    """

    won: Floats
    expected: Floats
    slope: Floats

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> "Wins":
        """Return those of groups without leads."""
        return cls(*np.zeros((3, *shape)))

    def plus(self, other: "Wins", share: Floats | float = 1.0) -> "Wins":
        """Return these, and a share of others."""
        return Wins(
            self.won + share * other.won, self.expected + share * other.expected, self.slope + share * other.slope
        )

    def times(self, share: Floats | float) -> "Wins":
        """Return a share of these."""
        return Wins(share * self.won, share * self.expected, share * self.slope)

    def take(self, groups: NDArray[np.int64]) -> "Wins":
        """Return those of some groups, the last axis."""
        return Wins(self.won[..., groups], self.expected[..., groups], self.slope[..., groups])

    def shifted(self, shift: Floats) -> "Wins":
        """Return what would have been expected had all log-odds been higher by a shift."""
        alike, margin = self._alike()
        p = expit(margin + shift)
        return Wins(self.won, alike * p, alike * p * (1 - p))

    def under(self, shift: Floats) -> Fit:
        """Return how well a shift agrees with the wins; the log-likelihood is less that of no shift."""
        alike, margin = self._alike()
        p = expit(margin + shift)
        gain = self.won * shift - alike * (np.logaddexp(0, margin + shift) - np.logaddexp(0, margin))
        return Fit(gain, self.won - alike * p, alike * p * (1 - p))

    def _alike(self) -> tuple[Floats, Floats]:
        p = np.clip(1 - self.slope / np.maximum(self.expected, 1e-12), 1e-4, 0.999)
        return self.expected / p, logit(p)


@dataclass(frozen=True)
class State:
    """What is believed at the end of a day: w windows, g groups and k kinds.

    Attributes
    ----------
    recent, earlier
        Wins (w, g) within each window, and those that have left it, which are told at the level of their day.
    level
        Log-odds (w,).
    deviation, kind
        Of each group were it of each kind, in log-odds, and how likely it is of it (w, g, k).
    success
        How well each window foretold the wins of past days (w,).
    """

    recent: Wins
    earlier: Wins
    level: Floats
    deviation: Floats
    kind: Floats
    success: Floats

    @classmethod
    def at_the_start(cls, groups: int) -> "State":
        """Return what is believed of groups that nothing is known of."""
        windows, kinds = len(WINDOWS_DAYS), len(KINDS)
        none = Wins.none((windows, groups))
        beforehand = np.broadcast_to(BEFOREHAND / BEFOREHAND.sum(), (windows, groups, kinds))
        return cls(none, none, np.zeros(windows), np.zeros((windows, groups, kinds)), beforehand, np.zeros(windows))

    def mean_deviation(self) -> Floats:
        """Return the deviation of each group over all kinds (w, g)."""
        mean: Floats = (self.kind * self.deviation).sum(axis=2)
        return mean


def follow(ledger: Ledger) -> tuple[Floats, Floats]:
    """Return the level (d + 1,) at the start of each of d days, and of each group (d + 1, g) what it adds to that, in log-odds."""
    days, groups = ledger.won.shape
    state = State.at_the_start(groups)
    level, deviation = np.zeros(days + 1), np.zeros((days + 1, groups))
    for day in range(days):
        state = after(state, Wins(ledger.won[day], ledger.expected[day], ledger.slope[day]))
        weight = softmax(state.success)
        level[day + 1] = weight @ state.level
        deviation[day + 1] = weight @ state.mean_deviation()
    return level, deviation


def after(state: State, today: Wins) -> State:
    """Return what is believed after a day with the wins of groups (g,)."""
    foretold = today.under(state.level[:, None] + state.mean_deviation()).log_likelihood.sum(axis=1)
    keep = np.exp(-1 / WINDOWS_DAYS)[:, None]
    leaving = state.recent.shifted(state.level[:, None]).times(1 - keep)
    recent = state.recent.times(keep).plus(today)
    earlier = leaving.plus(state.earlier, float(np.exp(-1 / LASTING_DAYS)))
    level, deviation = state.level, state.deviation
    share = _shares(state)
    for _ in range(STEPS):
        deviation, kind, slack = _deviations(recent, earlier, level, deviation, share)
        level = _level(recent, level, deviation, kind, slack)
    return State(recent, earlier, level, deviation, kind, FORGETTING * state.success + foretold)


def _shares(state: State) -> Floats:
    """Return how many of the groups that anything is known of are of each kind (w, 1, k), as a share."""
    known = (state.recent.expected + state.earlier.expected > 0)[:, :, None]
    count = BEFOREHAND + (known * state.kind).sum(axis=1, keepdims=True)
    share: Floats = count / count.sum(axis=2, keepdims=True)
    return share


def _deviations(
    recent: Wins, earlier: Wins, level: Floats, deviation: Floats, share: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the deviations of groups were they of each kind, how likely each kind is, and how far each is from certain (w, g, k)."""
    prior = KINDS**-2
    now, before = _fits(recent, earlier, level, deviation)
    step = (now.score + before.score - prior * deviation) / (now.information + before.information + prior)
    deviation = np.clip(deviation + np.clip(step, -1, 1), -MOST_MOVED, MOST_MOVED)
    now, before = _fits(recent, earlier, level, deviation)
    precision = now.information + before.information + prior
    evidence = now.log_likelihood + before.log_likelihood - prior * deviation**2 / 2 - np.log(precision / prior) / 2
    return deviation, softmax(np.log(share) + evidence, axis=2), 1 / precision


def _level(recent: Wins, level: Floats, deviation: Floats, kind: Floats, slack: Floats) -> Floats:
    """Return the level (w,) after a step toward where most groups agree: the less certain a deviation, the less its group says."""
    now = _each_kind(recent).under(level[:, None, None] + deviation)
    score = (kind * now.score).sum(axis=(1, 2)) - level / MOVES**2
    information = (kind * (now.information - slack * now.information**2)).sum(axis=(1, 2)) + MOVES**-2
    moved: Floats = np.clip(level + np.clip(score / information, -1, 1), -MOST_MOVED, MOST_MOVED)
    return moved


def _fits(recent: Wins, earlier: Wins, level: Floats, deviation: Floats) -> tuple[Fit, Fit]:
    """Return how well deviations (w, g, k) agree with the wins within the windows, which share the level, and with earlier ones."""
    return _each_kind(recent).under(level[:, None, None] + deviation), _each_kind(earlier).under(deviation)


def _each_kind(wins: Wins) -> Wins:
    return Wins(wins.won[:, :, None], wins.expected[:, :, None], wins.slope[:, :, None])

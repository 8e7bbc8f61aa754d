"""Trust: what share of each level is applied, by what that saved on moments whose outcome came later.

A level helps in one company and is noise in another, and in one and the same company it may be noise for a year until prices change. So
each training judges it inside the past, and the offset goes on judging: from what has become of the leads since. Both start from what was
believed before, and move from there as far as the gain is more than chance.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import expit

from features.records.history import Floats
from models.close.calibration import log_losses

STANDARD_ERRORS = 1.0
"""Within so many, harm and help are taken for chance; what a level saved beyond is trusted the more, the more it is."""
MAX_OF_A_WEEK = 50.0
"""Moments of a week count as at most so many."""
SHARE_SPREAD = 1.0
"""Standard deviation of the share of each level around what was believed of it before."""


class Saved(NamedTuple):
    """Log loss a moment that is saved, with its standard error over weeks."""

    gain: float
    error: float

    @property
    def certainty(self) -> float:
        """How far a gain is to be trusted, from 0 to 1: what is within chance is nothing."""
        return max(1 - (STANDARD_ERRORS * self.error / self.gain) ** 2, 0.0) if self.gain > 0 else 0.0

    @property
    def harms(self) -> bool:
        """Whether it lost more than chance allows."""
        return -self.gain > STANDARD_ERRORS * self.error


class Judged(NamedTuple):
    """Moments (n,) whose outcome came later.

    Attributes
    ----------
    margin
        Log-odds without any level.
    level
        What each level (n, levels) said of them at their time.
    y, week
        What became of them, and their calendar week: outcomes of a week have much in common.
    """

    margin: Floats
    level: Floats
    y: Floats
    week: NDArray[np.int64]


def saved(before: Floats, after: Floats, y: Floats, week: NDArray[np.int64]) -> Saved:
    """Return what log-odds (n,) saved beside those of before, with the standard error that holds if they saved nothing.

    Of a single week this is as large as the gain: one week is no evidence.
    """
    gain = log_losses(before, y) - log_losses(after, y)
    of_week = np.bincount(week - week.min(), gain)
    return Saved(float(gain.mean()), float(np.sqrt(np.sum(of_week**2)) / len(gain)))


def shares(judged: Judged, before: Floats) -> tuple[Floats, Saved]:
    """Return the share of each level that is applied, and what that saved beside the shares believed before.

    The shares of least log loss, drawn toward those of before, are trusted as far as their gain is more than chance. Together they are
    at most 1.
    """
    best = _least(judged, before)
    start = judged.margin + judged.level @ before
    gain = saved(start, judged.margin + judged.level @ best, judged.y, judged.week)
    return before + (best - before) * gain.certainty, gain


def _least(judged: Judged, before: Floats) -> Floats:
    """Return the shares of least log loss, drawn toward those of before.

    Moments of a week count as a few: what they have in common is not averaged out.
    """
    margin, level, y, week = judged
    scatter = max(len(y) / (len(np.unique(week)) * MAX_OF_A_WEEK), 1.0)

    def loss(share: Floats) -> tuple[float, Floats]:
        moved = margin + level @ share
        off = (share - before) / SHARE_SPREAD
        slope = (expit(moved) - y) @ level / scatter + off / SHARE_SPREAD
        return float(log_losses(moved, y).sum() / scatter + np.sum(off**2) / 2), slope

    share = scipy.optimize.minimize(loss, before, jac=True, bounds=[(0, 1)] * len(before), method="L-BFGS-B").x
    within: Floats = share / max(share.sum(), 1.0)
    return within

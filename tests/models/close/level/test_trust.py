"""Trust in a level: as far as it saved more than chance, from what was believed before."""

import numpy as np
import pytest
from scipy.special import expit

from models.close.level.trust import Judged, saved, shares

WEEKS, OF_A_WEEK = 30, 40
WEEK = np.repeat(np.arange(WEEKS), OF_A_WEEK)


def judged(said: float, true: float, seed: int = 1) -> Judged:
    """Return moments of which one level said something, and another nothing, beside what was true."""
    rng = np.random.default_rng(seed)
    level = np.column_stack((np.full(len(WEEK), said), np.zeros(len(WEEK))))
    y = (rng.random(len(WEEK)) < expit(-1.0 + true)).astype(np.float64)
    return Judged(np.full(len(WEEK), -1.0), level, y, WEEK)


def test_what_was_saved_worked_by_hand() -> None:
    # Two weeks of one moment each: from 1/2 to 3/4 where it was won saves log 1.5, where it was not it costs log 2.
    before, after, y = np.zeros(2), np.full(2, np.log(3)), np.array([1.0, 0.0])
    up, down = np.log(1.5), -np.log(2)
    gain = saved(before, after, y, np.array([7, 8]))
    assert gain.gain == pytest.approx((up + down) / 2)
    assert gain.error == pytest.approx(np.sqrt(up**2 + down**2) / 2)


def test_a_single_week_is_no_evidence() -> None:
    one = judged(-1.0, -1.0)._replace(week=np.zeros(len(WEEK), np.int64))
    share, gain = shares(one, np.zeros(2))
    assert gain.gain > 0
    assert share == pytest.approx([0.0, 0.0], abs=1e-9)


def test_a_level_that_is_right_is_trusted_wherever_it_starts() -> None:
    for start in (0.0, 0.5, 1.0):
        share, _ = shares(judged(-1.0, -1.0), np.array([start, 0.0]))
        assert share[0] > 0.8


def test_a_level_that_harms_loses_the_trust_that_it_had() -> None:
    share, gain = shares(judged(-1.0, 0.5), np.array([0.8, 0.0]))
    assert share[0] < 0.1
    assert gain.gain > 3 * gain.error


def test_shares_are_at_most_one_together() -> None:
    both = judged(-1.0, -2.0)
    both = both._replace(level=np.column_stack((both.level[:, 0], both.level[:, 0])))
    share, _ = shares(both, np.zeros(2))
    assert 0.8 < share.sum() <= 1.0

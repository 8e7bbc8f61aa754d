"""The level ahead: one that stays is kept, one that comes and goes is forgotten, and chance is none."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from features.records.clock import DAY
from features.records.history import Floats
from training.fitting.level_forecast import forecast_level

WEEKS, OF_A_WEEK, PROMISED = 60, 40, 0.2
AS_OF: NDArray[np.int64] = np.repeat(np.arange(WEEKS), OF_A_WEEK) * 7 * DAY
NOW = WEEKS * 7 * DAY


def ahead(off: Floats, days: int, seed: int = 1) -> float:
    """Return the forecast so many days after the last week, where weeks (60,) were off by so much."""
    won = np.random.default_rng(seed).random(len(AS_OF)) < expit(logit(PROMISED) + np.repeat(off, OF_A_WEEK))
    promised = np.full(len(AS_OF), PROMISED)
    return forecast_level(AS_OF, won.astype(np.float64), promised, np.ones(len(AS_OF)), NOW + days * DAY)


@pytest.mark.parametrize("seed", range(5))
def test_a_level_as_promised_stays(seed: int) -> None:
    assert ahead(np.zeros(WEEKS), 45, seed) == pytest.approx(0.0, abs=0.12)


@pytest.mark.parametrize("jump", [-0.8, 0.8])
def test_a_level_that_jumped_and_stayed_is_kept_for_the_most_part(jump: float) -> None:
    off = np.where(np.arange(WEEKS) >= 36, jump, 0.0)
    assert ahead(off, 0) == pytest.approx(jump, abs=0.3)
    assert 0.4 < ahead(off, 45) / jump < 1.1


def test_a_level_that_comes_and_goes_is_forgotten() -> None:
    off = np.random.default_rng(4).normal(0, 0.8, WEEKS // 2).repeat(2)
    off[-2:] = 1.2
    assert abs(ahead(off, 45)) < 0.2
    assert ahead(off, 0) > 0.25


def test_far_ahead_nothing_is_told() -> None:
    off = np.where(np.arange(WEEKS) >= 36, 0.8, 0.0)
    assert [abs(ahead(off, days)) for days in (0, 200, 20_000)] == sorted(
        (abs(ahead(off, days)) for days in (0, 200, 20_000)), reverse=True
    )
    assert ahead(off, 20_000) == pytest.approx(0.0, abs=1e-6)


def test_weeks_without_leads_are_no_weeks_without_wins() -> None:
    some = AS_OF // (7 * DAY) % 3 == 0
    won = (np.random.default_rng(2).random(some.sum()) < PROMISED).astype(np.float64)
    promised, weight = np.full(some.sum(), PROMISED), np.ones(some.sum())
    assert forecast_level(AS_OF[some], won, promised, weight, NOW) == pytest.approx(0.0, abs=0.15)

"""Whether a rate has fallen: by hand, against simulation, and at the edges."""

import numpy as np
import pytest

from models.accountability.change import (
    Periods,
    fall_p,
    false_discovery_rates,
    power_of,
    ratio_interval,
    rise_p,
    share_interval,
)


def periods(now: tuple[float, float], before: tuple[float, float]) -> Periods:
    return Periods(*(np.array([figure], np.float64) for figure in (*now, *before)))


def test_a_fall_worked_by_hand() -> None:
    # Equal exposures: of 5 wins in all, at most 1 now: (1 + 5) / 32, less half of the 5 / 32 that are exactly 1.
    assert fall_p(periods((1, 20), (4, 20)), 0.0) == pytest.approx(1 / 32 + 5 / 64)


def test_what_cannot_be_compared_is_no_fall() -> None:
    for nothing in (periods((0, 0), (5, 10)), periods((0, 9), (0, 0)), periods((0, 9), (0, 9))):
        assert fall_p(nothing, 0.1) == 1.0
        assert np.isnan(ratio_interval(nothing)[0][0])


def test_a_larger_usual_change_makes_a_fall_less_sure() -> None:
    p = [float(fall_p(periods((40, 100), (90, 100)), usual)[0]) for usual in (0.0, 0.1, 0.3)]
    assert p == sorted(p)
    assert p[0] < 1e-4 < 0.01 < p[2]


def test_a_steady_rate_is_called_no_more_often_than_the_risk_says() -> None:
    rng = np.random.default_rng(1)
    n = 20_000
    steady = Periods(
        rng.poisson(6, n).astype(float), np.full(n, 30.0), rng.poisson(16, n).astype(float), np.full(n, 80.0)
    )
    called = np.mean(fall_p(steady, 0.0) <= 0.05)
    assert 0.03 < called < 0.055


def test_power_is_how_often_a_fall_is_called() -> None:
    rng = np.random.default_rng(2)
    n, before = 20_000, 40.0
    halved = Periods(rng.poisson(10, n).astype(float), np.full(n, 50.0), np.full(n, before), np.full(n, 100.0))
    called = np.mean(fall_p(halved, 0.1) <= 0.05)
    power = power_of(periods((0, 50), (before, 100)), 0.5, 0.05, 0.1)
    assert power == pytest.approx(called, abs=0.015)


def test_power_is_none_without_a_before_and_grows_with_exposure() -> None:
    assert power_of(periods((0, 50), (0, 100)), 0.5, 0.05, 0.1) == 0
    power = [float(power_of(periods((0, now), (40, 100)), 0.5, 0.05, 0.1)[0]) for now in (1, 20, 60, 400)]
    assert power == sorted(power)
    assert power[-1] > 0.99


def test_the_interval_of_the_ratio_covers_it() -> None:
    rng = np.random.default_rng(3)
    n = 20_000
    drawn = Periods(
        rng.poisson(9, n).astype(float), np.full(n, 30.0), rng.poisson(30, n).astype(float), np.full(n, 60.0)
    )
    _, low, high = ratio_interval(drawn)
    assert np.mean((low <= 0.6) & (high >= 0.6)) == pytest.approx(0.9, abs=0.015)  # (9 / 30) / (30 / 60)


def test_false_discovery_rates_worked_by_hand_whatever_the_order() -> None:
    # Of three, the second smallest: 0.02 · 3 / 2 = 0.03, which the smallest, 0.015 · 3 = 0.045, need not exceed.
    assert false_discovery_rates(np.array([0.015, 0.4, 0.02])) == pytest.approx([0.03, 0.4, 0.03])
    assert false_discovery_rates(np.array([0.4, 0.02, 0.015])) == pytest.approx([0.4, 0.03, 0.03])
    assert len(false_discovery_rates(np.empty(0))) == 0


def test_a_steady_rate_is_called_risen_no_more_often_than_the_risk_says() -> None:
    rng = np.random.default_rng(4)
    n = 20_000
    moved = np.exp(rng.normal(0, 0.2, n))
    steady = Periods(
        rng.poisson(60 * moved).astype(float), np.full(n, 30.0), rng.poisson(160, n).astype(float), np.full(n, 80.0)
    )
    assert np.mean(rise_p(steady, 0.2) <= 0.05) == pytest.approx(0.05, abs=0.01)


def test_what_cannot_be_compared_has_not_risen() -> None:
    for nothing in (periods((9, 0), (5, 10)), periods((9, 9), (0, 0)), periods((9, 9), (0, 9))):
        assert rise_p(nothing, 0.1) == 1.0


def test_shares_of_part_exposures_have_intervals_that_cover_them() -> None:
    rng = np.random.default_rng(5)
    exposure = rng.uniform(0, 1, (5_000, 80))
    won = (rng.random(exposure.shape) < 0.2 * exposure).sum(axis=1).astype(float)
    low, high = share_interval(won, exposure.sum(axis=1))
    assert np.mean((low <= 0.2) & (high >= 0.2)) >= 0.88

"""Promises so far: by hand, steady companies that are left alone, and levels that fell."""

import numpy as np
import pytest

from features.records.clock import DAY
from models.accountability.promises import promises_kept

LINEAR = np.linspace(0, 1, 91).tolist()


def test_each_age_counts_what_could_be_known_by_now() -> None:
    ago = np.repeat([45, 75, 120], [400, 300, 200]) * DAY
    won = np.concatenate([np.arange(400) < 10, np.arange(300) < 50, np.arange(200) < 40])

    kept = promises_kept(np.full(900, 0.2), ago, won, LINEAR)

    # 400 leads are half through: 400 . 0.2 . 0.5; 300 five sixths: 300 . 0.2 . 5/6; 200 have matured: 200 . 0.2
    assert [(one.from_days, one.until_days, one.leads, one.won) for one in kept] == [
        (30, 60, 400, 10),
        (60, 90, 300, 50),
        (90, None, 200, 40),
    ]
    assert [one.expected for one in kept] == pytest.approx([40, 50, 40])
    assert [one.off for one in kept] == [True, False, False]
    assert all(one.low < one.ratio < one.high for one in kept)


def test_leads_too_young_to_tell_and_too_few_are_left_out() -> None:
    assert promises_kept(np.full(900, 0.2), np.full(900, 10 * DAY), np.zeros(900, np.bool_), LINEAR) == ()
    assert promises_kept(np.full(24, 0.2), np.full(24, 95 * DAY), np.zeros(24, np.bool_), LINEAR) == ()
    assert len(promises_kept(np.full(25, 0.2), np.full(25, 95 * DAY), np.zeros(25, np.bool_), LINEAR)) == 1
    assert promises_kept(np.empty(0), np.empty(0, np.int64), np.empty(0, np.bool_), LINEAR) == ()


@pytest.mark.parametrize(("ratio", "off"), [(0.4, True), (0.85, False), (1.15, False), (2.2, True)])
def test_levels_off_on_either_side_are_called_and_usual_moves_are_not(ratio: float, off: bool) -> None:
    won = np.arange(2000) < 400 * ratio
    (matured,) = promises_kept(np.full(2000, 0.2), np.full(2000, 100 * DAY), won, LINEAR)
    assert matured.off is off


def test_steady_companies_are_left_alone() -> None:
    draw = np.random.default_rng(2)
    called = 0
    for _ in range(300):
        p, ago = draw.beta(2, 8, 1500), draw.integers(0, 180, 1500) * DAY
        known = draw.uniform(0, 90, 1500) * DAY < ago
        level = np.exp(draw.normal(0, 0.1))
        kept = promises_kept(p, ago, (draw.random(1500) < p * level) & known, LINEAR)
        called += any(one.off for one in kept)
    assert called <= 2

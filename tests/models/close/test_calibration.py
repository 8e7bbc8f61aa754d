"""Calibration moves probabilities, never leads: order is kept, and without data nothing moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from scipy.special import expit

from features.history import Floats
from models.close.calibration import SHIFT_PRIOR, SLOPE_PRIOR, Affine, fit_affine, fit_level

margins = arrays(np.float64, st.integers(0, 30), elements=st.floats(-20, 20))


@given(margin=margins, data=st.data())
def test_a_fitted_calibration_never_reverses_a_ranking(margin: Floats, data: st.DataObject) -> None:
    share = st.floats(0, 1)
    y = data.draw(arrays(np.float64, len(margin), elements=share))
    weight = data.draw(arrays(np.float64, len(margin), elements=st.floats(0, 5)))
    order = np.argsort(margin)
    for affine in (fit_affine(margin, y, weight), fit_level(0.5, margin, y, weight)):
        assert affine.slope > 0
        assert (np.diff(affine(margin[order])) >= 0).all()


def test_without_data_nothing_moves() -> None:
    none = np.zeros(0)
    assert fit_affine(none, none, none) == Affine()
    assert fit_level(0.7, none, none, none) == Affine(shift=0.0, slope=0.7)


def test_moments_without_weight_are_no_data() -> None:
    margin, zeros = np.array([1.0, -2.0]), np.zeros(2)
    assert fit_affine(margin, zeros, zeros) == Affine()


def sample(n: int, shift: float, slope: float) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(5)
    margin = rng.normal(-1, 1.5, n)
    return margin, (rng.random(n) < expit(shift + slope * margin)).astype(np.float64)


def test_many_outcomes_decide_the_calibration_and_few_leave_it_near_the_identity() -> None:
    margin, y = sample(100_000, shift=0.4, slope=0.6)
    many = fit_affine(margin, y, np.ones(len(y)))
    assert [many.shift, many.slope] == pytest.approx([0.4, 0.6], abs=0.04)
    few = fit_affine(margin[:15], y[:15], np.ones(15))
    assert abs(few.shift) < SHIFT_PRIOR
    assert abs(np.log(few.slope)) < SLOPE_PRIOR


def test_the_level_makes_expected_wins_the_observed_ones() -> None:
    margin, y = sample(100_000, shift=-0.5, slope=1.0)
    level = fit_level(1.0, margin, y, np.ones(len(y)))
    assert expit(level(margin)).mean() == pytest.approx(y.mean(), rel=1e-3)


def test_a_weight_of_two_is_a_row_twice_and_a_soft_label_is_a_row_split() -> None:
    margin, y = sample(200, shift=0.4, slope=0.6)
    weighted = fit_affine(margin, y, np.full(200, 2.0))
    doubled = fit_affine(np.tile(margin, 2), np.tile(y, 2), np.ones(400))
    assert weighted.model_dump() == pytest.approx(doubled.model_dump(), rel=1e-4)
    soft = fit_affine(margin, np.full(200, 0.25), np.ones(200))
    won = np.repeat((1.0, 0.0), 200)
    split = fit_affine(np.tile(margin, 2), won, np.repeat((0.25, 0.75), 200))
    assert soft.model_dump() == pytest.approx(split.model_dump(), rel=1e-4)


@pytest.mark.parametrize("slope", [0.0, -1.0])
def test_a_slope_that_would_reverse_leads_is_refused(slope: float) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Affine(slope=slope)

"""Calibration moves probabilities, never leads: order is kept, and without data nothing moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from scipy.special import expit

from features.records.history import Floats
from models.close.calibration import Affine, fit_affine, fit_latest_level, fit_level, fit_weights

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
    assert abs(few.shift) < 0.3
    assert abs(np.log(few.slope)) < 0.15


def test_slope_and_shift_are_drawn_to_the_identity_by_priors_of_15_and_30_hundredths() -> None:
    """At the best fit, what the outcomes still pull is what a normal prior of this standard deviation holds."""
    margin, y = sample(60, shift=0.9, slope=0.5)
    fitted = fit_affine(margin, y, np.ones(60))
    pull = y - expit(fitted(margin))

    assert pull.sum() == pytest.approx(fitted.shift / 0.3**2, rel=1e-3)
    assert (pull @ margin) * fitted.slope == pytest.approx(np.log(fitted.slope) / 0.15**2, rel=1e-3)


def test_a_level_alone_is_drawn_to_zero_by_a_prior_of_30_hundredths() -> None:
    margin, y = sample(60, shift=0.9, slope=0.8)
    fitted = fit_level(0.8, margin, y, np.ones(60))

    assert (y - expit(fitted(margin))).sum() == pytest.approx(fitted.shift / 0.3**2, rel=1e-3)


def test_the_level_of_a_whole_sample_is_drawn_to_zero_by_a_prior_of_5() -> None:
    none = np.zeros(40, np.bool_)
    fitted = fit_latest_level(np.zeros(40), np.ones(40), np.ones(40), none)

    # Forty wins of forty would have no finite level without a prior.
    assert (1 - expit(fitted.shift)) * 40 == pytest.approx(fitted.shift / 5**2, rel=1e-3)
    assert 5 < fitted.shift < 6


def parts(n: int, *weights: float) -> tuple[Floats, Floats]:
    """Log-odds (k, n) of parts, and outcomes by their sum with these weights."""
    rng = np.random.default_rng(9)
    margins = rng.normal(0, 1.5, (len(weights), n))
    return margins, (rng.random(n) < expit(np.array(weights) @ margins)).astype(np.float64)


def test_a_weight_is_drawn_to_an_equal_share_by_a_prior_of_15_hundredths() -> None:
    margins, y = parts(60, 0.9, 0.3)
    weights, shift = fit_weights(margins, y, np.ones(60), np.zeros(60))
    pull = y - expit(shift + weights @ margins)

    assert margins @ pull == pytest.approx((weights - 0.5) / 0.15**2, rel=1e-2)
    assert pull.sum() == pytest.approx(shift / 0.3**2, rel=1e-2)


def test_parts_that_say_the_same_weigh_the_same_in_any_order() -> None:
    margins, y = parts(400, 0.6, 0.5)
    tied = margins[[0, 0, 1]]
    weights, shift = fit_weights(tied, y, np.ones(400), np.zeros(400))
    turned, again = fit_weights(tied[::-1], y, np.ones(400), np.zeros(400))

    assert weights[0] == pytest.approx(weights[1], abs=1e-4)
    assert (*turned[::-1], again) == pytest.approx((*weights, shift), abs=1e-4)


@pytest.mark.parametrize(("limit", "stays"), [("at", True), ("above", False)])
def test_a_part_of_less_than_the_least_weight_is_left_out(
    monkeypatch: pytest.MonkeyPatch, limit: str, stays: bool
) -> None:
    margins, y = parts(4000, 1.0, 0.1)
    least = fit_weights(margins, y, np.ones(4000), np.zeros(4000))[0][1]
    assert least >= 0.04
    monkeypatch.setattr("models.close.calibration.MIN_WEIGHT", least if limit == "at" else np.nextafter(least, 1))
    weights, _ = fit_weights(margins, y, np.ones(4000), np.zeros(4000))

    assert weights[1] == (least if stays else 0)
    assert weights[0] > 0.9


def test_the_least_weight_of_a_part_is_4_hundredths() -> None:
    kept = [
        weight
        for true in np.linspace(0, 0.12, 13)
        for weight in fit_weights(*parts(4000, 1.0, float(true)), np.ones(4000), np.zeros(4000))[0][1:]
    ]

    assert {weight == 0 or weight >= 0.04 for weight in kept} == {True}
    assert 0.04 <= min(weight for weight in kept if weight) < 0.055
    assert 0 in kept


def test_the_level_makes_expected_wins_the_observed_ones() -> None:
    margin, y = sample(100_000, shift=-0.5, slope=1.0)
    level = fit_level(1.0, margin, y, np.ones(len(y)))
    assert expit(level(margin)).mean() == pytest.approx(y.mean(), rel=1e-3)


def test_the_whole_sample_sets_the_level_of_log_odds_that_weigh_more_than_one_in_all() -> None:
    # Of 400 leads 20 were won; log-odds of 1.2 times -2.94 promise 11.5. Of the latest no win is known yet: few as they are, they move little.
    y, margin = np.repeat((1.0, 0.0), (20, 380)), np.full(400, -1.2 * np.log(19))
    latest = np.arange(400) >= 380
    level = fit_latest_level(margin, y, np.ones(400), latest)
    assert 12 < expit(level(margin)).sum() < 20
    of_all = fit_latest_level(margin, y, np.ones(400), np.zeros(400, np.bool_))
    assert expit(of_all(margin)).sum() == pytest.approx(20, rel=0.01)


def test_the_latest_set_the_level_where_many_of_them_are_known() -> None:
    y = np.concatenate((np.arange(20_000) % 10 == 0, np.arange(20_000) % 4 == 0)).astype(np.float64)
    latest = np.arange(40_000) >= 20_000
    level = fit_latest_level(np.zeros(40_000), y, np.ones(40_000), latest)
    assert expit(level.shift) == pytest.approx(0.25, abs=0.005)


def test_what_is_expected_of_open_leads_moves_the_level_less_than_what_became_of_others() -> None:
    before, latest = (np.arange(500) % 5 == 0).astype(np.float64), np.arange(1000) >= 500
    won = (np.arange(500) % 10 == 0).astype(np.float64)
    known, expected = (
        fit_latest_level(np.full(1000, -2.0), np.concatenate((before, of)), np.ones(1000), latest)
        for of in (won, np.full(500, 0.1))
    )
    # In all .15 were won, or are expected to be; of the latest .1.
    assert 0.10 < expit(known.shift - 2) < 0.135 < expit(expected.shift - 2) < 0.15


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

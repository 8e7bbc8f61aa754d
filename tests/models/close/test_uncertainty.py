"""Ranges hold their probability, and a model that abstains says the base rate for all leads alike."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from models.close.model import CloseModel
from models.close.reasons.explanation import score
from models.close.uncertainty import Certainty, log_odds, spread_of_rate
from tests.models.company import dataset, model, some_moments

ABSTAINING = Certainty(spread=0.2, abstention="too few outcomes")


@given(st.floats(-20, 20), st.floats(0, 5), st.floats(-6, 6), st.floats(0.5, 0.99))
def test_a_range_holds_its_probability_and_grows_with_spread_and_level(
    margin: float, spread: float, middle: float, level: float
) -> None:
    margins = np.array([margin])
    found = Certainty(spread=spread, middle=middle).range(margins, level)
    surer = Certainty(spread=spread, middle=middle).range(margins, (1 + level) / 2)
    assert found is not None
    assert surer is not None
    assert 0 <= surer[0] <= found[0] <= expit(margins) <= found[1] <= surer[1] <= 1


@given(st.floats(-3, 3), st.floats(0, 1.5))
def test_more_error_gives_a_wider_range(margin: float, spread: float) -> None:
    widths = [
        np.diff(Certainty(spread=each).range(np.array([margin])) or (), axis=0) for each in (spread, spread + 0.1)
    ]
    assert 0 < widths[0] < widths[1]


@given(st.floats(-8, 8), st.floats(0, 5), st.floats(0, 1.5), st.floats(-6, 6))
def test_a_likelier_lead_has_no_lower_range(margin: float, more: float, spread: float, middle: float) -> None:
    low, high = Certainty(spread=spread, middle=middle).range(np.array([margin, margin + more])) or ([], [])
    assert low[0] <= low[1] + 1e-12
    assert high[0] <= high[1] + 1e-12


def test_far_from_the_middle_an_error_of_the_slope_is_added() -> None:
    # 3 from the middle: the root of .4² + (.15 * 3)² = .16 + .2025 is .602; the middle of the range is -4 * sqrt(1 + .346 * .3625) = -4.243,
    # its ends -4.243 -+ 1.645 * .602: log-odds of .0053 and .0373, and half a point more on each side
    low, high = Certainty(spread=0.4, middle=-1.0).range(np.array([-4.0])) or (np.zeros(1), np.zeros(1))
    assert (low[0], high[0]) == pytest.approx((0.0003, 0.0423), abs=2e-4)


def test_a_range_of_few_wins_reaches_to_none_and_one_of_nearly_all_to_all() -> None:
    low, high = Certainty(spread=0.6).range(np.array([-5.0, 5.0])) or (np.zeros(2), np.zeros(2))
    assert low[0] == 0.0
    assert high[1] == 1.0


@pytest.mark.parametrize("margin", [-4.0, -2.0, 0.0, 1.0])
@pytest.mark.parametrize("spread", [0.3, 0.8, 1.2])
def test_shares_around_the_middle_of_a_range_have_the_probability_as_their_mean(margin: float, spread: float) -> None:
    certainty = Certainty(spread=spread, middle=margin)
    low, high = certainty.range(np.array([margin])) or (np.zeros(1), np.zeros(1))
    nodes, weight = np.polynomial.hermite_e.hermegauss(40)
    middle = logit(np.maximum(low, 1e-9) + 0.005 * (low > 0)) + 1.6449 * spread  # the half point on each side taken off
    if low[0] > 0:
        mean = weight @ expit(middle + spread * nodes) / weight.sum()
        assert logit(mean) == pytest.approx(margin, rel=0.06, abs=1e-3)
    assert low[0] < expit(margin) < high[0]


def test_errors_that_were_not_measured_give_no_range() -> None:
    assert Certainty().range(np.zeros(3)) is None
    assert {(one.low, one.high) for one in score(model(), dataset().history, some_moments(5))} == {(None, None)}


def test_a_rate_is_surer_the_more_leads_it_was_seen_on_and_never_certain() -> None:
    spreads = [spread_of_rate(0.2, leads) for leads in (0, 10, 100, 1000)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] > 0
    # 1/(20 + .5) + 1/(80 + .5) = .0488 + .0124 = .0612, whose root is .247
    assert spread_of_rate(0.2, 100) == pytest.approx(0.247, abs=5e-4)


def test_ranges_of_a_batch_are_those_of_its_leads_one_by_one_and_survive_text() -> None:
    measured = replace(model(), certainty=Certainty(spread=0.7, middle=-1.5))
    again = CloseModel.from_texts(measured.to_texts())
    moments = some_moments(20)
    together = score(measured, dataset().history, moments)
    assert score(again, dataset().history, moments) == together
    for row, one in enumerate(together):
        alone = moments.take(np.array([row]))
        assert score(measured, dataset().history, alone)[0] == one
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.probability < one.high


def test_a_model_that_abstains_gives_every_lead_the_base_rate_without_reasons() -> None:
    abstaining = replace(model(), certainty=ABSTAINING)
    X = abstaining.matrix(dataset().history, some_moments(30))
    explained = abstaining.explain(X)
    np.testing.assert_allclose(abstaining.predict(X), model().base_rate, rtol=1e-12)
    assert not explained.contributions.any()
    assert explained.base_value == explained.margin[0] == log_odds(model().base_rate)
    for one in score(abstaining, dataset().history, some_moments(5)):
        assert (one.reasons, one.abstention) == ((), "too few outcomes")
        assert one.probability == one.base_probability


def test_a_base_rate_is_known_no_better_than_its_level_stays() -> None:
    # the level moves by .15; on 100 leads, of which 20 were won, the rate is known to .247: together sqrt(.0225 + .0612) = .289
    assert Certainty.of_base_rate(0.2, 100, "too few").spread == pytest.approx(0.289, abs=5e-4)
    assert Certainty.of_base_rate(0.2, 100_000_000, "too few").spread == pytest.approx(0.15, abs=1e-3)
    low, high = Certainty.of_base_rate(0.2, 100, "too few").range(np.array([log_odds(0.2)])) or (
        np.zeros(1),
        np.zeros(1),
    )
    assert low[0] < 0.2 < high[0]


def test_a_rate_of_nothing_or_everything_has_log_odds() -> None:
    assert log_odds(0.0) == pytest.approx(-log_odds(1.0))
    assert np.isfinite(log_odds(0.0))

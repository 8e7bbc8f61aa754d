"""Ranges hold their probability, and a model that abstains says the base rate for all leads alike."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from models.close.certainty import Certainty, log_odds, spread_of_rate
from models.close.explanation import score
from models.close.model import CloseModel
from tests.models.company import dataset, model, some_moments

ABSTAINING = Certainty(spread=0.2, abstention="too few outcomes")


@given(st.floats(-20, 20), st.floats(0, 5), st.floats(0, 1.5), st.floats(0.5, 0.99))
def test_a_range_holds_its_probability_and_grows_with_spread_and_level(
    margin: float, spread: float, untold: float, level: float
) -> None:
    margins = np.array([margin])
    certainty, less_sure = (Certainty(spread=each, untold=untold) for each in (spread, spread + 0.1))
    found, wider = certainty.range(margins, level), less_sure.range(margins, level)
    surer = certainty.range(margins, (1 + level) / 2)
    assert found is not None
    assert wider is not None
    assert surer is not None
    assert found[0] <= expit(margins) <= found[1]
    assert wider[0] <= found[0]
    assert found[1] <= wider[1]
    assert surer[0] <= found[0]
    assert found[1] <= surer[1]


@given(st.floats(-20, 20), st.floats(0, 5), st.floats(0, 5), st.floats(0, 1.5))
def test_a_likelier_lead_has_no_lower_range(margin: float, more: float, spread: float, untold: float) -> None:
    low, high = Certainty(spread=spread, untold=untold).range(np.array([margin, margin + more])) or ([], [])
    assert low[0] <= low[1]
    assert high[0] <= high[1]


@pytest.mark.parametrize("margin", [-4.0, -2.0, 0.0, 1.0])
@pytest.mark.parametrize("untold", [0.3, 0.8, 1.2])
def test_own_chances_around_the_middle_of_a_range_have_the_probability_as_their_mean(
    margin: float, untold: float
) -> None:
    certainty = Certainty(spread=0.0, untold=untold)
    low, high = certainty.range(np.array([margin])) or (np.zeros(1), np.zeros(1))
    nodes, weight = np.polynomial.hermite_e.hermegauss(40)
    mean = weight @ expit((logit(low) + logit(high)) / 2 + untold * nodes) / weight.sum()
    assert logit(mean) == pytest.approx(margin, rel=0.06, abs=1e-6)


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
    measured = replace(model(), certainty=Certainty(spread=0.3, untold=0.7))
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


def test_a_rate_of_nothing_or_everything_has_log_odds() -> None:
    assert log_odds(0.0) == pytest.approx(-log_odds(1.0))
    assert np.isfinite(log_odds(0.0))

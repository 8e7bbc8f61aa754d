"""Evidence: what chance saves as much is nothing, and moments of a lead are no new evidence."""

import numpy as np
import pytest

from training.fitting.evidence import Evidence, pooled


def test_a_gain_that_each_moment_shares_is_certain_and_one_that_scatters_is_not() -> None:
    weight, lead = np.ones(100), np.arange(100)
    scattered = Evidence.of(np.tile((1.0, -0.9), 50), weight, lead)
    assert scattered.gain == pytest.approx(0.05)
    assert scattered.error == pytest.approx(0.95 / 10)
    assert scattered.reliability == pytest.approx(0.05**2 / (0.05**2 + 0.095**2))
    assert Evidence.of(np.full(100, 0.01), weight, lead).reliability == pytest.approx(1.0)


def test_moments_of_a_lead_are_no_new_evidence() -> None:
    saved = np.tile((1.0, -0.5), 20)
    once = Evidence.of(saved, np.ones(40), np.arange(40))
    thrice = Evidence.of(np.tile(saved, 3), np.ones(120), np.tile(np.arange(40), 3))
    assert (thrice.gain, thrice.error) == pytest.approx((once.gain, once.error))


def test_of_models_that_know_nothing_one_in_twenty_saves_more_than_chance() -> None:
    rng = np.random.default_rng(1)
    saved = [Evidence.of(rng.normal(0, 1, 400), np.ones(400), np.arange(400)).is_beyond_chance for _ in range(2000)]
    assert np.mean(saved) == pytest.approx(0.05, abs=0.015)


def test_a_gain_under_half_of_its_error_is_none() -> None:
    assert [Evidence(gain, 1.0, 1.0).reliability for gain in (-3.0, 0.0, 0.49)] == [0, 0, 0]
    assert Evidence(0.51, 1.0, 1.0).reliability > 0.2


def test_evidence_of_other_leads_adds_up() -> None:
    both = pooled((Evidence(0.02, 0.015, 300.0), Evidence(0.02, 0.015, 300.0)))
    assert both.gain == pytest.approx(0.02)
    assert both.error == pytest.approx(0.015 / np.sqrt(2))
    assert not Evidence(0.02, 0.015, 300.0).is_beyond_chance
    assert both.is_beyond_chance

"""Slope, intercept, the parts of a score, and wins over expected wins by group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from features.records.history import Floats
from tests.training.metrics.test_metrics import simulated
from training.metrics import JudgingSettings, Trial
from training.metrics.bootstrap import replicate_counts
from training.metrics.corp import decompose
from training.metrics.groups import Grouping, by_name, by_score, exact_interval
from training.metrics.recalibration import intercept, recalibration_gain, slope
from training.metrics.totals import totals

SETTINGS = JudgingSettings(replicates=200)


def test_slope_and_intercept_are_those_of_a_logistic_regression() -> None:
    y, p, weight = simulated(3000)
    margin = 0.4 + 0.7 * logit(p)
    sums = totals(Trial.of(y, weight), expit(margin))
    regression = LogisticRegression(C=np.inf, tol=1e-10).fit(margin[:, None], y, sample_weight=weight)
    assert slope(sums) == pytest.approx(regression.coef_[0], abs=1e-5)
    # With the slope at 1, the shift leaves as many wins expected as there were.
    assert weight @ expit(margin + intercept(sums)) == pytest.approx(weight @ y, abs=1e-6)


def test_the_gain_of_recalibration_is_that_of_a_logistic_regression() -> None:
    y, p, weight = simulated(3000)
    margin = 0.4 + 0.7 * logit(p)
    regression = LogisticRegression(C=np.inf, tol=1e-10).fit(margin[:, None], y, sample_weight=weight)
    best = regression.predict_proba(margin[:, None])[:, 1]

    def loss(p: Floats) -> float:
        return -float(np.average(y * np.log(p) + (1 - y) * np.log(1 - p), weights=weight))

    found = recalibration_gain(totals(Trial.of(y, weight), expit(margin)))
    assert found == pytest.approx(loss(expit(margin)) - loss(best), abs=1e-8)
    assert found > 10 * recalibration_gain(totals(Trial.of(y, weight), best))


def test_one_probability_for_all_can_only_be_shifted() -> None:
    # Half were won and a fifth was promised: ln 2 would be lost, -(ln .2 + ln .8) / 2 was.
    sums = totals(Trial.of(np.array([0.0, 1.0]), np.ones(2)), np.full(2, 0.2))
    assert recalibration_gain(sums) == pytest.approx(-(np.log(0.2) + np.log(0.8)) / 2 - np.log(2))


def test_a_calibrated_simulation_is_found_calibrated() -> None:
    y, p, weight = simulated(40_000, seed=3)
    sums = totals(Trial.of(y, weight), p)
    assert slope(sums) == pytest.approx(1.0, abs=0.05)
    assert intercept(sums) == pytest.approx(0.0, abs=0.05)
    assert sums.won / sums.expected == pytest.approx(1.0, abs=0.05)


@given(stretch=st.floats(0.4, 2.5), add=st.floats(-1.5, 1.5))
def test_the_slope_undoes_a_stretch(stretch: float, add: float) -> None:
    y, p, weight = simulated(800, seed=2)
    trial = Trial.of(y, weight)
    bent = slope(totals(trial, expit(add + stretch * logit(p))))
    assert bent * stretch == pytest.approx(slope(totals(trial, p)), rel=1e-4)


@pytest.mark.parametrize("y", [np.zeros(4), np.ones(4)])
def test_slope_and_intercept_are_not_defined_where_all_ended_alike(y: Floats) -> None:
    sums = totals(Trial.of(y, np.ones(4)), np.array([0.1, 0.2, 0.3, 0.4]))
    assert np.isnan([slope(sums)[0], intercept(sums)[0]]).all()


def test_a_slope_is_not_defined_for_one_probability_or_one_that_knows_all() -> None:
    trial = Trial.of(np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    assert np.isnan(slope(totals(trial, np.full(4, 0.3))))
    assert np.isnan(slope(totals(trial, np.array([0.1, 0.2, 0.3, 0.4]))))


def test_parts_worked_by_hand() -> None:
    # Two leads at 0.2, one of them won; two at 0.6, one won: recalibrated all are 1/2, so nothing tells them apart.
    trial = Trial.of(np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4))
    brier = decompose(trial, np.array([0.2, 0.2, 0.6, 0.6]))["brier"]
    assert brier.score == pytest.approx((0.04 + 0.64 + 0.36 + 0.16) / 4)
    assert brier.uncertainty == pytest.approx(0.25)
    assert brier.discrimination == pytest.approx(0.0)
    assert brier.miscalibration == pytest.approx(0.3 - 0.25)


def test_parts_are_those_of_model_diagnostics() -> None:
    i = np.arange(200)
    p, weight = (7 * i % 50 + 1) / 100, (3 * i % 8 + 1) / 8
    y = ((13 * i * i + 5) % 17 < 22 * p).astype(np.float64)
    parts = decompose(Trial.of(y, weight), p)
    # model_diagnostics 1.5.0: decompose(y, p, weights=weight, scoring_function=LogLoss()), and with SquaredError()
    assert parts["log_loss"].to_json() == pytest.approx(
        {
            "miscalibration": 0.11825923087590384,
            "discrimination": 0.2016705764805682,
            "uncertainty": 0.6780488171170701,
            "score": 0.5946374715124058,
        }
    )
    assert parts["brier"].to_json() == pytest.approx(
        {
            "miscalibration": 0.051588811638464405,
            "discrimination": 0.08323325608290885,
            "uncertainty": 0.2424888888888889,
            "score": 0.21084444444444445,
        }
    )


@given(
    y=arrays(np.float64, 20, elements=st.sampled_from((0.0, 1.0))),
    p=arrays(np.float64, 20, elements=st.floats(0.01, 0.99)),
    weight=arrays(np.float64, 20, elements=st.floats(0.1, 1)),
)
def test_parts_sum_to_the_score_and_none_is_negative(y: Floats, p: Floats, weight: Floats) -> None:
    for parts in decompose(Trial.of(y, weight), p).values():
        assert parts.score == pytest.approx(parts.miscalibration - parts.discrimination + parts.uncertainty)
        assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) >= -1e-12


def grouped(grouping: Grouping, trial: Trial) -> dict[str, tuple[float, float, float]]:
    ratios = np.concatenate([grouping.ratio(counts) for counts in replicate_counts(trial.leads, SETTINGS)], axis=1)
    return {group.name: (group.value, group.low, group.high) for group in grouping.figures(ratios, SETTINGS.level)}


def test_groups_hold_the_wins_and_the_expected_wins_of_all() -> None:
    y, p, weight = simulated(2000)
    trial = Trial.of(y, weight)
    grouping = by_score(trial, p, SETTINGS.score_edges)
    ratios = np.concatenate([grouping.ratio(counts) for counts in replicate_counts(trial.leads, SETTINGS)], axis=1)
    groups = grouping.figures(ratios, SETTINGS.level)
    assert sum(group.leads for group in groups) == pytest.approx(weight.sum())
    assert sum(group.won for group in groups) == pytest.approx(weight @ y)
    assert sum(group.expected for group in groups) == pytest.approx(weight @ p)
    assert [group.name for group in groups][:3] == ["0-2 %", "2-5 %", "5-10 %"]


def test_a_band_holds_its_lower_edge() -> None:
    trial = Trial.of(np.array([0.0, 1.0]), np.ones(2))
    figures = by_score(trial, np.array([0.1, 0.0999]), (0.1, 0.5)).figures(np.ones((3, 100)), 0.95)
    assert [(group.name, group.won) for group in figures] == [("0-10 %", 1.0), ("10-50 %", 0.0)]


def test_a_source_gone_bad_is_seen_and_a_small_one_is_not_judged() -> None:
    rng = np.random.default_rng(4)
    names = np.repeat(np.array(["good", "bad", "dead", "small"], np.object_), (1000, 1000, 200, 20))
    p = np.full(len(names), 0.1)
    y = (rng.random(len(names)) < np.select([names == "bad", names == "dead"], [0.04, 0.0], 0.1)).astype(np.float64)
    trial = Trial.of(y, np.ones(len(y)))
    figures = grouped(by_name(trial, p, names), trial)
    assert figures["good"][1] < 1 < figures["good"][2]
    assert figures["bad"][2] < 0.7
    # No win where 20 were expected: at most 3.689 are left in the interval.
    assert figures["dead"] == pytest.approx((0.0, 0.0, 3.689 / 20), abs=1e-4)
    assert np.isnan(figures["small"]).all()


def test_the_exact_interval_and_the_bootstrap_meet_where_wins_are_many() -> None:
    y, _, _ = simulated(5000)
    trial, everyone = Trial.of(y, np.ones(5000)), np.full(5000, "all", np.object_)
    _, low, high = grouped(by_name(trial, np.full(5000, y.mean()), everyone), trial)["all"]
    assert exact_interval(y.sum(), y.sum(), 0.95) == pytest.approx((low, high), abs=0.02)

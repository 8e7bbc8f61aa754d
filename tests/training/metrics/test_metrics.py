"""Headline figures worked by hand, against scikit-learn, and at their edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from features.records.history import Floats
from training.metrics import JudgingSettings, Trial, measure
from training.metrics.bootstrap import replicate_counts
from training.metrics.compare import resample
from training.metrics.scores import HEADLINE


def simulated(n: int, seed: int = 0, digits: int = 8) -> tuple[Floats, Floats, Floats]:
    """Labels, calibrated probabilities with ties where they have few digits, and weights."""
    rng = np.random.default_rng(seed)
    p = np.clip(np.round(rng.beta(1, 6, n), digits), 0.01, 0.99)
    return (rng.random(n) < p).astype(np.float64), p, rng.uniform(0.2, 1.0, n)


def test_figures_worked_by_hand() -> None:
    # Three moments of weights 1, 1 and 2; the second was won.
    y, probability, weight = np.array([0.0, 1.0, 0.0]), np.array([0.5, 0.8, 0.1]), np.array([1.0, 1.0, 2.0])
    figures = measure(y, probability, weight)
    assert figures.log_loss == pytest.approx(-(np.log(0.5) + np.log(0.8) + 2 * np.log(0.9)) / 4)
    assert figures.brier == pytest.approx((0.25 + 0.04 + 2 * 0.01) / 4)
    assert figures.observed_over_expected == pytest.approx(1 / (0.5 + 0.8 + 0.2))
    assert (figures.roc_auc, figures.pr_auc) == (1.0, 1.0)
    assert (figures.n, figures.won) == (3, 1)


@pytest.mark.parametrize("digits", [1, 2, 8])
def test_figures_are_those_of_scikit_learn(digits: int) -> None:
    y, p, weight = simulated(3000, digits=digits)
    ours = measure(y, p, weight)
    assert ours.log_loss == pytest.approx(log_loss(y, p, sample_weight=weight), abs=1e-12)
    assert ours.brier == pytest.approx(brier_score_loss(y, p, sample_weight=weight), abs=1e-12)
    assert ours.roc_auc == pytest.approx(roc_auc_score(y, p, sample_weight=weight), abs=1e-12)
    assert ours.pr_auc == pytest.approx(average_precision_score(y, p, sample_weight=weight), abs=1e-12)


def test_a_replicate_is_a_sample_with_other_weights() -> None:
    y, p, weight = simulated(4000)
    trial, settings = Trial.of(y, weight, np.arange(4000) // 3), JudgingSettings(replicates=100)
    ours = resample(trial, {"model": p}, settings)["model"].replicates
    counts = np.concatenate([*replicate_counts(trial.leads, settings)], axis=1)
    for replicate in range(3):
        again = weight * counts[trial.lead, replicate]
        assert ours["log_loss"][replicate] == pytest.approx(log_loss(y, p, sample_weight=again), abs=1e-12)
        assert ours["roc_auc"][replicate] == pytest.approx(roc_auc_score(y, p, sample_weight=again), abs=1e-4)
        assert ours["pr_auc"][replicate] == pytest.approx(average_precision_score(y, p, sample_weight=again), abs=2e-3)


@pytest.mark.parametrize("won", [0.0, 1.0])
def test_ranking_is_not_defined_where_all_ended_alike(won: float) -> None:
    figures = measure(np.full(3, won), np.array([0.2, 0.3, 0.4]), np.ones(3))
    assert (figures.to_json()["roc_auc"], figures.to_json()["pr_auc"]) == (None, None)
    assert figures.log_loss > 0


def test_one_lead_has_a_loss_and_no_ranking() -> None:
    figures = measure(np.array([1.0]), np.array([0.25]), np.ones(1))
    assert figures.log_loss == pytest.approx(np.log(4))
    assert figures.observed_over_expected == pytest.approx(4.0)
    assert figures.to_json()["roc_auc"] is None


def test_a_weight_of_two_is_a_moment_twice() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(50)
    y = (rng.random(50) < p).astype(np.float64)
    weighted = measure(y, p, np.full(50, 2.0)).to_json()
    doubled = measure(np.tile(y, 2), np.tile(p, 2), np.ones(100)).to_json()
    for name in ("log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected"):
        assert weighted[name] == pytest.approx(doubled[name])


@given(
    p=arrays(np.float64, 12, elements=st.floats(0, 1)), y=arrays(np.float64, 12, elements=st.sampled_from((0.0, 1.0)))
)
def test_whatever_the_probabilities_figures_are_finite_or_none(p: Floats, y: Floats) -> None:
    told = measure(y, p, np.ones(12))
    assert all(figure is None or np.isfinite(figure) for figure in told.supported().values())
    assert np.isfinite(told.log_loss)


@pytest.mark.parametrize(("won", "missing"), [(9, set(HEADLINE)), (19, {"roc_auc", "pr_auc"}), (20, set())])
def test_what_too_few_outcomes_support_is_not_told_but_counted(won: int, missing: set[str]) -> None:
    y = np.repeat([1.0, 0.0], [2 * won, 200])  # two moments a lead
    told = measure(y, np.where(y > 0, 0.6, 0.2), np.full(len(y), 0.5), np.arange(len(y)) // 2).to_json()
    assert {name for name in HEADLINE if told[name] is None} == missing == set(told["not_supported"])
    assert (told["leads_won"], told["leads_not_won"], told["won"]) == (won, 100, 2 * won)
    assert all(told["not_supported"][name] > won for name in missing)


def test_nothing_to_measure_on_is_an_error_with_a_remedy() -> None:
    none = np.zeros(0)
    with pytest.raises(ValueError, match="no matured moment to measure on: the history must reach past the horizon"):
        measure(none, none, none)


@pytest.mark.parametrize("wrong", [1.1, -0.1, np.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="Probabilities must lie from 0 to 1"):
        measure(np.array([0.0, 1.0]), np.array([0.5, wrong]), np.ones(2))

"""Intervals that hold what they promise, paired differences, and figures that too few outcomes support."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import expit, logit

from features.records.history import Floats
from training.metrics import Figure, JudgingSettings, Trial, difference, differences, judge
from training.metrics.bootstrap import replicate_counts
from training.metrics.compare import resample

QUICK = JudgingSettings(replicates=200)


def leads_with_moments(leads: int, seed: int, moments: int = 4) -> tuple[Trial, Floats]:
    """A trial whose leads' moments all end alike, and their true probabilities."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 6, leads)
    won = (rng.random(leads) < p).astype(np.float64)
    return Trial.of(
        np.repeat(won, moments), np.full(leads * moments, 1 / moments), np.repeat(np.arange(leads), moments)
    ), np.repeat(p, moments)


def covered(by_lead: bool) -> dict[str, float]:
    """Return in which share of simulations the intervals held the true figure."""
    p = np.random.default_rng(0).beta(2, 6, 200_000)
    truth = {"observed_over_expected": 1.0, "log_loss": float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean())}
    held = dict.fromkeys(truth, 0)
    for seed in range(120):
        trial, p = leads_with_moments(250, seed)
        trial = trial if by_lead else Trial.of(trial.y, trial.weight)
        replicates = resample(trial, {"model": p}, QUICK)["model"].replicates
        for name, true in truth.items():
            low, high = np.quantile(replicates[name], (0.025, 0.975))
            held[name] += int(low <= true <= high)
    return {name: count / 120 for name, count in held.items()}


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # 120 simulations at 95 % hold 114 give or take 2.4.
    assert all(0.89 <= share <= 1.0 for share in covered(by_lead=True).values())


def test_taking_moments_for_leads_would_hold_it_far_too_rarely() -> None:
    # Four moments that end alike are one lead: the interval would be half as wide.
    assert all(share < 0.8 for share in covered(by_lead=False).values())


def test_the_moments_of_a_lead_stay_together_and_a_seed_repeats() -> None:
    counts = np.concatenate([*replicate_counts(50, QUICK)], axis=1)
    assert counts.shape == (50, 200)
    assert counts.mean() == pytest.approx(1.0, abs=0.05)
    assert np.array_equal(counts, np.concatenate([*replicate_counts(50, QUICK)], axis=1))
    assert not np.array_equal(
        counts, np.concatenate([*replicate_counts(50, JudgingSettings(replicates=200, seed=8))], axis=1)
    )


def test_batches_hold_as_many_replicates_as_are_asked_for() -> None:
    assert sum(counts.shape[1] for counts in replicate_counts(30_000, QUICK)) == 200
    assert all(counts.any(axis=0).all() for counts in replicate_counts(1, QUICK))


def test_a_paired_difference_is_much_narrower_than_two_figures_apart() -> None:
    trial, p = leads_with_moments(1500, 1)
    worse = expit(0.3 + logit(p))
    both = judge(trial, {"true": p, "worse": worse}, {}, QUICK).models
    paired = difference(trial, p, worse, settings=QUICK)
    assert paired == both["true"].less_log_loss["worse"]
    assert paired.high < 0
    assert paired.value == pytest.approx(
        both["true"].figures["log_loss"].value - both["worse"].figures["log_loss"].value
    )
    alone = both["true"].figures["log_loss"]
    assert paired.high - paired.low < (alone.high - alone.low) / 2


def test_a_model_does_not_differ_from_itself_and_differences_turn_around() -> None:
    trial, p = leads_with_moments(400, 2)
    other = expit(0.5 * logit(p))
    assert all(
        (figure.value, figure.low, figure.high) == (0, 0, 0) for figure in differences(trial, p, p, QUICK).values()
    )
    ours, theirs = difference(trial, p, other, "brier", QUICK), difference(trial, other, p, "brier", QUICK)
    assert (ours.value, ours.low, ours.high) == pytest.approx((-theirs.value, -theirs.high, -theirs.low))


def test_a_relative_difference_is_a_share_of_the_other_s_figure() -> None:
    trial, p = leads_with_moments(400, 3)
    other = expit(0.5 * logit(p))
    absolute, relative = (difference(trial, p, other, settings=QUICK, relative=share) for share in (False, True))
    base = judge(trial, {"other": other}, {}, QUICK).models["other"].figures["log_loss"].value
    assert relative.value == pytest.approx(absolute.value / base)


def test_what_too_few_outcomes_support_is_not_told_but_counted() -> None:
    y = np.repeat((1.0, 0.0), (12, 300))
    p = np.where(y > 0, 0.3, 0.1) + np.linspace(0, 0.1, len(y))
    figures = judge(Trial.of(y, np.ones(len(y))), {"model": p}, {}, QUICK).models["model"].figures
    assert figures["log_loss"].supported
    assert not figures["roc_auc"].supported
    assert figures["roc_auc"].to_json() == {
        "value": None,
        "low": None,
        "high": None,
        "supported": False,
        "won": 12,
        "not_won": 300,
        "needed": 20,
    }
    assert str(figures["slope"]) == "not supported: 12 leads won and 300 not, 50 of each needed"


@pytest.mark.parametrize("y", [np.zeros(1), np.ones(1), np.zeros(200), np.ones(200)])
def test_edges_are_judged_without_an_error_and_nothing_is_claimed(y: Floats) -> None:
    judged = judge(
        Trial.of(y, np.ones(len(y))), {"model": np.full(len(y), 0.3)}, {"quarter": np.full(len(y), "Q1", np.object_)}
    )
    assert not any(figure.supported for figure in judged.models["model"].figures.values())
    assert judged.won == y.sum()


def test_a_figure_that_is_not_defined_says_so() -> None:
    assert str(Figure(np.nan, np.nan, np.nan, 60, 60, 50)) == "not defined"


@pytest.mark.parametrize(
    "wrong", [{"replicates": 10}, {"level": 1.0}, {"top_shares": (0.2, 0.1)}, {"thresholds": (0.0,)}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        JudgingSettings.model_validate(wrong)


def test_the_level_sets_the_width_and_the_questions_what_is_told() -> None:
    trial, p = leads_with_moments(400, 5)
    wide, narrow = (
        judge(trial, {"model": p}, {}, JudgingSettings(level=level, top_shares=(0.15,), thresholds=(0.25,))).models[
            "model"
        ]
        for level in (0.95, 0.6)
    )
    assert narrow.figures["log_loss"].low > wide.figures["log_loss"].low
    assert {"share_of_wins_top_15", "lift_top_15", "net_benefit_at_25"} <= set(wide.figures)
    assert "share_of_wins_top_10" not in wide.figures

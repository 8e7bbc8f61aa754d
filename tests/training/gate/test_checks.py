"""Each check of the gate by a challenger that passes and one that does not, and each limit of the settings by its effect."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from features.leaks import Finding
from features.matrix.matrix import Matrix
from features.records.history import Floats, Strings
from models.close.model import CloseModel, Explained
from tests.models.company import SETTINGS, dataset, model
from training.gate.check import Check
from training.gate.checks import (
    OURS,
    additivity,
    better,
    channels,
    leaks,
    no_worse,
    replay,
    resampled,
    slope,
)
from training.gate.comparison import Contest
from training.gate.recorded_scores import RecordedScores, record
from training.metrics import Trial
from training.settings import GateSettings, TrainingSettings

N = 4000
TRUTH: Floats = expit(np.random.default_rng(5).normal(-1.5, 1.2, N))
WON: Floats = (np.random.default_rng(6).random(N) < TRUTH).astype(np.float64)
SOURCE: Strings = np.where(np.arange(N) % 4 == 0, "fair", "web").astype(np.object_)


def contest(challenger: Floats, champion: Floats, won: Floats = WON) -> Contest:
    trial = Trial.of(won, np.ones(len(won)))
    return Contest(trial, challenger, champion, {"channel:source": SOURCE[: len(won)]}, "champion", ())


def noisy(sd: float, seed: int = 1) -> Floats:
    return expit(logit(TRUTH) + np.random.default_rng(seed).normal(0, sd, N))


def compared(challenger: Floats, champion: Floats, won: Floats = WON, **limits: Any) -> dict[str, Check]:
    settings, trial = GateSettings(replicates=300, **limits), contest(challenger, champion, won)
    both = resampled(trial, settings)
    checks = no_worse(trial, both, settings), better(trial, both, settings), slope(trial, both[OURS], settings)
    return {check.name: check for check in (*checks, channels(trial, settings))}


def passed(challenger: Floats, champion: Floats, **limits: Any) -> list[bool]:
    return [check.passed for check in compared(challenger, champion, **limits).values()]


def test_a_better_model_passes_everything() -> None:
    checks = compared(TRUTH, noisy(0.8))
    assert all(check.passed for check in checks.values()), list(map(str, checks.values()))
    assert checks["better somewhere"].evidence.startswith("Better in log loss and share of wins in the best 20 %")


def test_a_worse_model_fails_in_log_loss_and_is_better_in_nothing() -> None:
    checks = compared(noisy(0.8), TRUTH)
    assert not checks["log loss"].passed
    assert not checks["better somewhere"].passed
    assert checks["log loss"].figures["high"] > checks["log loss"].figures["value"] > 0  # type: ignore[operator]


def test_a_tie_is_no_worse_and_no_better() -> None:
    checks = compared(TRUTH, TRUTH)
    assert checks["log loss"].passed
    assert checks["log loss"].figures["high"] == 0
    assert not checks["better somewhere"].passed
    assert checks["better somewhere"].evidence.startswith("Not shown to be better in anything")


def test_the_figures_are_those_of_the_two_models() -> None:
    figures = compared(TRUTH, noisy(0.3))["log loss"].figures

    def loss(p: Floats) -> float:
        return float(-np.mean(WON * np.log(p) + (1 - WON) * np.log(1 - p)))

    assert figures["challenger"] == pytest.approx(loss(TRUTH))
    assert figures["champion"] == pytest.approx(loss(noisy(0.3)))
    assert figures["value"] == pytest.approx(loss(TRUTH) / loss(noisy(0.3)) - 1)


def test_a_miscalibrated_model_fails_by_its_slope_though_it_ranks_the_same() -> None:
    bold = expit(1.4 * logit(TRUTH))
    checks = compared(bold, noisy(1.5))
    assert not checks["calibration slope"].passed
    assert checks["calibration slope"].figures["value"] == pytest.approx(1 / 1.4, abs=0.08)
    assert checks["better somewhere"].passed


def test_better_calibration_alone_is_better() -> None:
    checks = compared(TRUTH, expit(1.3 * logit(TRUTH) + 0.3))
    assert "calibration" in checks["better somewhere"].evidence.split(":")[0]
    assert checks["better somewhere"].figures["share of wins in the best 20 %, value"] == pytest.approx(0)


def test_a_channel_far_off_fails_and_is_named() -> None:
    off = np.where(SOURCE == "fair", expit(logit(TRUTH) + 0.7), TRUTH)
    check = compared(off, noisy(1.5))["channels"]
    assert not check.passed
    assert check.evidence.startswith("Far off in source fair: ")
    assert set(check.figures) == {"source fair", "source web"}


def test_too_few_outcomes_show_nothing() -> None:
    few: Floats = np.zeros(300)
    few[:9] = 1
    checks = compared(TRUTH[:300] / 8, TRUTH[:300] / 8, few)
    assert [name for name, check in checks.items() if not check.passed] == [
        "log loss",
        "better somewhere",
        "calibration slope",
    ]
    for name in ("log loss", "calibration slope"):
        assert checks[name].evidence.startswith("Too few outcomes (9 leads won and 291 not, ")
        assert checks[name].figures["value"] is None


@pytest.mark.parametrize(
    ("limits", "check"),
    [
        ({"most_loss": 0.2}, 0),
        ({"confidence": 0.51}, 1),
        ({"slope": (0.4, 1.15)}, 2),
        ({"channel_ratio": (0.3, 1.4)}, 3),
        ({"channel_wins": 10_000.0}, 3),
    ],
    ids=str,
)
def test_each_limit_lets_pass_what_the_default_refuses(limits: dict[str, Any], check: int) -> None:
    off = np.where(SOURCE == "fair", expit(1.4 * logit(TRUTH) + 1.4), expit(1.4 * logit(TRUTH)))
    slightly = expit(logit(TRUTH) + np.random.default_rng(2).normal(0, 0.12, N))
    challenger, champion = (TRUTH, slightly) if check == 1 else (off, TRUTH)
    assert not passed(challenger, champion)[check]
    assert passed(challenger, champion, **limits)[check]


def test_capacity_says_where_wins_are_counted() -> None:
    assert "best 30 %" in compared(TRUTH, noisy(1.0), capacity=0.3)["better somewhere"].evidence


SEVERE = Finding("contract", "severe", "It is filled in for won leads alone.", "Give it the role late.")
SUSPICIOUS = Finding("rating", "suspicious", "It ranks well.", "Look at it.")


def test_a_severe_leak_fails_unless_it_was_accepted_by_name() -> None:
    accepting = TrainingSettings(accepted_leaks={"contract": "Signed before.", "close_model": "So easy."})
    assert leaks([SUSPICIOUS], 0.8, SETTINGS).passed
    assert not (found := leaks([SEVERE], 0.8, SETTINGS)).passed
    assert found.evidence == "contract knows the outcome: It is filled in for won leads alone."
    assert leaks([SEVERE], 0.97, accepting).evidence.endswith("but what was accepted: contract, close_model.")
    assert not leaks([], 0.97, SETTINGS).passed
    assert leaks([], float("nan"), SETTINGS).passed


@pytest.mark.parametrize(("error", "is_passed"), [(0.0, True), (0.9e-9, True), (-1.1e-9, False), (1.1e-9, False)])
def test_contributions_add_up_to_a_billionth(monkeypatch: pytest.MonkeyPatch, error: float, is_passed: bool) -> None:
    explain = CloseModel.explain

    def off(close: CloseModel, X: Matrix) -> Explained:
        explained = explain(close, X)
        return replace(explained, base_value=explained.base_value + error)

    monkeypatch.setattr(CloseModel, "explain", off)
    assert additivity(model(), dataset().history).passed is is_passed


@pytest.mark.parametrize(("roc_auc", "is_passed"), [(0.95, True), (np.nextafter(0.95, 1), False)])
def test_a_model_is_too_good_to_be_true_above_an_auc_of_95_percent(roc_auc: float, is_passed: bool) -> None:
    assert leaks([], roc_auc, SETTINGS).passed is is_passed


BOLD, TIMID = expit(1.4 * logit(TRUTH)), expit(0.7 * logit(TRUTH))


def test_a_timid_model_fails_by_its_slope_as_a_bold_one_does() -> None:
    bold, timid = (compared(model, noisy(1.5))["calibration slope"] for model in (BOLD, TIMID))
    assert (bold.passed, timid.passed) == (False, False)
    assert timid.figures["value"] == pytest.approx(1 / 0.7, abs=0.15)


def slope_passes(challenger: Floats, low: float, high: float) -> bool:
    return compared(challenger, noisy(1.5), slope=(low, high))["calibration slope"].passed


def test_a_slope_at_a_limit_passes_and_one_beyond_fails() -> None:
    low, high = (
        float(compared(model, noisy(1.5))["calibration slope"].figures["value"] or 0) for model in (BOLD, TIMID)
    )
    assert slope_passes(BOLD, low, 1.15)
    assert not slope_passes(BOLD, float(np.nextafter(low, 1)), 1.15)
    assert slope_passes(TIMID, 0.85, high)
    assert not slope_passes(TIMID, 0.85, float(np.nextafter(high, 1)))


def test_a_log_loss_at_the_limit_fails_and_one_under_it_passes() -> None:
    bound = float(compared(noisy(0.3), TRUTH)["log loss"].figures["high"] or 0)
    assert bound > 0
    for limit, is_passed in ((bound, False), (float(np.nextafter(bound, 1)), True)):
        assert compared(noisy(0.3), TRUTH, most_loss=limit)["log loss"].passed is is_passed


@pytest.mark.parametrize("shift", [-0.9, 0.9])
def test_a_channel_at_a_limit_passes_and_one_beyond_fails(shift: float) -> None:
    off = np.where(SOURCE == "fair", expit(logit(TRUTH) + shift), TRUTH)
    ratio = float(compared(off, noisy(1.5))["channels"].figures["source fair"] or 0)
    beyond = float(np.nextafter(ratio, 1))
    at, past = (((0.7, one) if ratio > 1 else (one, 1.4)) for one in (ratio, beyond))
    assert compared(off, noisy(1.5), channel_ratio=at)["channels"].passed
    assert not compared(off, noisy(1.5), channel_ratio=past)["channels"].passed


def test_a_channel_counts_from_as_many_expected_wins_as_are_asked_for() -> None:
    off = np.where(SOURCE == "fair", expit(logit(TRUTH) + 0.9), TRUTH)
    expected = WON[SOURCE == "fair"].sum() / float(compared(off, noisy(1.5))["channels"].figures["source fair"] or 0)
    for wins, named in ((expected * (1 - 1e-9), True), (expected * (1 + 1e-9), False)):
        figures = compared(off, noisy(1.5), channel_wins=float(wins))["channels"].figures
        assert ("source fair" in figures) is named


def test_a_model_that_says_something_else_than_at_first_fails() -> None:
    kept = record(model(), dataset().history)
    assert replay(model(), RecordedScores.from_json(kept.to_json())).passed
    other = RecordedScores(kept.X, np.nextafter(kept.margin, np.inf), kept.probability)
    assert replay(model(), other).figures == {"same": 0.0, "of": 200.0}
    assert not replay(model(), other).passed
    assert not replay(model(), RecordedScores(kept.X[:, :-1], kept.margin, kept.probability)).passed
    assert not replay(model(), None).passed

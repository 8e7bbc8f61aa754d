"""What the portfolio asks is judged by hand-made records: one that meets everything, and one that misses everything."""

from typing import Any

import numpy as np
import pytest

from bench._figures import figures
from bench._forecast import BASE_RATE, CLOSE, NOT_REFRESHED, REFERENCE, Forecast
from bench._targets import print_targets, targets


def record(name: str, over: float, at_creation: float, excess: float) -> dict[str, Any]:
    """Return a world of 6,000 leads whose served model loses by so much, and is refreshed at such a cost."""
    served = {
        "log_loss": 0.4 + over,
        "auc": 0.7,
        "by_age": {"0": {"ratio": at_creation}, "30": {"ratio": 3.0}},
        "over_reference": (over, 0.001),
        "over_base_rate": (over - 0.001, 0.001),
        "excess": excess,
    }
    return {
        "name": name,
        "leads": 6_000,
        "wins": 500,
        "world": "a world",
        "models": {CLOSE: served, NOT_REFRESHED: {"log_loss": 0.4}},
    }


def test_each_target_tells_those_that_meet_it_from_those_that_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    records = [record("good", 0.0015, 1.08, 0.25), record("bad", 0.0041, 1.12, 0.26)]
    for target in targets(records)[:-1]:
        assert {name: met for name, (_, met) in target.of.items()} == {"good": True, "bad": False}
    print_targets(records)
    printed = capsys.readouterr().out
    assert "1 of 2   at most the reference's loss + 0.002" in printed
    assert "bad: +0.0041, 2 standard errors are 0.0020" in printed


def test_levels_are_not_judged_where_wins_are_too_few_to_tell() -> None:
    few = record("few", 0.0, 2.0, 0.1) | {"wins": 399}
    asked = next(target for target in targets([few]) if target.asked.startswith("won over expected"))
    assert not asked.of


def test_figures_are_told_by_age_and_under_the_truth_where_it_is_known() -> None:
    half = np.full(4, 0.5)
    forecast = Forecast(
        np.arange(4),
        np.array([0, 1, 2, 2], np.int32),
        np.zeros(4, np.int64),
        np.array([0, 0, 0, 30]),
        np.array([1.0, 0.0, 0.0, 1.0]),
        {CLOSE: np.array([0.5, 0.5, 0.25, 0.25]), BASE_RATE: half, REFERENCE: half},
        [1.0],
        1,
        [],
    )
    drawn = figures(forecast)[CLOSE]
    assert drawn["by_age"]["0"]["ratio"] == pytest.approx(1 / 1.25)
    assert drawn["by_age"]["30"]["log_loss"] == pytest.approx(np.log(4))
    assert drawn["over_reference"][0] == pytest.approx((np.log(4) + np.log(4 / 3) - 2 * np.log(2)) / 4)
    true = figures(forecast, truth=np.array([0.5, 0.5, 0.25, 0.25]))[CLOSE]
    assert true["ratio"] == pytest.approx(1.0)
    assert true["log_loss"] < drawn["log_loss"]

"""Impossible settings are refused by name; what each does is tested where it acts."""

from typing import Any

import pytest
from pydantic import ValidationError

from training.settings import GateSettings, RetrainSettings, TrainingSettings


@pytest.mark.parametrize("ages", [(), (1, 1), (3, 1), (-1, 0)])
def test_ages_rise_from_creation_on(ages: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="ages in days that rise without repeats from 0 on"):
        TrainingSettings(ages_days=ages)


@pytest.mark.parametrize(
    "wrong",
    [
        {"test_share": 0.0},
        {"later_share": 1.0},
        {"settling_days": -1},
        {"undetermined": "guessed"},
        {"fewest_won": 0},
        {"horizon": 90},
        {"booster": {"num_leaves": 1}},
    ],
    ids=str,
)
def test_impossible_values_and_unknown_keys_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        TrainingSettings(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_loss": -0.01},
        {"confidence": 0.5},
        {"capacity": 0},
        {"slope": (1.1, 1.2)},
        {"channel_ratio": (0.7, 0.9)},
        {"channel_wins": 0},
        {"move": 1},
        {"listed": -1},
        {"replicates": 10},
    ],
    ids=str,
)
def test_a_gate_that_could_not_tell_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        GateSettings(**wrong)


def test_a_round_backtests_no_negative_number_of_quarters() -> None:
    with pytest.raises(ValidationError, match="backtest_quarters"):
        RetrainSettings(backtest_quarters=-1)

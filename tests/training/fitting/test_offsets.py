"""The guard: a level without evidence stays off, channels stay on unless they harm, and what came later decides nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from features.records.clock import DAY
from features.records.history import Floats
from models.close.level.delays import Delays
from models.close.level.guard import Guard
from models.close.level.level_shift import Shifts
from models.close.level.offset import Offset
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import fit_close_model
from training.fitting.offsets import guard_of, initial_offset, judged
from training.fitting.tuning import EarlyModel

DATA = dataset()
CUTOFF = DATA.history.known_until - 200 * DAY
WEEKS, OF_A_WEEK = 40, 50
WEEK = np.repeat(np.arange(WEEKS), OF_A_WEEK)
STILL = np.full(len(WEEK), -1.0)


def outcomes(shift: float | Floats, seed: int = 1) -> Floats:
    return (np.random.default_rng(seed).random(len(WEEK)) < expit(STILL + shift)).astype(np.float64)


def level(quick: float | Floats, steady: float | Floats = 0.0, group: float | Floats = 0.0) -> Shifts:
    columns = np.column_stack([np.broadcast_to(part, len(WEEK)) for part in (quick, steady)])
    return Shifts(columns.astype(np.float64), np.zeros(columns.shape), np.broadcast_to(np.float64(group), len(WEEK)))


def test_a_level_that_is_right_is_applied_nearly_whole() -> None:
    guard = guard_of(level(-1.0), STILL, outcomes(-1.0), WEEK)
    assert sum(guard.level) == pytest.approx(1.0, abs=0.2)
    assert guard.level_gain > 5 * guard.level_error > 0
    assert (guard.moments, guard.weeks) == (2000, 40)


def test_of_a_level_that_goes_twice_too_far_half_is_applied() -> None:
    assert sum(guard_of(level(-2.0), STILL, outcomes(-1.0), WEEK).level) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_a_level_that_is_noise_stays_off(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.5, WEEKS)[WEEK]
    guard = guard_of(level(noise, -noise / 2), STILL, outcomes(0.0, seed + 10), WEEK)
    assert sum(guard.level) < 0.1


def test_a_gain_that_comes_from_a_single_week_is_within_chance() -> None:
    once = np.where(WEEK == 3, -3.0, 0.0)
    assert sum(guard_of(level(once), STILL, outcomes(once), WEEK).level) < 0.05


def test_channels_stay_on_until_they_are_seen_to_harm() -> None:
    wrong = np.where(WEEK % 2 == 0, 0.8, -0.8)
    small = guard_of(level(0.0, group=wrong / 10), STILL, outcomes(0.0), WEEK)
    large = guard_of(level(0.0, group=wrong), STILL, outcomes(0.0), WEEK)
    assert small.channels
    assert not large.channels
    assert large.channels_gain < -0.003
    assert not large.is_open
    assert large.in_words(has_level=False).startswith(
        "Refreshing is off for this model: inside the past it made forecasts worse"
    )


def test_what_is_followed_is_said() -> None:
    assert Guard().in_words(has_level=False) == (
        "Refreshing follows each channel value; the level stands still (nothing later to judge it by)."
    )
    assert Guard(level=(0.5, 0.0), moments=1200).in_words(has_level=True) == (
        "Refreshing follows each channel value and the level (judged by 1,200 later moments)."
    )


def test_without_a_channel_none_is_said_to_be_followed() -> None:
    assert Guard(level=(0.5, 0.0)).in_words(has_level=True, has_channel=False) == (
        "Refreshing follows the level (nothing later to judge it by)."
    )
    assert Guard().in_words(has_level=False, has_channel=False) == (
        "Refreshing follows no part yet; the level stands still (nothing later to judge it by)."
    )
    delays = Delays.of(0, 0, np.array([True, False]), np.array([0.5, 1.0]))
    assert "channel" not in Offset.fresh(delays, None, CUTOFF).in_words()
    assert "each channel value" in Offset.fresh(delays, "source", CUTOFF).in_words()


def early_model(by_lead: bool = False) -> EarlyModel:
    early = fit_close_model(DATA, SETTINGS, CUTOFF).tuning.early
    assert early is not None
    return replace(early, by_lead=by_lead)


def test_without_a_model_of_before_there_is_no_level_and_channels_are_followed() -> None:
    assert judged(DATA, SETTINGS, CUTOFF, None) == judged(DATA, SETTINGS, CUTOFF, early_model(by_lead=True)) == Guard()


def test_what_came_after_the_cut_off_changes_no_initial_offset() -> None:
    outcomes = DATA.history.outcomes
    later = outcomes.recorded_at > CUTOFF
    flipped = replace(DATA, history=replace(DATA.history, outcomes=replace(outcomes, won=outcomes.won ^ later)))
    ours, theirs = (initial_offset(data, SETTINGS, CUTOFF, early_model()) for data in (DATA, flipped))
    assert ours.guard.moments > 0
    assert ours.to_json() == theirs.to_json()


def test_a_model_starts_with_what_the_leads_before_its_training_say() -> None:
    model = fit_close_model(DATA, SETTINGS, CUTOFF).model
    assert model.offset.course.days.tolist() == [CUTOFF // DAY]
    assert np.abs(model.offset.course.group).max() > 0

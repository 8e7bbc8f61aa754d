"""How trees are to be grown is asked of the past: the simplest way within chance of the best, the same every time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from features.clock import DAY
from features.history import Floats
from tests.models.company import SETTINGS, dataset
from training.fit import fit_close_model, split_time
from training.settings import Growth, TrainingSettings, TuningSettings
from training.tuning import Tuning, Way, compare, simplest, tune

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)


def tuned(ways: tuple[Growth, ...] = tuple(Growth), standard_errors: float = 1.0) -> Tuning:
    return tune(DATA, with_tuning(ways, standard_errors), MIDDLE, NOW)


def with_tuning(ways: tuple[Growth, ...], standard_errors: float = 1.0) -> TrainingSettings:
    return SETTINGS.model_copy(update={"tuning": TuningSettings(ways=ways, standard_errors=standard_errors)})


def way(growth: Growth, worse: float, standard_error: float) -> Way:
    return Way(growth, 10, 0.3 + worse, worse, standard_error)


def test_every_way_is_tried_in_order_and_one_is_taken() -> None:
    found = tuned()
    assert [one.name for one in found.ways] == list(Growth)
    assert found.name == simplest(found.ways, 1.0).name
    assert found.growth == found.name.of(SETTINGS.booster)
    assert found.rounds == next(one.trees for one in found.ways if one.name is found.name)
    assert min(one.worse for one in found.ways) == 0.0
    assert tuned() == found


def test_without_slack_the_best_is_taken_and_with_much_the_simplest() -> None:
    assert tuned(standard_errors=0.0).name == min(tuned().ways, key=lambda one: one.log_loss).name
    assert tuned(standard_errors=1e6).name is Growth.ADDITIVE


def test_a_single_way_is_the_way_that_the_trees_of_the_model_are_grown() -> None:
    two_leaves = fit_close_model(DATA, with_tuning((Growth.ADDITIVE,)), NOW)
    four_leaves = fit_close_model(DATA, with_tuning((Growth.FOUR_LEAVES,)), NOW)
    assert _most_leaves(two_leaves.model.booster.to_text()) == 2
    assert _most_leaves(four_leaves.model.booster.to_text()) == 4


def _most_leaves(text: str) -> int:
    return max(int(line.split("=")[1]) for line in text.splitlines() if line.startswith("num_leaves="))


def test_each_way_changes_something_of_the_booster_but_the_one_that_is_set() -> None:
    grown = [growth.of(SETTINGS.booster) for growth in Growth]
    assert Growth.AS_SET.of(SETTINGS.booster) == SETTINGS.booster
    assert len({repr(one) for one in grown}) == len(Growth)
    assert {one.most_rounds for one in grown} == {SETTINGS.booster.most_rounds}


def test_what_came_after_the_cut_off_changes_no_choice() -> None:
    cutoff = NOW - 300 * DAY
    middle = split_time(DATA, SETTINGS, cutoff, SETTINGS.later_share)
    outcomes = DATA.history.outcomes
    later = replace(outcomes, won=outcomes.won ^ (outcomes.recorded_at > cutoff))
    flipped = replace(DATA, history=replace(DATA.history, outcomes=later))
    both = (tune(of, with_tuning(tuple(Growth)), middle, cutoff) for of in (DATA, flipped))
    assert next(both) == next(both)


def test_too_few_later_outcomes_compare_nothing() -> None:
    found = tune(DATA, with_tuning(tuple(Growth)), NOW - DAY, NOW)
    assert (found.ways, found.later, found.name) == ((), 0, Growth.AS_SET)


def test_the_difference_of_ways_worked_by_hand() -> None:
    # Two leads of weight 1: the first with two moments. Differences of the loss: lead 0 (0.1 + 0.3) / 2 = 0.2, lead 1 0.4.
    weight, lead = np.array([0.5, 0.5, 1.0]), np.array([0, 0, 1])
    ours, theirs = np.array([0.2, 0.2, 0.2]), np.array([0.3, 0.5, 0.6])
    best, other = compare({Growth.ADDITIVE: (5, ours), Growth.AS_SET: (7, theirs)}, weight, lead)
    assert (best.worse, best.standard_error) == (0.0, 0.0)
    assert best.log_loss == pytest.approx(0.2)
    # Mean 0.3; the leads are 0.1 off it: sqrt(0.01 + 0.01) / 2.
    assert other.trees == 7
    assert other.worse == pytest.approx(0.3)
    assert other.standard_error == pytest.approx(0.02**0.5 / 2)


losses = st.lists(st.floats(0, 5), min_size=6, max_size=6).map(np.array)


@given(losses, losses, losses)
def test_splitting_a_leads_weight_over_equal_moments_changes_nothing(one: Floats, two: Floats, three: Floats) -> None:
    assume(np.diff(np.sort([one.mean(), two.mean(), three.mean()])).min() > 1e-6)  # rounding may decide between equals
    tried = dict(zip(Growth, ((1, one), (2, two), (3, three)), strict=False))
    once = compare(tried, np.ones(6), np.arange(6))
    twice = compare(
        {name: (trees, np.repeat(of, 2)) for name, (trees, of) in tried.items()},
        np.full(12, 0.5),
        np.repeat(np.arange(6), 2),
    )
    for ours, theirs in zip(once, twice, strict=True):
        assert theirs.worse == pytest.approx(ours.worse, abs=1e-12)
        assert theirs.standard_error == pytest.approx(ours.standard_error, abs=1e-12)


def test_the_simplest_within_chance_of_the_best_is_taken() -> None:
    ways = (way(Growth.ADDITIVE, 0.03, 0.01), way(Growth.FOUR_LEAVES, 0.01, 0.02), way(Growth.AS_SET, 0.0, 0.0))
    assert simplest(ways, 1.0).name is Growth.FOUR_LEAVES
    assert simplest(ways, 0.0).name is Growth.AS_SET
    assert simplest(ways, 3.0).name is Growth.ADDITIVE


def test_ways_are_known_by_name_and_stand_simplest_first() -> None:
    assert TuningSettings.model_validate({"ways": ["as_set", "additive"]}).ways == (Growth.ADDITIVE, Growth.AS_SET)
    with pytest.raises(ValueError, match="Input should be 'additive', 'four_leaves'"):
        TuningSettings.model_validate({"ways": ["tall"]})
    with pytest.raises(ValueError, match="at least 1 item"):
        TuningSettings.model_validate({"ways": []})

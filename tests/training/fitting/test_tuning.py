"""What a blend is made of is asked of the past: nothing later matters, and a kind that told nothing gets no weight."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from features.records.clock import DAY
from models.close.calibration import fit_weights
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import fit_close_model, split_time
from training.fitting.tuning import Tuning, tune
from training.samples.dataset import training_sample
from training.settings import ModelKind, TrainingSettings, TuningSettings

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)
KINDS = (ModelKind.ADDITIVE, ModelKind.AS_SET, ModelKind.LOGISTIC)


def tuned(ways: tuple[ModelKind, ...] = KINDS) -> Tuning:
    return tune(DATA, with_tuning(ways), MIDDLE, NOW)


def with_tuning(ways: tuple[ModelKind, ...]) -> TrainingSettings:
    return SETTINGS.model_copy(update={"tuning": TuningSettings(ways=ways)})


def test_every_kind_is_weighed_and_the_blend_holds_those_with_weight() -> None:
    found = tuned()
    assert [member.name for member in found.members] == list(KINDS)
    assert all(member.weight >= 0 for member in found.members)
    assert tuned() == found
    blend = fit_close_model(DATA, with_tuning(KINDS), NOW).model.blend
    assert blend.rounds == sum(member.trees for member in found.members if member.weight)
    assert (blend.linear is not None) == (found.members[-1].weight > 0)


def test_of_one_kind_alone_the_model_is_of_this_kind() -> None:
    two_leaves, four_leaves, logistic = (
        fit_close_model(DATA, with_tuning((kind,)), NOW).model.blend
        for kind in (ModelKind.ADDITIVE, ModelKind.FOUR_LEAVES, ModelKind.LOGISTIC)
    )
    assert two_leaves.trees is not None
    assert four_leaves.trees is not None
    assert _most_leaves(two_leaves.trees.to_text()) == 2
    assert _most_leaves(four_leaves.trees.to_text()) == 4
    assert (logistic.trees, two_leaves.linear) == (None, None)


def _most_leaves(text: str) -> int:
    return max(int(line.split("=")[1]) for line in text.splitlines() if line.startswith("num_leaves="))


def test_each_way_changes_something_of_the_booster_but_the_one_that_is_set() -> None:
    grown = [kind.of(SETTINGS.booster) for kind in ModelKind if kind is not ModelKind.LOGISTIC]
    assert ModelKind.AS_SET.of(SETTINGS.booster) == SETTINGS.booster
    assert len({repr(one) for one in grown}) == len(grown)
    assert {one.most_rounds for one in grown} == {SETTINGS.booster.most_rounds}


def test_the_early_model_is_that_of_the_middle() -> None:
    early = tuned().early
    assert early is not None
    assert (early.middle, early.by_lead) == (MIDDLE, False)
    sample = training_sample(DATA, SETTINGS, MIDDLE)
    promised = expit(early.margin(DATA.X[sample.rows]))
    assert np.average(promised, weights=sample.weight) == pytest.approx(
        np.average(sample.y, weights=sample.weight), rel=0.1
    )
    assert roc_auc_score(sample.y > 0.5, promised) > 0.6


def test_what_came_after_the_cut_off_changes_no_choice() -> None:
    cutoff = NOW - 300 * DAY
    middle = split_time(DATA, SETTINGS, cutoff, SETTINGS.later_share)
    outcomes = DATA.history.outcomes
    later = replace(outcomes, won=outcomes.won ^ (outcomes.recorded_at > cutoff))
    flipped = replace(DATA, history=replace(DATA.history, outcomes=later))
    both = (tune(of, with_tuning(KINDS), middle, cutoff) for of in (DATA, flipped))
    assert next(both) == next(both)


def test_too_few_later_outcomes_decide_nothing() -> None:
    few = with_tuning(KINDS).model_copy(update={"fewest_won": 100_000})
    found = tune(DATA, few, MIDDLE, NOW)
    assert (found.later, found.early) == (0, None)
    assert [member.weight for member in found.members] == pytest.approx([1 / 3] * 3)
    assert [member.trees for member in found.members] == [15, 30, 0]  # steps of .2 and of .1 that add up to three


def test_a_part_that_tells_more_weighs_more_and_one_that_tells_nothing_is_left_out() -> None:
    rng = np.random.default_rng(2)
    signal, noise = rng.normal(size=(2, 20_000))
    y = (rng.random(20_000) < expit(signal)).astype(np.float64)
    weights, shift = fit_weights(np.array([signal, noise]), y, np.ones(20_000), np.zeros(20_000))
    assert weights[0] == pytest.approx(1.0, abs=0.1)
    assert weights[1] == 0.0
    assert shift == pytest.approx(0.0, abs=0.05)


def test_without_evidence_parts_weigh_the_same() -> None:
    weights, shift = fit_weights(np.zeros((4, 0)), np.zeros(0), np.zeros(0), np.zeros(0))
    assert weights.tolist() == [0.25] * 4
    assert shift == 0.0


def test_weights_add_to_a_level() -> None:
    rng = np.random.default_rng(4)
    signal = rng.normal(size=(1, 20_000))
    level = np.where(np.arange(20_000) < 10_000, -2.0, 1.0)
    y = (rng.random(20_000) < expit(level + signal[0])).astype(np.float64)
    (weight,), shift = fit_weights(signal, y, np.ones(20_000), level)
    assert (weight, shift) == pytest.approx((1.0, 0.0), abs=0.06)


def test_kinds_are_known_by_name_and_stand_simplest_first() -> None:
    assert TuningSettings.model_validate({"ways": ["logistic", "additive"]}).ways == (
        ModelKind.ADDITIVE,
        ModelKind.LOGISTIC,
    )
    with pytest.raises(ValueError, match="Input should be 'additive', 'four_leaves'"):
        TuningSettings.model_validate({"ways": ["tall"]})
    with pytest.raises(ValueError, match="at least 1 item"):
        TuningSettings.model_validate({"ways": []})


def test_what_chance_saves_as_much_draws_the_weights_to_the_base_rate() -> None:
    """Of outcomes that are dealt out anew nothing can be told: what seems to be saved is trusted little, or nothing is saved."""
    dealt = np.random.default_rng(3).permutation(DATA.history.outcomes.won)
    history = replace(DATA.history, outcomes=replace(DATA.history.outcomes, won=dealt))
    noise = tune(replace(DATA, history=history), with_tuning(KINDS), MIDDLE, NOW)
    known = tuned()
    assert noise.evidence is not None
    assert known.evidence is not None
    assert known.evidence.reliability > 0.9
    assert noise.saved_nothing or sum(member.weight for member in noise.members) < 0.8
    assert not known.saved_nothing

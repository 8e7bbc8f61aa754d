"""Fitting as of a cut-off: nothing later matters, the same input gives the same bytes, and too little says so."""

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY, duration
from features.records.history import Outcomes
from tests.models.company import SETTINGS, checked, dataset, fitted, model
from training.fitting.fit import TooFewOutcomesError, fit_alike, fit_close_model, split_time
from training.samples.dataset import Dataset, prepare
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

DATA = dataset()
NOW = DATA.history.known_until
CUTOFF = NOW - 300 * DAY


def quick(**options: object) -> TrainingSettings:
    return TrainingSettings.model_validate({**SETTINGS.model_dump(), **options})


def test_the_same_history_gives_the_same_bytes() -> None:
    again = fit_close_model(prepare(checked().history, SETTINGS), SETTINGS, NOW)
    assert again.model.to_texts() == model().to_texts()


def test_a_model_that_is_fitted_alike_differs_by_its_features_alone() -> None:
    assert fit_alike(DATA, SETTINGS, NOW, fitted()).to_texts() == model().to_texts()
    other = fit_alike(replace(DATA, X=np.nan_to_num(DATA.X)), SETTINGS, NOW, fitted())
    assert other.blend.to_texts() != model().blend.to_texts()
    assert other.blend.rounds == model().blend.rounds


def test_nothing_recorded_after_the_cutoff_changes_the_model() -> None:
    """Nor which labels open leads get, where that is chosen."""
    settings = quick(undetermined="chosen")
    history = DATA.history
    later = history.outcomes.recorded_at > CUTOFF
    flipped = replace(
        DATA, history=replace(history, outcomes=replace(history.outcomes, won=history.outcomes.won ^ later))
    )
    ours, other = (fit_close_model(data, settings, CUTOFF) for data in (DATA, flipped))
    assert other.model.to_texts() == ours.model.to_texts()
    assert ours.model.trained_until == CUTOFF
    assert ours.model.books.to_json() == fit_target_statistics(history.as_known_at(CUTOFF)).to_json()


def test_the_base_rate_is_the_share_of_moments_that_were_won() -> None:
    labels = labels_known_at(DATA.history, DATA.moments, NOW)
    assert model().base_rate == pytest.approx(labels.won[labels.matured & ~labels.over].mean(), abs=0.03)


def test_the_share_for_the_test_moves_the_split() -> None:
    created = DATA.history.leads.created_at
    matured = created[created + duration(timedelta(days=90)) <= NOW]
    for share in (0.1, 0.25, 0.5):
        after = matured > split_time(DATA, SETTINGS, NOW, share)
        assert after.mean() == pytest.approx(share, abs=2 / len(matured))


def test_fewer_later_leads_leave_fewer_moments_to_tune_on() -> None:
    fewer = fit_close_model(DATA, quick(later_share=0.1), NOW)
    assert 0 < fewer.tuning.later < fitted().tuning.later


def test_without_later_outcomes_growth_is_cautious_and_not_calibrated() -> None:
    cautious = fit_close_model(DATA, quick(fewest_won=100_000), NOW)
    assert cautious.tuning.later == 0
    assert cautious.model.blend.rounds == SETTINGS.booster.cautious_rounds == 30
    assert cautious.model.calibration.slope == 1.0


def test_most_rounds_limit_the_trees() -> None:
    few = fit_close_model(DATA, quick(booster={"most_rounds": 5}), NOW)
    assert few.model.blend.rounds <= 5


def with_outcomes(outcomes: Outcomes) -> Dataset:
    return replace(DATA, history=replace(DATA.history, outcomes=outcomes))


def test_a_history_without_a_win_is_an_error_that_counts() -> None:
    outcomes = DATA.history.outcomes
    none = with_outcomes(outcomes.take(~outcomes.won))
    with pytest.raises(TooFewOutcomesError, match=r"leads that were won and leads that were not, got 0 and \d+: wait"):
        fit_close_model(none, quick(undetermined="left_out"), NOW)
    assert isinstance(TooFewOutcomesError(), ValueError)


def test_a_model_that_has_seen_too_few_wins_abstains_and_says_how_many() -> None:
    outcomes = DATA.history.outcomes
    wins = np.flatnonzero(outcomes.won)
    few = with_outcomes(outcomes.take(np.setdiff1d(np.arange(len(outcomes)), wins[3:])))
    model = fit_close_model(few, quick(undetermined="left_out"), NOW).model
    assert re.search(r"too few outcomes .*: [1-3] leads? w\w+ won so far, and it takes 20", model.certainty.abstention)
    np.testing.assert_allclose(model.predict(DATA.X[:50]), model.base_rate, rtol=1e-12)


def test_where_no_tree_is_the_best_number_of_trees_the_model_abstains() -> None:
    blind = replace(DATA, X=np.zeros_like(DATA.X))  # nothing is known of anybody
    model = fit_close_model(blind, SETTINGS, NOW).model
    assert re.fullmatch(r"on \d+ later moments the model told no more than the base rate", model.certainty.abstention)
    np.testing.assert_allclose(model.predict(DATA.X[:50]), model.base_rate, rtol=1e-12)


def test_fewest_won_is_how_many_it_takes() -> None:
    assert fit_close_model(DATA, quick(fewest_won=100_000), NOW).model.certainty.abstention
    assert not fitted().model.certainty.abstention


def test_leads_younger_than_the_horizon_are_an_error_that_names_it() -> None:
    young = int(DATA.history.leads.created_at.min()) + 30 * DAY
    with pytest.raises(TooFewOutcomesError, match="older than the horizon of 90 days: shorten horizon_days or wait"):
        split_time(DATA, SETTINGS, young, 0.2)


def test_a_training_without_later_moments_trains_as_of_an_export_made_then() -> None:
    """The law of the cut-off in full: what was recorded later might as well not exist."""
    then = prepare(DATA.history.as_known_at(CUTOFF), SETTINGS)
    ours, theirs = fit_close_model(DATA, SETTINGS, CUTOFF), fit_close_model(then, SETTINGS, CUTOFF)
    assert ours.model.to_texts() == theirs.model.to_texts()

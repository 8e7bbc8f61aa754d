"""Levels of the time: what they are, and that a model of split leads neither claims nor serves them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from features.records.clock import DAY
from features.records.history import Floats
from models.close.booster import Booster, binned
from models.close.linear_fit import fit_rank_logistic
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import fit_close_model
from training.fitting.time_levels import TimeLevels
from training.fitting.tuning import tune
from training.samples.dataset import Dataset

DATA = dataset()


def test_a_time_is_drawn_to_the_time_that_it_is_a_half_of() -> None:
    as_of = np.arange(80)
    levels = TimeLevels.of(as_of, np.repeat([0.0, 0.0, 0.0, 1.0], 20), np.ones(80))
    # Whole 1/4; halves (0 + 5) / 60 and (20 + 5) / 60; quarters (0 + 20/12) / 40 twice, (0 + 100/12) / 40 and (20 + 100/12) / 40.
    assert expit(levels.at(np.array([0, 30, 50, 79]))) == pytest.approx([1 / 24, 1 / 24, 5 / 24, 17 / 24])
    assert levels.at(np.array([-9, 900])).tolist() == levels.at(np.array([0, 79])).tolist()


def test_few_leads_have_one_level() -> None:
    levels = TimeLevels.of(np.arange(39), np.repeat([0.0, 1.0, 0.0], 13), np.ones(39))
    assert expit(levels.at(np.array([0, 20]))) == pytest.approx([1 / 3, 1 / 3])


def test_moments_of_one_time_have_one_level() -> None:
    levels = TimeLevels.of(np.full(300, 5), np.tile([0.0, 1.0, 0.0], 100), np.ones(300))
    assert len(set(levels.at(np.array([0, 5])).tolist())) == 1


def test_trees_and_logistic_learn_what_is_beyond_a_level_and_do_not_hold_it() -> None:
    rng = np.random.default_rng(5)
    time, signal = rng.random(6000) > 0.5, rng.normal(size=6000)
    level = np.where(time, 1.5, -1.5)
    y = (rng.random(6000) < expit(level + signal)).astype(np.float64)
    X = np.column_stack((time, signal)).astype(np.float32)
    features = tuple(replace(one, direction=0) for one in DATA.features[:2])
    trees = Booster.grown(SETTINGS.booster, features, binned(X, y, np.ones(6000), features, level=level), 60)
    linear = fit_rank_logistic([0, 0], X, y, np.ones(6000), level=level)
    for part in (trees, linear):
        margin = part.margin(X)
        assert abs(margin[time].mean() - margin[~time].mean()) < 0.5  # the level differs by 3
        assert np.corrcoef(margin, signal)[0, 1] > 0.9


def by_fortnight(spread: float) -> Dataset:
    """Return the company's leads with ends dealt out anew: each fortnight has a level of its own, and nothing else tells."""
    rng = np.random.default_rng(8)
    outcomes, created = DATA.history.outcomes, DATA.history.leads.created_at
    fortnight = (created[outcomes.lead] - created.min()) // (14 * DAY)
    chance = expit(logit(0.5) + rng.normal(0, spread, fortnight.max() + 1))[fortnight]
    won = rng.random(len(outcomes)) < chance
    return replace(DATA, history=replace(DATA.history, outcomes=replace(outcomes, won=won)))


def gain_of_split_leads(of: Dataset) -> float:
    """Return what seems to be saved beside the base rate, in standard errors, where leads are split as next to nothing was known at the middle."""
    now = of.history.known_until
    found = tune(of, SETTINGS, int(of.history.leads.created_at.min()) + 30 * DAY, now)
    assert found.early is not None
    assert found.early.by_lead
    assert found.evidence is not None
    return found.evidence.gain / found.evidence.error


def test_of_split_leads_to_know_the_week_is_no_skill() -> None:
    assert gain_of_split_leads(by_fortnight(1.0)) < 2
    assert gain_of_split_leads(DATA) > 2


def test_split_leads_are_served_at_the_level_of_all_where_it_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks that were good and bad in turn say nothing of the next: no week is promised what an earlier one like it had."""
    monkeypatch.setattr("training.samples.inner_split.MIN_KNOWN_LEADS", 10**6)
    of = by_fortnight(1.0)
    fitted = fit_close_model(of, SETTINGS, of.history.known_until)
    assert fitted.tuning.early is not None
    assert fitted.tuning.early.by_lead
    promised = fitted.model.promised(of.X[fitted.sample.rows])
    assert _spread_of_fortnights(of, fitted.sample.rows, promised) < 0.2


def _spread_of_fortnights(of: Dataset, rows: NDArray[np.int64], margin: Floats) -> float:
    fortnight = of.moments.as_of[rows] // (14 * DAY)
    means = [margin[fortnight == one].mean() for one in np.unique(fortnight)]
    return float(np.std(means))

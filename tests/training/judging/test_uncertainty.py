"""What a training knows of its errors: wider with fewer leads, and silent where nothing was shown."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.special import logit

from features.simulation import WorldSettings, true_probability
from models.close.uncertainty import Certainty
from tests.models.company import COMPANY, SETTINGS, dataset, evaluation, fitted, world
from training.fitting.fit import fit_close_model
from training.judging.evaluate import Evaluation, evaluate
from training.judging.uncertainty import measured, variance_of_level, why_abstain, with_certainty

QUIET = WorldSettings(leads=1500, seed=4).without_signal()


@cache
def quiet() -> Evaluation:
    return evaluate(dataset(QUIET), SETTINGS)


@cache
def of_the_company() -> Certainty:
    return measured(dataset(), SETTINGS, fitted())


def test_a_model_with_skill_does_not_abstain_and_has_a_range() -> None:
    model = with_certainty(dataset(), SETTINGS, fitted(), evaluation())
    assert why_abstain(evaluation()) == model.certainty.abstention == ""
    assert model.certainty == of_the_company()
    assert 0.1 < (of_the_company().spread or 0.0) < 1.5


def test_a_model_is_never_surer_than_errors_that_no_halves_show() -> None:
    """Those, and half of the .15² by which the level moves: whatever the leads, .48² + .15² / 2 = .2417 are in its variance."""
    assert (of_the_company().spread or 0.0) ** 2 > 0.241
    assert of_the_company().middle == pytest.approx(logit(fitted().model.base_rate))


def test_where_nothing_can_be_told_from_answers_the_model_abstains_and_says_the_base_rate() -> None:
    data = dataset(QUIET)
    model = with_certainty(data, SETTINGS, fit_close_model(data, SETTINGS, data.history.known_until), quiet())
    assert "told no more than the base rate" in model.certainty.abstention
    np.testing.assert_allclose(model.predict(data.X[:10]), model.base_rate, rtol=1e-12)
    low, high = model.certainty.range(np.array([logit(model.base_rate)])) or (np.zeros(1), np.zeros(1))
    assert 0 < high[0] - low[0] < 0.1


def test_a_level_that_moved_leaves_more_doubt() -> None:
    moved, still = (replace(fitted(), tuning=replace(fitted().tuning, level=level)) for level in (0.6, 0.0))
    # (0.15² + 0.6²) / 2 against 0.15² / 2: the variances differ by 0.6² / 2 = 0.18
    assert variance_of_level(moved) - variance_of_level(still) == pytest.approx(0.18)


def test_ranges_hold_the_share_of_leads_alike_by_the_known_truth() -> None:
    """Groups of a hundred leads with neighbouring scores: most of their true shares lie in their mean range, which is of use."""
    certainty = measured(dataset(), SETTINGS, evaluation().fitted)
    test = evaluation().test
    moments = dataset().moments.take(test.rows)
    truth = true_probability(world(COMPANY), moments.lead.astype(np.int64), moments.as_of)
    margin = logit(evaluation().probability["close_model"])
    low, high = certainty.range(margin) or (margin, margin)
    groups = np.array_split(np.argsort(margin), len(margin) // 100)
    held = [low[group].mean() <= truth[group].mean() <= high[group].mean() for group in groups]
    assert np.mean(held) >= 0.8
    assert np.mean(high - low) < 0.35

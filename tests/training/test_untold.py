"""What nobody has told is found from halves of what is known: by the theorem, by hand, and against a known truth."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from features.world import true_probability
from models.close.certainty import FLATTENING, Certainty
from tests.models.company import COMPANY, SETTINGS, dataset, evaluation, world
from training.untold import MOST_UNTOLD, Agreement, halves, knowledge, untold

FEATURES = dataset().features


@cache
def of_the_company() -> float:
    return untold(dataset(), SETTINGS, evaluation().cutoff)


def test_halves_that_know_half_each_and_the_whole_no_more_leave_half_untold() -> None:
    # of so small variances nothing is flattened: .001 * .001 / .0005 = .002 can be known, .001 is: .001 is left, whose root is .0316
    assert Agreement(0.001, 0.001, 0.0005, 0.001).untold == pytest.approx(0.0316, rel=2e-3)


@given(st.floats(0.1, 2.5), st.floats(0.3, 5), st.floats(0.3, 5))
def test_it_is_what_is_left_of_a_normal_trait_that_two_witnesses_report_with_errors_of_their_own(
    trait: float, first_error: float, second_error: float
) -> None:
    """Precisions add up, and the log-odds of a mean are the mean of the log-odds over a root (`FLATTENING`)."""

    def known(precision: float) -> tuple[float, float]:
        left = 1 / (1 / trait + precision)
        return trait - left, left

    precisions = (1 / first_error, 1 / second_error, 1 / first_error + 1 / second_error)
    means = [known(precision) for precision in precisions]
    flat = [1 + FLATTENING * left for _, left in means]
    first, second, whole = (variance / by for (variance, _), by in zip(means, flat, strict=True))
    together = means[0][0] * means[1][0] / trait / (flat[0] * flat[1]) ** 0.5
    assert Agreement(first, second, together, whole).untold == pytest.approx(means[2][1] ** 0.5, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("together", [0.0, -0.1, 0.01])
def test_halves_that_hardly_agree_leave_as_much_untold_as_can_be(together: float) -> None:
    assert Agreement(0.5, 0.5, together, 0.5).untold == MOST_UNTOLD


def test_a_whole_that_knows_more_than_can_be_known_leaves_nothing_untold() -> None:
    assert Agreement(0.5, 0.5, 0.49, 0.9).untold == 0.0


def test_no_column_speaks_for_two_subjects() -> None:
    columns = [column for of in knowledge(FEATURES).values() for column in of]
    assert len(set(columns)) == len(columns)
    assert {FEATURES[column].measure for column in columns}.isdisjoint({"lead_age", "answers_given", "last_word"})


def test_halves_share_nothing_but_the_time_and_both_speak_to_each_obstacle() -> None:
    units = knowledge(FEATURES)
    for pair in halves(FEATURES, units, np.random.default_rng(0)):
        first, second = (set(half) for half in pair)
        assert {FEATURES[column].subject for column in first & second} == {"lead", "everyone"}
        assert {FEATURES[column].measure for column in first & second} >= {"lead_age"}
        assert first | second >= {column for of in units.values() for column in of}
        spoken = [{FEATURES[column].obstacle for column in half} for half in (first, second)]
        assert spoken[0] == spoken[1]


def test_what_only_one_subject_speaks_of_cannot_be_halved() -> None:
    alone = tuple(feature for feature in FEATURES if feature.subject == "budget")
    assert len(knowledge(alone)) == 1


def test_it_is_the_same_every_time() -> None:
    assert untold(dataset(), SETTINGS, evaluation().cutoff) == of_the_company()


def test_ranges_hold_the_own_chance_of_leads_by_the_known_truth() -> None:
    test = evaluation().test
    moments = dataset().moments.take(test.rows)
    truth = true_probability(world(COMPANY), moments.lead.astype(np.int64), moments.as_of)
    margin = logit(evaluation().probability["close_model"])
    low, high = Certainty(spread=0.25, untold=of_the_company()).range(margin) or (margin, margin)
    assert 0.8 <= np.mean((low <= truth) & (truth <= high)) <= 0.97
    assert np.mean(high - low) < 0.4

"""What wins say of groups and of all together: who has changed, since when, how far, and nothing without outcomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from models.close.level.level_shift import DAYS, Shifts, Wins, dispersion, groups, insured, levels

PROMISED = 0.2


def wins(leads: list[int], chance: list[float], since: int = DAYS, seed: int = 1, before: float = PROMISED) -> Wins:
    """Return groups that bring so many leads a day, won at once: with a chance of their own in the last days, and before as promised."""
    rng = np.random.default_rng(seed)
    count = np.tile(np.array(leads)[:, None], DAYS)
    p = np.where(np.arange(DAYS) < since, np.array(chance)[:, None], before)
    return Wins(rng.binomial(count, p).astype(float), count * PROMISED, count * PROMISED * (1 - PROMISED))


def shifts(daily: Wins) -> Shifts:
    level = levels(daily.of(lambda part: part.sum(axis=0, keepdims=True)))
    return Shifts(level, np.ones(len(level)), groups(daily))


def fall(chance: float) -> float:
    return float(logit(chance) - logit(PROMISED))


@pytest.mark.parametrize("seed", range(3))
def test_groups_that_close_as_promised_are_left_alone(seed: int) -> None:
    found = shifts(wins([2] * 6, [PROMISED] * 6, seed=seed))
    assert np.abs(found.level).max() < 0.15
    assert np.abs(found.group).max() < 0.25


@pytest.mark.parametrize("since", [120, 200, 300])
def test_one_group_that_collapses_answers_for_itself(since: int) -> None:
    found = shifts(wins([2] * 6, [0.05] + [PROMISED] * 5, since))
    assert found.group[0] == pytest.approx(fall(0.05), abs=0.45)
    assert np.abs(found.group[1:]).max() < 0.15


def test_the_largest_group_that_collapses_raises_no_other() -> None:
    found = shifts(wins([12, 2, 2, 2, 2], [0.05] + [PROMISED] * 4, 200))
    assert found.group[0] == pytest.approx(fall(0.05), abs=0.3)
    assert np.abs(found.group[1:]).max() < 0.25


def test_a_group_that_has_recovered_is_left_alone() -> None:
    fallen = wins([6] * 5, [PROMISED] * 5, seed=2)
    fallen.won[0, 84:266] = np.random.default_rng(3).binomial(6, 0.05, 182)
    assert abs(shifts(fallen).group[0]) < 0.25
    fallen.won[0, :84] = np.random.default_rng(3).binomial(6, 0.05, 84)
    assert shifts(fallen).group[0] < -1


def test_a_level_that_falls_for_all_is_no_matter_of_any() -> None:
    found = shifts(wins([6] * 6, [0.1] * 6, 60))
    assert found.level == pytest.approx([fall(0.1)] * 2, abs=0.2)
    assert np.abs(found.group).max() < 0.25


def test_a_batch_of_outcomes_that_is_still_to_be_entered_moves_no_group() -> None:
    """Nothing of the last eight weeks is entered: all groups lack wins alike."""
    late = wins([3] * 6, [PROMISED] * 6)
    late.won[:, :56] = 0
    assert shifts(late).level[0] < -2
    assert np.abs(shifts(late).group).max() < 0.35


def test_few_leads_claim_little() -> None:
    few = wins([4, 4, 4, 0], [PROMISED] * 3 + [0.0])
    few.expected[3, :3], few.slope[3, :3] = PROMISED, PROMISED * (1 - PROMISED)  # three leads, none of them won
    assert -0.2 < shifts(few).group[3] <= 0


def test_wins_that_come_in_clumps_claim_less() -> None:
    one, clumps = wins([3] * 5, [PROMISED] * 5, seed=5), wins([3] * 5, [PROMISED] * 5, seed=5)
    for of in (one, clumps):
        of.won[0, :112] = 0
        of.won[0, 0:112:14] = 2  # two wins a fortnight where 8.4 were expected
    clumps.won[1:, ::14] += 14.0 * PROMISED * 3 - clumps.won[1:, ::14]
    for step in range(1, 14):
        clumps.won[1:, step::14] = 0
    assert dispersion(weekly(clumps)) > 2 * dispersion(weekly(one))
    assert abs(shifts(clumps).group[0]) < abs(shifts(one).group[0])


def weekly(daily: Wins) -> Wins:
    return daily.of(lambda part: part.reshape(len(part), -1, 7).sum(axis=2))


def test_the_dispersion_worked_by_hand() -> None:
    # Residuals 1, -1, 1: steps of 2 and 2, squared 8; by chance 2 * (1 + 1) = 4.
    of = Wins(np.array([[2.0, 0.0, 2.0]]), np.array([[1.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 1.0]]))
    assert dispersion(of) == 2.0
    assert dispersion(of.of(lambda part: part[:, :1])) == 1.0


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6), st.integers(0, 99), st.floats(0.01, 0.99))
def test_the_order_of_groups_and_groups_without_leads_change_nothing(
    leads: list[int], seed: int, chance: float
) -> None:
    of = wins(leads, [chance] + [PROMISED] * (len(leads) - 1), 150, seed)
    found = shifts(of)
    turned = shifts(of.of(lambda part: part[::-1]))
    padded = shifts(of.of(lambda part: np.vstack((part, np.zeros((2, DAYS))))))
    assert np.isfinite(found.group).all()
    np.testing.assert_allclose(found.group, turned.group[::-1], atol=1e-9)
    np.testing.assert_allclose(found.group, padded.group[:-2], atol=1e-9)
    assert not padded.group[-2:].any()
    np.testing.assert_allclose(found.level, turned.level, atol=1e-9)


def test_nothing_is_moved_beyond_the_grid() -> None:
    found = shifts(wins([50] * 3, [0.999, 0.001, PROMISED]))
    assert np.abs(found.group).max() <= 2.5
    assert expit(logit(PROMISED) + found.group[0]) > 0.5


def test_without_leads_nothing_moves() -> None:
    none = np.zeros((1, DAYS))
    assert levels(Wins(none, none, none)) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert not len(groups(Wins(none[:0], none[:0], none[:0])))


@given(st.lists(st.floats(-2.5, 2.5), min_size=1, max_size=5))
def test_what_is_insured_is_a_fall_and_never_more_than_it(shift: list[float]) -> None:
    off = np.array(shift)
    paid = insured(off)
    assert (paid <= 0).all()
    assert (np.abs(paid) <= np.maximum(-off, 0)).all()
    assert (insured(off - 0.1) <= paid + 1e-12).all()

"""The order of leads and what calling by it gains: by hand, in its limits, and where all are alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.records.history import Floats
from training.metrics import Trial
from training.metrics.ranking import net_benefit, net_benefit_of_all, roc_auc, share_of_wins
from training.metrics.totals import totals

FOUR = Trial.of(np.array([1.0, 0.0, 1.0, 0.0]), np.ones(4))
labels = arrays(np.float64, 15, elements=st.sampled_from((0.0, 1.0)))
shares = arrays(np.float64, 15, elements=st.sampled_from((0.0, 0.1, 0.2, 0.5, 0.9, 1.0)))


def test_share_of_wins_worked_by_hand() -> None:
    # In the order of 0.9 (won), then 0.5 and 0.5 (one won), then 0.1: half of the leads are 0.9 and one of the two at 0.5,
    # which is the won one every other time: (1 + 1 / 2) / 2 wins.
    sums = totals(FOUR, np.array([0.5, 0.1, 0.9, 0.5]))
    assert share_of_wins(sums, 0.25) == pytest.approx([0.5])
    assert share_of_wins(sums, 0.5) == pytest.approx([0.75])
    assert share_of_wins(sums, 0.75) == pytest.approx([1.0])


def test_roc_auc_worked_by_hand() -> None:
    # Four pairs of won and not won: 0.9 ranks above both, 0.5 above 0.1 and even with 0.5.
    assert roc_auc(totals(FOUR, np.array([0.5, 0.1, 0.9, 0.5]))) == pytest.approx([3.5 / 4])


@given(y=labels, p=shares)
def test_shares_of_wins_rise_from_none_to_all(y: Floats, p: Floats) -> None:
    sums = totals(Trial.of(y, np.ones(15)), p)
    found = np.array([share_of_wins(sums, top)[0] for top in np.linspace(0, 1, 21)])
    if y.any():
        assert (np.diff(found) >= -1e-12).all()
        assert (found[0], found[-1]) == pytest.approx((0.0, 1.0))
    else:
        assert np.isnan(found).all()


@given(y=labels, p=shares)
def test_turning_the_order_around_turns_the_auc_around(y: Floats, p: Floats) -> None:
    trial = Trial.of(y, np.ones(15))
    ours, turned = roc_auc(totals(trial, p)), roc_auc(totals(trial, 1 - p))
    np.testing.assert_allclose(ours, 1 - turned, atol=1e-12)


def test_one_probability_for_all_calls_by_chance() -> None:
    sums = totals(FOUR, np.full(4, 0.3))
    assert roc_auc(sums) == pytest.approx([0.5])
    assert share_of_wins(sums, 0.3) == pytest.approx([0.3])


def test_net_benefit_worked_by_hand() -> None:
    # At 20 % a win is worth four calls in vain, so a call in vain costs .25: 2 wins and 1 in vain, of 4 leads.
    sums = totals(FOUR, np.array([0.5, 0.1, 0.9, 0.2]), (0.2, 0.6))
    assert net_benefit(sums, np.array([0.2, 0.6]))[:, 0] == pytest.approx([(2 - 0.25) / 4, 1 / 4])
    assert net_benefit_of_all(sums, np.array([0.2, 0.6]))[:, 0] == pytest.approx(
        [(2 - 0.25 * 2) / 4, (2 - 1.5 * 2) / 4]
    )


@given(y=labels, p=shares)
def test_calling_whoever_reaches_no_threshold_is_calling_nobody_and_all_are_all(y: Floats, p: Floats) -> None:
    trial, at = Trial.of(y, np.ones(15)), np.array([0.1, 0.3])
    nobody, everybody = (totals(trial, np.full(15, flat), (0.1, 0.3)) for flat in (0.05, 0.3))
    assert (net_benefit(nobody, at) == 0).all()
    np.testing.assert_allclose(net_benefit(everybody, at), net_benefit_of_all(everybody, at), atol=1e-12)
    perfect = net_benefit(totals(trial, y, (0.1, 0.3)), at)
    assert (perfect >= net_benefit(totals(trial, p, (0.1, 0.3)), at) - 1e-12).all()

"""What a policy is worth: by hand, against the law that logged it, and right on average whatever a model says."""

from dataclasses import replace

import numpy as np
import pytest

from models.decision.policy import (
    Logged,
    Terms,
    always,
    doubly_robust,
    effective_leads,
    expected_gains,
    inverse_propensity,
    own_routes,
    route_costs,
    supported,
    weights,
)
from models.decision.routes import DECLINE, NURTURE, QUALIFY, REP, ROUTES
from models.decision.settings import DecisionSettings

SETTINGS = DecisionSettings()


def four_leads() -> Logged:
    """Two leads for a rep, and two below the cut, of which every other one is drawn by lot and one was."""
    propensity = np.array([[0, 0, 0, 1.0], [0, 0, 0, 1.0], [0, 0.5, 0, 0.5], [0, 0.5, 0, 0.5]])
    route = np.array([REP, REP, REP, NURTURE], np.int8)
    return Logged(route, propensity, np.array([900.0, 0, 300, 0]), np.array([100.0, 100, 100, 2]), np.full(4, 250.0))


def drawn(rng: np.random.Generator, n: int = 400) -> tuple[Logged, np.ndarray]:
    """Leads whose routes are drawn, and what each would gain on each route."""
    worth = rng.gamma(2.0, 200.0, n)
    gains = np.column_stack([0 * worth, 0.1 * worth - 2, 0.4 * worth - 8, worth - 125])
    propensity = np.where(worth[:, None] > 600, [0, 0, 0.1, 0.9], [0.1, 0.6, 0.2, 0.1])
    route = (rng.random((n, 1)) < propensity.cumsum(axis=1)).argmax(axis=1).astype(np.int8)
    gained = gains[np.arange(n), route] + rng.normal(0, 50, n)
    cost = route_costs(SETTINGS)[route]
    return Logged(route, propensity, gained + cost, cost, worth), gains


def test_estimates_by_hand() -> None:
    leads = four_leads()
    everybody = always(REP, 4)
    no_lots = always(own_routes(leads.propensity), 4)

    # Working all: the one drawn lead stands for two. Without lots: the one that was not drawn does.
    assert inverse_propensity(leads, everybody).value == pytest.approx((800 - 100 + 2 * 200) / 4)
    assert inverse_propensity(leads, no_lots).value == pytest.approx((800 - 100 + 2 * -2) / 4)
    expected = np.tile([0.0, 10.0, 50.0, 100.0], (4, 1))
    assert doubly_robust(leads, no_lots, expected).value == pytest.approx(
        ((100 + 700) + (100 - 200) + 10 + (10 + 2 * (-2 - 10))) / 4
    )


def test_what_was_logged_is_worth_what_it_brought() -> None:
    leads, _ = drawn(np.random.default_rng(1))
    by_model = np.random.default_rng(2).normal(0, 100, (len(leads), len(ROUTES)))

    assert weights(leads, leads.propensity) == pytest.approx(1.0)
    assert inverse_propensity(leads, leads.propensity).value == pytest.approx(leads.gained.mean())
    surprise = doubly_robust(leads, leads.propensity, by_model).value - leads.gained.mean()
    chosen = by_model[np.arange(len(leads)), leads.route]
    assert surprise == pytest.approx(((leads.propensity * by_model).sum(axis=1) - chosen).mean())


@pytest.mark.parametrize("wrong", [0.0, 300.0])
def test_doubly_robust_is_right_on_average_whatever_the_model_says(wrong: float) -> None:
    errors = []
    for seed in range(60):
        leads, gains = drawn(np.random.default_rng(seed))
        truth = gains[:, REP].mean()
        errors.append(doubly_robust(leads, always(REP, len(leads)), gains + wrong).value - truth)

    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))


def test_what_was_never_done_is_told_as_not_supported() -> None:
    leads = four_leads()

    assert supported(leads, always(REP, 4)).tolist() == [1, 1, 1, 1]
    assert supported(leads, always(DECLINE, 4)).tolist() == [0, 0, 0, 0]
    assert np.isnan(inverse_propensity(leads, always(DECLINE, 4)).value)
    assert effective_leads(weights(leads, always(REP, 4))) == pytest.approx((1 + 1 + 2) ** 2 / (1 + 1 + 4))


def test_no_lead_sets_what_is_expected_of_itself() -> None:
    leads, _ = drawn(np.random.default_rng(3))
    luckier = replace(leads, revenue=leads.revenue + 1e6 * (np.arange(len(leads)) == 7))
    before, after = expected_gains(SETTINGS, leads), expected_gains(SETTINGS, luckier)

    assert after[7] == pytest.approx(before[7])
    assert after[8, leads.route[7]] > before[8, leads.route[7]]


def test_without_leads_on_a_route_the_settings_say_what_comes() -> None:
    leads = replace(four_leads(), revenue=np.zeros(4))
    qualify = expected_gains(SETTINGS, leads)[:, QUALIFY]

    assert qualify == pytest.approx((1 + SETTINGS.comes_back) / 2 * 250 - SETTINGS.qualify.cost)


def test_replicates_count_leads() -> None:
    terms = Terms(np.array([10.0, 20.0]), np.ones(2))

    assert terms.replicates(np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 0.0]]))[:2].tolist() == [15.0, 10.0]
    assert np.isnan(terms.replicates(np.zeros((2, 1)))[0])

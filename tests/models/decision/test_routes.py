"""Routes: they keep the capacity, a better lead never goes lower, and asking pays only where answers would change something."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from models.decision.routes import (
    DECLINE,
    NURTURE,
    QUALIFY,
    REP,
    Prices,
    Prospects,
    routes,
    shadow_prices,
    spent,
    spread_around,
    worth,
)
from models.decision.settings import DecisionSettings, Effort

SETTINGS = DecisionSettings()
NO_TEAM = SETTINGS.model_copy(update={"qualify": SETTINGS.qualify.model_copy(update={"capacity": 0.0})})


def prospects(probability: list[float], amount: float = 4000.0, spread: float = 1.0, buyer: float = 1.0) -> Prospects:
    """Leads whose log-odds an answer may move by `spread` either way."""
    p = np.array(probability)
    after = spread_around(p, logit(p)[:, None] + np.array([-spread, spread]))
    return Prospects(p, np.full(len(p), amount), after, np.full(len(p), 1 - buyer))


@st.composite
def companies(draw: st.DrawFn) -> tuple[Prospects, float, float]:
    """Leads of any worth, and minutes that there are of the reps and of the team."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(1, 60))
    p = rng.beta(0.7, 4, n).clip(1e-6, 1 - 1e-6).round(draw(st.sampled_from((1, 2, 6)))).clip(1e-3, 0.999)
    after = spread_around(p, logit(p)[:, None] + rng.normal(0, draw(st.sampled_from((0.0, 1.0, 3.0))), (n, 5)))
    leads = Prospects(p, rng.lognormal(8, 1, n), after, rng.random(n))
    return leads, draw(st.floats(0, n * 130)), draw(st.floats(0, n * 20))


@given(companies())
def test_no_more_is_spent_than_there_is(company: tuple[Prospects, float, float]) -> None:
    leads, reps, team = company
    by_reps, by_team = spent(SETTINGS, shadow_prices(SETTINGS, leads, reps, team), leads)

    assert by_reps <= reps
    assert by_team <= team


@given(
    st.floats(0.001, 0.9),
    st.floats(0.0, 0.099),
    st.floats(10, 50_000),
    st.lists(st.floats(-4, 4), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0, 50),
    st.floats(0, 50),
)
def test_a_higher_probability_never_lowers_the_route(
    p: float, more: float, amount: float, moves: list[float], no_buyer: float, rep: float, team: float
) -> None:
    both = np.array([p, p + more])
    after = spread_around(both, np.array([moves, moves]))
    leads = Prospects(both, np.full(2, amount), after, np.full(2, no_buyer))
    lower, higher = routes(SETTINGS, Prices(rep, team), leads)

    assert higher >= lower


def test_scarce_reps_take_the_best_leads() -> None:
    leads = prospects([0.05, 0.1, 0.2, 0.4, 0.6], spread=0.0)
    prices = shadow_prices(NO_TEAM, leads, 2 * SETTINGS.rep.minutes, 0.0)

    assert routes(NO_TEAM, prices, leads).tolist()[3:] == [REP, REP]
    assert prices.rep > 0


def test_minutes_cost_nothing_extra_where_there_are_enough() -> None:
    leads = prospects([0.4, 0.6], spread=0.0)

    assert shadow_prices(SETTINGS, leads, 1e9, 1e9) == Prices(0.0, 0.0)


def test_asking_is_worth_what_the_answers_change() -> None:
    settings = SETTINGS.model_copy(
        update={"qualify": Effort(minutes_per_attempt=1, attempts=1, cost_per_hour=60, capacity=1)}
    )
    leads = Prospects(np.array([0.2]), np.array([1000.0]), np.array([[0.0, 0.4]]), np.zeros(1))
    found = worth(settings, Prices(), leads)

    # With .4, a rep brings 400 - 125 = 275, nurturing .1 * 400 - 2 = 38: 237 more, in half of the cases; asking costs 1.
    assert found.nurture[0] == pytest.approx(0.1 * 200 - 2)
    assert found.qualify[0] == pytest.approx(18 + 237 / 2 - 1)
    assert found.passing[0] == 0.5
    assert routes(settings, Prices(), leads)[0] == QUALIFY


def test_answers_that_change_nothing_are_not_asked_for() -> None:
    assert QUALIFY not in routes(SETTINGS, Prices(), prospects([0.01, 0.3, 0.9], spread=0.0))


def test_declining_needs_a_strong_case() -> None:
    poor = prospects([0.0005, 0.01], amount=1000, spread=0.0)
    no_buyer = prospects([0.02], amount=1000, spread=0.0, buyer=0.1)

    assert routes(SETTINGS, Prices(), poor).tolist() == [DECLINE, NURTURE]
    assert routes(SETTINGS, Prices(), no_buyer).tolist() == [DECLINE]


@given(st.integers(0, 1000), st.sampled_from((0.1, 1.5, 6.0)))
def test_a_lead_alone_comes_to_the_same_as_among_others(seed: int, apart: float) -> None:
    rng = np.random.default_rng(seed)
    p, margins, share = rng.uniform(0.001, 0.999, 30), rng.normal(-1, apart, (30, 5)), rng.dirichlet(np.ones(5), 30)
    for weight in (None, share):
        alone = [
            spread_around(p[[row]], margins[[row]], None if weight is None else weight[[row]]) for row in range(30)
        ]
        assert np.concatenate(alone).tolist() == spread_around(p, margins, weight).tolist()


@given(st.floats(0.001, 0.999), st.lists(st.floats(-10, 10), min_size=1, max_size=8))
def test_answers_leave_the_probability_as_it_was_on_average(p: float, margins: list[float]) -> None:
    assert spread_around(np.array([p]), np.array([margins])).mean() == pytest.approx(p, abs=1e-6)

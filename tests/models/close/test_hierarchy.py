"""The level and what channel values add to it: where most values agree, and nothing moved without outcomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from features.history import Floats
from models.close.hierarchy import Wins, follow
from models.close.timing import Ledger

DAYS = 90
PROMISED = 0.2


def ledger(leads: list[int], chance: list[float], days: int = DAYS, seed: int = 1) -> Ledger:
    """Return days on which groups bring so many leads each, promised 20 % and won or lost at once with a chance of their own."""
    won = np.random.default_rng(seed).binomial(leads, chance, (days, len(leads))).astype(np.float64)
    expected = np.tile(np.array(leads) * PROMISED, (days, 1))
    return Ledger(0, won, expected, expected * (1 - PROMISED))


def fall(chance: float) -> float:
    return float(logit(chance) - logit(PROMISED))


def last_month(of: Ledger) -> tuple[float, Floats]:
    """Return level and deviations in the mean of the last 30 days: those of a day are noisy."""
    level, deviation = follow(of)
    return float(level[-30:].mean()), deviation[-30:].mean(axis=0)


def test_a_level_that_falls_for_all_is_no_matter_of_any() -> None:
    level, deviation = last_month(ledger([20] * 6, [0.1] * 6))
    assert level == pytest.approx(fall(0.1), abs=0.15)
    assert np.abs(deviation).max() < 0.2


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_one_value_that_collapses_answers_for_itself_and_no_other_does(share: float) -> None:
    others = 120 * (1 - share) / 6
    level, deviation = last_month(ledger([round(120 * share)] + [round(others)] * 6, [0.05] + [PROMISED] * 6))
    assert level + deviation[0] == pytest.approx(fall(0.05), abs=0.3)
    assert abs(level) < 0.1
    assert np.abs(level + deviation[1:]).max() < 0.2


def test_few_leads_claim_little() -> None:
    _, deviation = last_month(ledger([20, 20, 20, 0], [PROMISED] * 3 + [0.0]))
    assert deviation[3] == 0.0
    lost = ledger([20, 20, 20, 0], [PROMISED] * 3 + [0.0])
    lost.expected[0, 3], lost.slope[0, 3] = 3 * PROMISED, 3 * PROMISED * (1 - PROMISED)  # three leads, none of them won
    assert -0.15 < last_month(lost)[1][3] < 0


def test_where_values_go_apart_the_kinds_learn_it() -> None:
    """The same few outcomes claim more for a value among others that differ than among others that agree."""
    few = ([0.2], [2 * PROMISED])  # 18 leads in 90 days, 7.2 of them won where 3.6 were expected

    def claimed(*chance: float) -> float:
        leads, chances = np.array([20.0] * len(chance) + few[0]), np.array([*chance, *few[1]])
        won, expected = (np.tile(leads * p, (DAYS, 1)) for p in (chances, PROMISED))
        return float(last_month(Ledger(0, won, expected, expected * (1 - PROMISED)))[1][-1])

    low, high = expit(logit(PROMISED) - 1), expit(logit(PROMISED) + 1)
    assert 0 < 1.1 * claimed(*[PROMISED] * 12) < claimed(*[low, high] * 6)


ledgers = st.builds(
    ledger,
    st.lists(st.integers(0, 30), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.integers(1, 20),
    st.integers(0, 100),
)


@given(ledgers, st.integers(0, 20))
def test_later_days_change_no_earlier_one(of: Ledger, known: int) -> None:
    then = follow(Ledger(0, of.won[:known], of.expected[:known], of.slope[:known]))
    for before, now in zip(then, follow(of), strict=True):
        assert now[: len(before)].tolist() == before.tolist()


@given(ledgers)
def test_the_order_of_values_and_values_without_leads_change_nothing(of: Ledger) -> None:
    level, deviation = follow(of)
    order = [2, -1, 0, 1]  # -1 is a value without leads

    def mixed(amount: Floats) -> Floats:
        return np.hstack((amount, np.zeros((len(amount), 1))))[:, order]

    mixed_level, mixed_deviation = follow(Ledger(0, mixed(of.won), mixed(of.expected), mixed(of.slope)))
    np.testing.assert_allclose(mixed_level, level, atol=1e-9)
    np.testing.assert_allclose(mixed_deviation, mixed(deviation), atol=1e-9)


@given(ledgers)
def test_more_wins_of_a_value_promise_more_of_its_leads(of: Ledger) -> None:
    won = of.won.copy()
    won[0, 0] += 0.5 * of.expected[0, 0]
    (level, deviation), (more_level, more_deviation) = follow(of), follow(Ledger(0, won, of.expected, of.slope))
    assert more_level[1] + more_deviation[1, 0] >= level[1] + deviation[1, 0] - 1e-9


@given(ledgers)
def test_everything_stays_finite_and_starts_at_nothing(of: Ledger) -> None:
    level, deviation = follow(of)
    assert level[0] == 0
    assert not deviation[0].any()
    assert np.isfinite(level).all()
    assert np.isfinite(deviation).all()


@given(st.floats(0, 50), st.floats(0.1, 50), st.floats(0.05, 0.95), st.floats(-3, 3))
def test_the_fit_of_a_shift_has_the_derivatives_that_it_tells(
    won: float, expected: float, p: float, shift: float
) -> None:
    wins = Wins(np.array(won), np.array(expected), np.array(expected * (1 - p)))
    step = 1e-5
    below, at, above = (wins.under(np.array(shift + by)) for by in (-step, 0, step))
    assert at.score == pytest.approx((above.log_likelihood - below.log_likelihood) / (2 * step), abs=1e-3)
    assert at.information == pytest.approx((below.score - above.score) / (2 * step), abs=1e-3)
    assert wins.shifted(np.array(shift)).expected == pytest.approx(expected / p * expit(logit(p) + shift))

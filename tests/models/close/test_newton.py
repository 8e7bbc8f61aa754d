"""Ridge logistic regression: the least penalised loss, as another library finds it, and no coefficient against its direction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from features.records.history import Floats
from models.close.newton import Rows, fit_directed

RIDGE = 5.0


def rows(seed: int, columns: int = 4, steep: float = 1.0, count: int = 400) -> Rows:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, columns))
    X[:, -1] = X[:, 0] + 0.01 * X[:, -1]  # two that say nearly the same
    level = rng.normal(size=count)
    p = 1 / (1 + np.exp(-level - steep * X @ rng.normal(size=columns)))
    y = (rng.random(count) < p).astype(np.float64)
    return Rows(np.asfortranarray(X, np.float32), y, rng.uniform(0.5, 2.0, count), level)


def penalised(of: Rows, found: Floats) -> float:
    margin = of.level + found[0] + of.columns.astype(np.float64) @ found[1:]
    return float(of.weight @ (np.logaddexp(0.0, margin) - of.y * margin) + RIDGE * found[1:] @ found[1:] / 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 6.0]))
def test_it_finds_the_loss_that_a_general_minimiser_finds(seed: int, steep: float) -> None:
    of = rows(seed, steep=steep)
    base, coefficients = fit_directed(of, np.zeros(4), RIDGE)

    def loss(found: Floats) -> float:
        return penalised(of, found)

    least = minimize(loss, np.zeros(5), method="L-BFGS-B", options={"ftol": 1e-14})
    assert loss(np.append(base, coefficients)) <= least.fun + 1e-4


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from([-1, 0, 1]), min_size=4, max_size=4))
def test_no_coefficient_turns_against_its_direction_and_the_others_are_fitted_without_it(
    seed: int, direction: list[int]
) -> None:
    of = rows(seed)
    base, coefficients = fit_directed(of, np.array(direction, np.float64), RIDGE)
    assert (coefficients * direction >= 0).all()
    used = np.flatnonzero(coefficients)
    alone = fit_directed(of.take(used), np.zeros(len(used)), RIDGE)
    assert (base, *coefficients[used]) == pytest.approx((alone[0], *alone[1]), abs=1e-3)


def test_without_columns_the_constant_is_the_log_odds_of_the_rate() -> None:
    nothing = Rows(np.empty((4, 0), np.float32, order="F"), np.array([0.0, 0, 0, 1]), np.ones(4), np.zeros(4))
    base, coefficients = fit_directed(nothing, np.zeros(0), RIDGE)
    assert base == pytest.approx(np.log(1 / 3), abs=1e-6)
    assert len(coefficients) == 0


def test_the_curvature_is_that_of_the_rows_worked_by_hand() -> None:
    # One column of 1 and -1, p = .5, weights 1 and 3: information .25 and .75; sums 1, crosswise .25 - .75, squares 1.
    two = Rows(
        np.array([[1.0], [-1.0]], np.float32, order="F"), np.array([1.0, 0.0]), np.array([1.0, 3.0]), np.zeros(2)
    )
    assert two.curvature(np.array([0.5, 0.5])) == pytest.approx(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    # Residuals .5 and -1.5: their sum, and their sum along the column.
    assert two.gradient(np.array([0.5, 0.5])) == pytest.approx(np.array([-1.0, 2.0]))

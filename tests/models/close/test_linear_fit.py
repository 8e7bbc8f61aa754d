"""Fitting on ranks and values: it finds what is there, and no column pushes against its direction."""

import numpy as np
import pytest
import scipy

from models.close.linear import Ranks
from models.close.linear_fit import fit_rank_logistic

RNG = np.random.default_rng(5)
X = RNG.normal(size=(4000, 2)).astype(np.float32)
X[RNG.random(4000) < 0.3, 1] = np.nan
P = 1 / (1 + np.exp(1 - 1.5 * np.sign(X[:, 0]) - 1.0 * np.isnan(X[:, 1])))
MODEL = fit_rank_logistic([0, 0], X, (RNG.random(4000) < P).astype(np.float64), np.ones(4000))


def test_it_finds_what_is_there() -> None:
    predicted = 1 / (1 + np.exp(-MODEL.margin(X)))
    assert np.corrcoef(predicted, P)[0, 1] > 0.85
    assert predicted.mean() == pytest.approx(P.mean(), abs=0.03)


def test_what_grows_with_the_value_is_found_and_ends_where_training_did() -> None:
    # Of a hundred values most are small: by ranks alone, 10 and 40 would be nearly the same.
    values = np.exp(np.random.default_rng(1).normal(0, 1.5, (20_000, 1))).astype(np.float32)
    p = 1 / (1 + np.exp(2 - 0.1 * values[:, 0].clip(0, 30)))
    both = fit_rank_logistic([0], values, p, np.ones(20_000))
    ranks = fit_rank_logistic([0], values, p, np.ones(20_000), by_rank=[0])
    at = np.array([[10.0], [25.0], [1e4], [1e9]], np.float32)
    true = np.array([-1.0, 0.5])
    assert np.abs(both.margin(at)[:2] - true).max() < 0.3 < np.abs(ranks.margin(at)[:2] - true).max()
    assert both.margin(at)[2] == both.margin(at)[3]


def test_a_direction_that_the_past_contradicts_is_left_out() -> None:
    model = fit_rank_logistic([-1, 0], X, P, np.ones(4000))
    assert model.slope[0] == 0.0
    assert np.ptp(MODEL.ranks[0](X[:, 0])) > 0.5


def test_constant_and_unknown_columns_say_nothing() -> None:
    blind = np.column_stack((np.ones(4000), np.full(4000, np.nan))).astype(np.float32)
    model = fit_rank_logistic([0, 0], blind, P, np.ones(4000))
    other = np.array([[5.0, 2.0], [np.nan, np.nan]], np.float32)
    assert model.margin(other) == pytest.approx(np.full(2, np.log(P.mean() / (1 - P.mean()))), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_least_loss_is_found_where_a_new_time_moves_many_columns_at_once(seed: int) -> None:
    """Columns that all jump in the latest rows, in which wins are common: whole Newton steps swing ever further there."""
    draw = np.random.default_rng(seed)
    time = np.arange(3000) / 3000
    late = time > 0.97
    X = np.column_stack(
        [np.where(late, 5 + j * draw.normal(0, 0.01, 3000), np.floor(time * (3 + j))) for j in range(12)]
    ).astype(np.float32)
    y = (draw.random(3000) < np.where(late, 0.6, 0.04)).astype(np.float64)
    model = fit_rank_logistic([0] * 12, X, y, np.ones(3000), ridge=4.0, by_rank=range(12))
    curves = [Ranks.of(column) for column in X.T]
    ranks = np.column_stack([of(column) for of, column in zip(curves, X.T, strict=True)])
    ranks -= ranks.mean(axis=0)
    slope = [curve.ranks[-1] / of.ranks[-1] for curve, of in zip(model.ranks, curves, strict=True)]

    def loss(parameters: np.ndarray) -> float:
        margin = parameters[0] + ranks @ parameters[1:]
        return float(np.sum(np.logaddexp(0, margin) - y * margin) + 2.0 * np.sum(parameters[1:] ** 2))

    best = scipy.optimize.minimize(loss, np.zeros(13), method="BFGS").fun
    assert loss(np.array([model.base, *slope])) == pytest.approx(best, rel=1e-4)

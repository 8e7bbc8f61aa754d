"""Logistic regression on ranks: finds what is there, and goes on sanely where training saw nothing of the kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.close.linear import RankLogistic, Ranks
from models.close.linear_fit import fit_rank_logistic

RNG = np.random.default_rng(5)
X = RNG.normal(size=(4000, 2)).astype(np.float32)
X[RNG.random(4000) < 0.3, 1] = np.nan
P = 1 / (1 + np.exp(1 - 1.5 * np.sign(X[:, 0]) - 1.0 * np.isnan(X[:, 1])))
RANKS = Ranks.of(X[:, 0])
MODEL = fit_rank_logistic([0, 0], X, (RNG.random(4000) < P).astype(np.float64), np.ones(4000))


def test_mid_ranks_worked_by_hand() -> None:
    # Of five values two lie below 7 and two are 7: (2 + 4) / 5 - 1 = .2; 1 is below all: (0 + 1) / 5 - 1.
    ranks = Ranks.of(np.array([1, 2, 7, 7, 9, np.nan], np.float32))
    assert ranks(np.array([1, 2, 7, 9, np.nan], np.float32)) == pytest.approx([-0.8, -0.4, 0.2, 0.8, 0.0])


@given(st.floats(width=32, allow_nan=False))
def test_beyond_what_training_saw_ranks_are_constant(value: float) -> None:
    lowest, highest = RANKS(np.array([X[:, 0].min(), X[:, 0].max()], np.float32))
    assert lowest <= RANKS(np.array([value], np.float32))[0] <= highest


def test_contributions_are_the_curve_less_its_mean() -> None:
    explained = MODEL.contributions(X)
    curve = MODEL.ranks[0](X[:, 0])
    assert explained[:, 0] == pytest.approx(curve - curve.mean(), abs=1e-9)
    assert explained[:, :-1].mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)
    np.testing.assert_allclose(explained.sum(axis=1), MODEL.margin(X), rtol=0, atol=1e-9)


def test_it_is_brought_back_to_the_bit() -> None:
    again = RankLogistic.from_json(MODEL.to_json())
    assert again.margin(X).tobytes() == MODEL.margin(X).tobytes()

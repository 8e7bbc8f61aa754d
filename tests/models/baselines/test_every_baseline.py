"""What every baseline passes by existing: on leads of a kind that its training had not seen it stays a serious competitor."""

from collections.abc import Callable

import numpy as np
import pytest

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models import baselines
from models.baselines import Baseline, ProfileOnly
from tests.models.company import dataset
from training.judging.evaluate import fit_baselines
from training.samples.dataset import Dataset, Sample

N = 3000
RNG = np.random.default_rng(12)
RARE = 4
"""Leads of which a rare answer is known, all of them lost."""


def columns() -> Matrix:
    """Return what is known of leads: a number, a flag, a rare answer, a constant, a number that is seldom known, nothing at all."""
    rare = np.zeros(N)
    rare[:RARE] = 1
    seldom = np.where(RNG.random(N) < 0.97, np.nan, RNG.normal(size=N))
    each = (RNG.normal(size=N), RNG.integers(0, 2, N), rare, np.ones(N), seldom, np.full(N, np.nan))
    return np.column_stack(each).astype(np.float32)


X = columns()
P = 1 / (1 + np.exp(2 - 0.8 * X[:, 0] - 0.6 * X[:, 1]))
Y = (RNG.random(N) < P).astype(np.float64)
Y[:RARE] = 0.0
FEATURES = tuple(Feature(f"f{column}", "count", f"f{column}", "need", "") for column in range(X.shape[1]))


class Known(Dataset):
    """A dataset of these columns: what a baseline reads of one."""

    @property
    def features(self) -> tuple[Feature, ...]:
        return FEATURES


def known() -> Known:
    company = dataset()
    return Known(company.history, company.moments, X, company.books)


BASELINES = fit_baselines(known(), Sample(np.arange(N), Y, np.ones(N)))


def changed(column: int, value: float) -> Matrix:
    other = X.copy()
    other[:, column] = value
    return other


STRANGE: dict[str, Callable[[], Matrix]] = {
    "huge": lambda: np.full_like(X, 1e30),
    "as far below": lambda: np.full_like(X, -1e30),
    "nothing known": lambda: np.full_like(X, np.nan),
    "no answer of before": lambda: changed(2, 5.0),
    "a constant that moved": lambda: changed(3, 7.0),
    "now known": lambda: changed(5, 1.0),
    "now not known": lambda: changed(0, np.nan),
}


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("kind", STRANGE)
def test_leads_of_a_kind_never_seen_get_a_sane_probability(name: str, kind: str) -> None:
    predicted = BASELINES[name].predict(STRANGE[kind]())
    assert np.isfinite(predicted).all()
    assert (predicted > 1e-4).all()
    assert (predicted < 0.9).all()  # the likeliest lead of the training had .7


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("column", [2, 3, 5])
def test_a_value_never_seen_costs_no_more_than_the_base_rate_would(name: str, column: int) -> None:
    """The others still say what they said: of the leads as they were, with one column that says something new."""
    loss = _log_loss(BASELINES[name].predict(changed(column, 9.0)))
    assert loss < _log_loss(BASELINES["base_rate"].predict(X)) + 0.01


@pytest.mark.parametrize("name", ["scorecard", "logistic"])
def test_a_baseline_finds_what_is_there(name: str) -> None:
    assert _log_loss(BASELINES[name].predict(X)) < _log_loss(BASELINES["base_rate"].predict(X)) - 0.03


def test_every_baseline_of_the_package_is_held_against_the_model() -> None:
    """Each class that predicts is one that a training fits; what goes by profile is fitted on columns of its own."""
    there = {kind for name in baselines.__all__ if hasattr(kind := getattr(baselines, name), "predict")}

    assert there - {Baseline, ProfileOnly} == {type(baseline) for baseline in BASELINES.values()}


@pytest.mark.parametrize("name", BASELINES)
def test_a_batch_equals_its_rows_one_by_one_in_any_order(name: str) -> None:
    predicted = BASELINES[name].predict(X)
    order = np.random.default_rng(3).permutation(N)[:200]

    np.testing.assert_array_equal(BASELINES[name].predict(X[order]), predicted[order])
    alone = np.concatenate([BASELINES[name].predict(X[row : row + 1]) for row in order])
    np.testing.assert_allclose(alone, predicted[order], rtol=1e-12)


@pytest.mark.parametrize("name", BASELINES)
def test_predicting_changes_nothing(name: str) -> None:
    before = BASELINES[name].predict(X)
    BASELINES[name].predict(STRANGE["huge"]())

    assert BASELINES[name].predict(X).tobytes() == before.tobytes()


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_sample_gives_the_same_bytes(name: str) -> None:
    again = fit_baselines(known(), Sample(np.arange(N), Y, np.ones(N)))[name]

    assert again.predict(X).tobytes() == BASELINES[name].predict(X).tobytes()


@pytest.mark.parametrize("name", BASELINES)
def test_as_many_wins_are_promised_as_there_were(name: str) -> None:
    assert BASELINES[name].predict(X).sum() == pytest.approx(Y.sum(), rel=0.05)


def _log_loss(predicted: Floats) -> float:
    return float(-np.mean(P * np.log(predicted) + (1 - P) * np.log1p(-predicted)))

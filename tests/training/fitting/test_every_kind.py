"""What every kind of model that a training can blend passes by existing: a new `ModelKind` is tried here without a line of its own."""

from __future__ import annotations

from functools import cache
from typing import get_args

import numpy as np
import pytest

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.blend import Blend, Part
from training.fitting.tuning import Member, grow
from training.samples.dataset import Dataset
from training.settings import ModelKind, TrainingSettings

N = 1200
RNG = np.random.default_rng(4)
FEATURES = (
    Feature("calls", "count", "calls", "need", "", direction=1),
    Feature("silence", "value", "silence", "need", "", direction=-1),
    Feature("budget", "value", "budget", "money", ""),
    Feature("constant", "value", "constant", "need", ""),
)


def columns(n: int) -> Matrix:
    """A number that is always known, one of which half are not, one that matters with another, and one that says nothing."""
    silence = np.where(RNG.random(n) < 0.5, np.nan, RNG.gamma(2.0, size=n))
    return np.column_stack((RNG.poisson(2, n), silence, RNG.normal(size=n), np.ones(n))).astype(np.float32)


X, NEW = columns(N), columns(200)
Y = (RNG.random(N) < 1 / (1 + np.exp(1.5 - 0.5 * X[:, 0] * (X[:, 2] > 0) + 0.3 * np.nan_to_num(X[:, 1])))).astype(
    np.float64
)


class Known(Dataset):
    """A dataset of these columns: what growing reads of one."""

    @property
    def features(self) -> tuple[Feature, ...]:
        return FEATURES


@cache
def grown(kind: ModelKind, weight: float = 1.0) -> Blend:
    known = Known(None, None, X, None)  # type: ignore[arg-type]
    return grow(known, TrainingSettings(), [Member(kind, 30, weight)], X, Y, np.ones(N))


every_kind = pytest.mark.parametrize("kind", list(ModelKind))


def test_every_part_of_a_blend_is_of_some_kind() -> None:
    parts = {type(part) for kind in ModelKind for part in (grown(kind).trees, grown(kind).linear) if part is not None}

    assert parts == set(get_args(Part))


@every_kind
def test_contributions_and_base_value_sum_to_the_margin(kind: ModelKind) -> None:
    blend = grown(kind)

    np.testing.assert_allclose(blend.explain(NEW)[1].sum(axis=1), blend.margin(NEW), rtol=0, atol=1e-9)


@every_kind
def test_a_batch_equals_its_rows_one_by_one(kind: ModelKind) -> None:
    blend = grown(kind)
    rows = [NEW[at : at + 1] for at in range(len(NEW))]

    assert blend.margin(NEW).tobytes() == np.concatenate([blend.margin(row) for row in rows]).tobytes()
    assert blend.explain(NEW)[1].tobytes() == np.concatenate([blend.explain(row)[1] for row in rows]).tobytes()


@every_kind
def test_the_same_rows_give_the_same_bytes(kind: ModelKind) -> None:
    assert grown.__wrapped__(kind).to_texts() == grown(kind).to_texts()


@every_kind
def test_what_is_read_back_predicts_the_same_bytes(kind: ModelKind) -> None:
    again = Blend.from_texts(grown(kind).to_texts(), FEATURES)

    assert again.margin(NEW).tobytes() == grown(kind).margin(NEW).tobytes()
    assert again.explain(NEW)[1].tobytes() == grown(kind).explain(NEW)[1].tobytes()


@every_kind
def test_half_the_weight_is_half_the_margin(kind: ModelKind) -> None:
    np.testing.assert_allclose(grown(kind, 0.5).margin(NEW), grown(kind).margin(NEW) / 2, rtol=0, atol=1e-9)


@every_kind
@pytest.mark.parametrize("column", [at for at, feature in enumerate(FEATURES) if feature.direction])
def test_a_column_with_a_direction_never_pushes_the_other_way(kind: ModelKind, column: int) -> None:
    known = np.sort(X[:, column][~np.isnan(X[:, column])])
    rows = np.repeat(NEW[:20], 25, axis=0)
    rows[:, column] = np.tile(np.quantile(known, np.linspace(0, 1, 25)), 20)
    steps = np.diff(grown(kind).margin(rows).reshape(20, 25), axis=1)

    assert (steps * FEATURES[column].direction >= -1e-12).all()


@every_kind
@pytest.mark.parametrize("value", [np.nan, 1e30, -1e30])
def test_leads_of_a_kind_never_seen_get_a_sane_margin(kind: ModelKind, value: float) -> None:
    margin: Floats = grown(kind).margin(np.full_like(NEW, value))

    assert (np.abs(margin) < 6).all()


@every_kind
def test_it_finds_what_is_there(kind: ModelKind) -> None:
    margin = grown(kind).margin(X)
    base = np.log(Y.mean() / (1 - Y.mean()))

    assert np.mean(np.logaddexp(0, margin) - Y * margin) < np.logaddexp(0, base) - Y.mean() * base - 0.02

"""The blend: its parts' weighted sum in margin and contributions, brought back to the bit, and refused where it is another's."""

from functools import cache

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.blend import TREES, Blend
from models.close.booster import Booster
from models.close.linear import RankLogistic
from models.close.linear_fit import fit_rank_logistic
from models.close.settings import BoosterSettings

FEATURES = (
    Feature("one", "value", "one", "need", "", 1),
    Feature("two", "value", "two", "need", ""),
    Feature("three", "value", "three", "need", "", -1),
)
WEIGHTS = (0.3, 0.5, 0.4)


def rows(n: int = 1500) -> tuple[Matrix, Floats, Floats]:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    y = (rng.random(n) < 1 / (1 + np.exp(1 - X[:, 0] - X[:, 1] * X[:, 2]))).astype(np.float64)
    X[rng.random(n) < 0.2, 1] = np.nan
    return X, y, np.ones(n)


@cache
def parts() -> tuple[Booster, Booster, RankLogistic]:
    one_split = Booster.fit(BoosterSettings(num_leaves=2, max_depth=1), FEATURES, *rows(), 30)
    return one_split, Booster.fit(BoosterSettings(), FEATURES, *rows(), 20), fit_rank_logistic([1, 0, -1], *rows())


@cache
def blend() -> Blend:
    return Blend.of(FEATURES, tuple(zip(WEIGHTS, parts(), strict=True)))


values = st.floats(width=32, allow_infinity=False)  # NaN is a value that is not known
matrices = arrays(np.float32, st.tuples(st.integers(1, 5), st.just(3)), elements=values)


@given(X=matrices)
def test_margin_and_contributions_are_the_weighted_sums_of_the_parts(X: Matrix) -> None:
    weighed: list[tuple[float, Booster | RankLogistic]] = list(zip(WEIGHTS, parts(), strict=True))
    margin = sum(weight * part.margin(X) for weight, part in weighed)
    contributions = sum(weight * part.contributions(X) for weight, part in weighed)
    np.testing.assert_allclose(blend().margin(X), margin, rtol=0, atol=1e-9)
    np.testing.assert_allclose(blend().explain(X)[1], contributions, rtol=0, atol=1e-9)


@given(X=matrices)
def test_contributions_sum_to_the_margin(X: Matrix) -> None:
    np.testing.assert_allclose(blend().explain(X)[1].sum(axis=1), blend().margin(X), rtol=0, atol=1e-9)


def test_contributions_of_all_trees_are_those_of_the_shap_package() -> None:
    X = rows()[0][:200]
    booster = blend().trees
    assert booster is not None
    trees = lgb.Booster(model_str=booster.to_text())
    explainer = shap.TreeExplainer(trees, feature_perturbation="tree_path_dependent")
    ours = booster.contributions(X)
    np.testing.assert_allclose(ours[:, :-1], explainer.shap_values(X), rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[:, -1], explainer.expected_value, rtol=0, atol=1e-9)


def test_a_blend_is_brought_back_to_the_bit() -> None:
    X = rows()[0]
    again = Blend.from_texts(blend().to_texts(), FEATURES)
    assert again.to_texts() == blend().to_texts()
    assert again.margin(X).tobytes() == blend().margin(X).tobytes()
    assert again.explain(X)[1].tobytes() == blend().explain(X)[1].tobytes()


def test_a_batch_equals_its_rows_one_by_one() -> None:
    X = rows()[0][:50]
    alone = np.concatenate([blend().margin(X[row : row + 1]) for row in range(50)])
    explained = np.concatenate([blend().explain(X[row : row + 1])[1] for row in range(50)])
    assert blend().margin(X).tobytes() == alone.tobytes()
    assert blend().explain(X)[1].tobytes() == explained.tobytes()


@given(X=arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 4), st.just(3)), elements=values))
def test_rows_that_differ_in_some_columns_have_the_margins_that_they_have_one_by_one(X: np.ndarray) -> None:
    X[:, :, 1] = X[:, :1, 1]
    margins = blend().margins(X, np.array([0, 2]))
    assert margins.tobytes() == blend().margin(X.reshape(-1, 3)).tobytes()


def test_the_margin_that_is_explained_is_the_margin() -> None:
    X = rows()[0][:50]
    for one in (blend(), Blend.of(FEATURES, ((1.0, parts()[0]),)), Blend.of(FEATURES, ((1.0, parts()[-1]),))):
        assert one.explain(X)[0].tobytes() == one.margin(X).tobytes()


def test_a_part_without_weight_is_not_there() -> None:
    one_split, as_set, logistic = parts()
    trees_alone = Blend.of(FEATURES, ((0.7, one_split), (0.0, as_set), (0.0, logistic)))
    assert trees_alone.rounds == one_split.rounds
    assert trees_alone.linear is None
    linear_alone = Blend.of(FEATURES, ((0.0, one_split), (1.0, logistic)))
    assert linear_alone.trees is None
    again = Blend.from_texts(linear_alone.to_texts(), FEATURES)
    assert again.margin(rows()[0]).tobytes() == logistic.margin(rows()[0]).tobytes()


@pytest.mark.parametrize(("column", "direction"), [(0, 1), (2, -1)])
def test_a_feature_with_a_direction_never_pushes_the_other_way(column: int, direction: int) -> None:
    X = np.repeat(rows()[0][:40], 9, axis=0)
    X[:, column] = np.tile(np.linspace(-3, 3, 9), 40)
    assert (np.diff(blend().margin(X).reshape(-1, 9), axis=1) * direction >= 0).all()


def test_texts_of_an_earlier_release_are_refused_with_the_remedy() -> None:
    with pytest.raises(
        ValueError, match=r"must have the file linear.json, got one of an earlier release .* train it anew"
    ):
        Blend.from_texts({TREES: blend().to_texts()[TREES]}, FEATURES)


def test_texts_for_other_features_are_refused() -> None:
    other = (*FEATURES[:2], Feature("four", "value", "four", "need", ""))
    with pytest.raises(ValueError, match=r"not there are \['three'\]: train it anew"):
        Blend.from_texts(blend().to_texts(), other)
    only = Blend.of(FEATURES, ((1.0, parts()[-1]),)).to_texts()
    with pytest.raises(ValueError, match=r"not there are \['three'\]: train it anew"):
        Blend.from_texts(only, other)


def test_features_that_came_later_change_nothing_of_what_was_written_before() -> None:
    later = (Feature("four", "value", "four", "need", ""), *reversed(FEATURES))
    again = Blend.from_texts(blend().to_texts(), later)

    assert again.features == FEATURES
    assert again.margin(rows()[0]).tobytes() == blend().margin(rows()[0]).tobytes()

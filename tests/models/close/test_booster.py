"""Trees: exact contributions, constraints that hold, the same bytes every time."""

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from models.close.booster import BATCH, Booster
from models.close.settings import BoosterSettings
from tests.models.company import dataset, model

N = len(model().blend.features)
values = st.floats(width=32, allow_infinity=False)  # NaN is a value that is not known
matrices = arrays(np.float32, st.tuples(st.integers(1, 5), st.just(N)), elements=values)


@given(X=matrices)
def test_contributions_and_base_value_sum_to_the_margin_whatever_the_features(X: Matrix) -> None:
    booster = model().blend
    np.testing.assert_allclose(booster.explain(X)[1].sum(axis=1), booster.margin(X), rtol=0, atol=1e-9)


def test_contributions_are_those_of_the_shap_package() -> None:
    X = dataset().X[::40]
    booster = model().blend.trees
    assert booster is not None
    explainer = shap.TreeExplainer(lgb.Booster(model_str=booster.to_text()), feature_perturbation="tree_path_dependent")
    ours = booster.contributions(X)
    np.testing.assert_allclose(ours[:, :-1], explainer.shap_values(X), rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[:, -1], explainer.expected_value, rtol=0, atol=1e-9)


@pytest.mark.parametrize("column", [column for column, feature in enumerate(model().features) if feature.direction])
def test_a_feature_with_a_direction_never_pushes_the_other_way(column: int) -> None:
    X = np.repeat(dataset().X[::60], 12, axis=0)
    known = dataset().X[:, column][~np.isnan(dataset().X[:, column])]
    X[:, column] = np.tile(np.quantile(known, np.linspace(0, 1, 12)), len(X) // 12)
    steps = np.diff(model().blend.margin(X).reshape(-1, 12), axis=1)
    assert (steps * model().features[column].direction >= 0).all()


def test_a_batch_equals_its_rows_one_by_one() -> None:
    X = dataset().X[: BATCH + 1]
    booster = model().blend
    alone = np.concatenate([booster.margin(X[row : row + 1]) for row in range(0, len(X), 16)])
    assert booster.margin(X)[::16].tobytes() == alone.tobytes()
    explained = np.concatenate([booster.explain(X[row : row + 1])[1] for row in range(0, len(X), 64)])
    assert booster.explain(X)[1][::64].tobytes() == explained.tobytes()


def rows(n: int = 1500, seed: int = 3) -> tuple[Matrix, Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    return X, (rng.random(n) < 1 / (1 + np.exp(1 - X[:, 0] - X[:, 1] * X[:, 2]))).astype(np.float64), np.ones(n)


FEATURES = tuple(Feature(name, "value", name, "need", "") for name in ("one", "two", "three"))


def grown(rounds: int = 20, **settings: Any) -> Booster:
    return Booster.fit(BoosterSettings(**settings), FEATURES, *rows(), rounds)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert grown().to_text() == grown().to_text()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("learning_rate", 0.2),
        ("num_leaves", 3),
        ("max_depth", 2),
        ("min_leads_in_leaf", 200),
        ("l2", 100.0),
        ("feature_fraction", 0.8),
        ("random_thresholds", False),
        ("smoothing", 0.0),
        ("seed", 8),
    ],
)
def test_every_option_changes_the_trees(option: str, value: Any) -> None:
    assert grown(**{option: value}).margin(rows()[0]).tobytes() != grown().margin(rows()[0]).tobytes()


@pytest.mark.parametrize(("learning_rate", "rounds"), [(0.05, 60), (0.15, 20), (1.0, 3), (0.001, 500)])
def test_caution_takes_as_many_steps_as_they_are_short(learning_rate: float, rounds: int) -> None:
    assert BoosterSettings(learning_rate=learning_rate, most_rounds=500).cautious_rounds == rounds


def test_trees_are_as_small_as_the_settings_say() -> None:
    trees = lgb.Booster(model_str=grown(num_leaves=5, max_depth=3).to_text()).trees_to_dataframe()
    leaves = trees[trees["split_feature"].isna()]
    assert leaves.groupby("tree_index").size().max() == 5
    assert leaves["node_depth"].max() <= 4  # LightGBM counts the root as 1
    assert leaves["count"].min() >= BoosterSettings().min_leads_in_leaf


def test_growing_stops_where_later_moments_gain_no_more() -> None:
    later = rows(seed=4)
    settings = BoosterSettings(learning_rate=0.3, patience=5, most_rounds=400)
    stopped = Booster.fit_stopping(settings, FEATURES, rows(), later)
    assert 1 <= stopped.rounds < 200
    patient = Booster.fit_stopping(settings.model_copy(update={"most_rounds": 3}), FEATURES, rows(), later)
    assert patient.rounds <= 3


def test_trees_of_noise_say_the_base_rate() -> None:
    (X, y, weight), later = rows(), rows(seed=4)[0]
    furthest = []
    for seed in range(8):  # one draw of noise may look like a signal
        noise = np.random.default_rng(seed).permutation(y)
        booster = Booster.fit_stopping(BoosterSettings(), FEATURES, (X, noise, weight), (later, noise, weight))
        furthest.append(np.abs(booster.probability(X) - y.mean()).max())
    assert np.mean(furthest) < 0.03


def test_text_of_other_features_is_refused_with_their_names() -> None:
    other = (*FEATURES[:2], Feature("four", "value", "four", "need", ""))
    with pytest.raises(ValueError, match=r"different are \['four', 'three'\]: train it anew"):
        Booster.from_text(grown().to_text(), other)

"""The close model as one object: probabilities that add up, and texts that bring it back to the bit."""

import json

import numpy as np
import pytest
from scipy.special import expit

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix, catalogue, feature_matrix
from features.records.clock import to_datetime
from features.records.leads.checking import read_lead, to_history
from models.close.blend import LINEAR, TREES
from models.close.model import BOOKS, FACTS, OFFSET, CloseModel
from tests.models.company import checked, dataset, model

X = dataset().X


def test_contributions_and_base_value_sum_to_the_margin() -> None:
    explained = model().explain(X)
    np.testing.assert_allclose(
        explained.base_value + explained.contributions.sum(axis=1), explained.margin, rtol=0, atol=1e-9
    )
    assert explained.probability.tobytes() == model().predict(X).tobytes()
    assert explained.base_probability == expit(explained.base_value)


def test_probabilities_are_ranked_as_the_trees_rank() -> None:
    order = np.argsort(model().blend.margin(X), kind="stable")
    assert (np.diff(model().predict(X)[order]) >= 0).all()


def test_a_reloaded_model_predicts_and_writes_the_same_bytes() -> None:
    texts = model().to_texts()
    again = CloseModel.from_texts(json.loads(json.dumps(texts)))
    assert again.to_texts() == texts
    assert again.predict(X).tobytes() == model().predict(X).tobytes()
    ours, its = model().explain(X[:50]), again.explain(X[:50])
    assert its.contributions.tobytes() == ours.contributions.tobytes()
    moments = dataset().moments.take(np.arange(50))
    history = checked().history
    assert again.matrix(history, moments).tobytes() == model().matrix(history, moments).tobytes()


def test_a_model_is_five_texts() -> None:
    texts = model().to_texts()
    assert sorted(texts) == sorted((TREES, LINEAR, FACTS, BOOKS, OFFSET))
    assert texts[TREES].startswith("tree\n")
    assert all(isinstance(json.loads(texts[name]), dict) for name in (LINEAR, FACTS, BOOKS, OFFSET))


def test_texts_whose_settings_no_longer_give_a_feature_are_refused() -> None:
    texts = model().to_texts()
    facts = json.loads(texts[FACTS])
    facts["schema"]["lookback_days"] = [7]
    with pytest.raises(ValueError, match=r"trained on other features; not there are .*'call_count_30d'"):
        CloseModel.from_texts({**texts, FACTS: json.dumps(facts)})


def test_a_model_of_before_a_feature_came_predicts_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that measures more loads the models of those that measured less, and leaves out what they did not learn from."""
    moments, history = dataset().moments.take(np.arange(0, 400, 9)), checked().history
    before = model().matrix(history, moments)
    more = Feature("new", "count", "new", "need", "")

    def with_more(X: Matrix) -> Matrix:
        return np.insert(X, 2, 7.0, axis=1)

    monkeypatch.setattr(
        "models.close.model.catalogue", lambda schema: (*catalogue(schema)[:2], more, *catalogue(schema)[2:])
    )
    monkeypatch.setattr("models.close.model.feature_matrix", lambda *given: with_more(feature_matrix(*given)))
    again = CloseModel.from_texts(model().to_texts())

    assert again.features == model().features
    assert again.matrix(history, moments).tobytes() == before.tobytes()
    assert again.predict(again.matrix(history, moments)).tobytes() == model().predict(before).tobytes()
    assert again.refreshed(history).offset.to_json() == model().refreshed(history).offset.to_json()


def test_no_lead_at_all_is_no_score() -> None:
    explained = model().explain(X[:0])
    assert len(explained.margin) == len(explained.contributions) == 0


ORDERED = [name for name, field in model().schema.answers.items() if field.direction == "up" and field.ordered]


@pytest.mark.parametrize("name", ORDERED)
def test_a_better_answer_never_lowers_the_probability(name: str) -> None:
    """The law of the constraints as a rep meets it: the same lead, with each answer in turn."""
    schema, now = model().schema, to_datetime(model().trained_until)
    for others in ({}, {"source": "trade show", "wants_contact": True, "uses_now": "spreadsheets"}):
        leads = [read_lead(schema, {"fields": {**others, name: value}}, now) for value in schema.fields[name].values]
        probability = model().predict(model().matrix(*to_history(schema, leads)))
        assert (np.diff(probability) >= 0).all()
        assert probability[-1] > probability[0]

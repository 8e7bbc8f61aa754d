"""The close model as one object: probabilities that add up, and texts that bring it back to the bit."""

import json

import numpy as np
import pytest
from scipy.special import expit

from features.clock import to_datetime
from features.records import read_lead, to_history
from features.settings import LeadField
from models.close.model import BOOKS, FACTS, OFFSET, TREES, CloseModel
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
    order = np.argsort(model().booster.margin(X), kind="stable")
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


def test_a_model_is_four_texts() -> None:
    texts = model().to_texts()
    assert sorted(texts) == sorted((TREES, FACTS, BOOKS, OFFSET))
    assert texts[TREES].startswith("tree\n")
    assert all(isinstance(json.loads(texts[name]), dict) for name in (FACTS, BOOKS, OFFSET))


def test_texts_whose_settings_give_other_features_are_refused() -> None:
    texts = model().to_texts()
    facts = json.loads(texts[FACTS])
    facts["schema"]["fields"]["colour"] = LeadField(role="answer", type="flag", obstacle="need").model_dump(mode="json")
    with pytest.raises(ValueError, match=r"trained on other features; different are .*'colour'"):
        CloseModel.from_texts({**texts, FACTS: json.dumps(facts)})


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

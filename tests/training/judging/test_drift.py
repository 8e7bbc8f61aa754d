"""Leads like those of the training have not drifted; others have, in the answer that moved and there alone."""

from __future__ import annotations

import numpy as np
import pytest

from features.records.clock import DAY
from tests.models.company import dataset
from training.judging.drift import drift, drift_reference

DATA = dataset()
REFERENCE = drift_reference(DATA)
AGE = DATA.history.known_until - DATA.history.leads.created_at
LATEST = DATA.at_creation[13 * 28 * DAY > AGE]
NAMES = [told["feature"] for told in REFERENCE["features"]]


def one(counts: list[list[float]]) -> dict[str, object]:
    told = {"feature": "f", "subject": "s", "column": 0, "edges": [0.5], "counts": counts}
    return {"features": [told], "columns": 1}


def leads(low: int, high: int, missing: int = 0) -> np.ndarray:
    return np.repeat([[0.0], [1.0], [np.nan]], [low, high, missing], axis=0).astype(np.float32)


def test_only_what_leads_say_is_compared() -> None:
    measures = {feature.name: feature.measure for feature in DATA.features}

    assert {measures[name] for name in NAMES} <= {"value", "is_value", "answered", "answers_given"}
    assert {"answered", "answers_given"} <= {measures[name] for name in NAMES}
    for told in REFERENCE["features"]:
        assert np.sum(told["counts"]) == len(LATEST)
        assert DATA.features[told["column"]].name == told["feature"]


def test_leads_of_the_training_themselves_have_not_drifted() -> None:
    found = drift(REFERENCE, LATEST)

    assert found is not None
    assert [(shift.distance, shift.drifted) for shift in found] == [(0.0, False)] * len(NAMES)


@pytest.mark.parametrize("moved", ["not known", "another value"])
def test_what_moved_is_named(moved: str) -> None:
    told = next(
        one for one in REFERENCE["features"] if len(one["edges"]) > 1 and np.sum(one["counts"], axis=0)[-1] < 100
    )
    X = LATEST.copy()
    X[np.arange(len(X)) % 2 == 0, told["column"]] = np.nan if moved == "not known" else 1e9

    found = drift(REFERENCE, X)

    assert found is not None
    assert [shift.feature for shift in found if shift.drifted] == [told["feature"]]


@pytest.mark.parametrize(("leads_then", "leads_now", "said"), [(99, 500, False), (500, 99, False), (100, 100, True)])
def test_of_few_leads_nothing_is_said(leads_then: int, leads_now: int, said: bool) -> None:
    reference = one([[float(leads_then), 0.0, 0.0]] + [[0.0, 0.0, 0.0]] * 12)

    assert (drift(reference, leads(leads_now, 0)) is not None) is said


def test_distance_worked_by_hand() -> None:
    reference = one([[50.0, 30.0, 20.0]] * 10 + [[0.0, 0.0, 0.0]] * 3)

    found = drift(reference, leads(600, 300, 100))

    # (.6 - .5) ln(.6/.5) + 0 + (.1 - .2) ln(.1/.2) - 2 (1/1000 + 1/1000) = .01823 + .06931 - .004
    assert found is not None
    assert found[0].distance == pytest.approx(0.08354, abs=1e-5)
    assert not found[0].drifted  # sure enough, but too small to matter


def test_ups_and_downs_of_the_past_are_expected_of_the_future() -> None:
    steady = one([[50.0, 50.0, 0.0]] * 13)
    restless = one([[50.0 + 30.0 * (-1) ** block, 50.0 - 30.0 * (-1) ** block, 0.0] for block in range(13)])
    X = leads(300, 700)

    verdicts = [found[0].drifted for reference in (steady, restless) if (found := drift(reference, X)) is not None]

    assert verdicts == [True, False]


def test_steady_answers_are_not_called_though_there_are_many_of_them() -> None:
    draw = np.random.default_rng(5)
    chance = draw.uniform(0.05, 0.95, 60)
    called = 0
    for _ in range(40):
        blocks = draw.binomial(80, chance, (13, 60))
        told = [
            {
                "feature": f"f{column}",
                "subject": "s",
                "column": column,
                "edges": [0.5],
                "counts": [[80.0 - float(won), float(won), 0.0] for won in blocks[:, column]],
            }
            for column in range(60)
        ]
        found = drift({"features": told, "columns": 60}, (draw.random((400, 60)) < chance).astype(np.float32))
        assert found is not None
        called += any(shift.drifted for shift in found)

    assert called == 0

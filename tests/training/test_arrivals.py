"""Leads like those of the training have not drifted, others have, in the feature that moved and there alone."""

from __future__ import annotations

import numpy as np
import pytest

from features.clock import DAY
from tests.models.company import dataset
from training.arrivals import arrivals, drift

DATA = dataset()
REFERENCE = arrivals(DATA)
CREATED = DATA.history.leads.created_at
LATEST = DATA.at_creation[DATA.history.known_until - 365 * DAY < CREATED]
NAMES = [told["feature"] for told in REFERENCE["features"]]


def test_shares_of_each_feature_add_up() -> None:
    assert [feature.name for feature in DATA.features] == NAMES
    for told in REFERENCE["features"]:
        assert sum(told["shares"]) == pytest.approx(1)
        assert len(told["shares"]) == len(told["edges"]) + 2


def test_leads_of_the_training_themselves_have_not_drifted() -> None:
    found = drift(REFERENCE, LATEST)

    assert found == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize("moved", ["not known", "another value"])
def test_what_moved_is_named(moved: str) -> None:
    X = LATEST.copy()
    column = next(
        at for at, told in enumerate(REFERENCE["features"]) if len(told["edges"]) > 1 and told["shares"][-1] < 0.5
    )
    half = np.arange(len(X)) % 2 == 0
    X[half, column] = np.nan if moved == "not known" else 1e9

    found = drift(REFERENCE, X)
    before = drift(REFERENCE, LATEST)

    assert found is not None
    assert before is not None
    assert found[NAMES[column]] > 0.25
    assert [name for name in NAMES if found[name] != before[name]] == [NAMES[column]]


def test_of_few_leads_nothing_is_said() -> None:
    assert drift(REFERENCE, DATA.at_creation[:99]) is None
    assert drift({**REFERENCE, "leads": 99}, DATA.at_creation) is None
    assert drift(REFERENCE, DATA.at_creation[:100]) is not None


def test_worked_by_hand() -> None:
    reference = {
        "leads": 1_000,
        "features": [{"feature": "f", "subject": "s", "edges": [0.5], "shares": [0.5, 0.3, 0.2]}],
    }
    values = np.repeat([[0.0], [1.0], [np.nan]], [600, 300, 100], axis=0).astype(np.float32)

    # (.6 - .5) ln(.6/.5) + 0 + (.1 - .2) ln(.1/.2) - 2 (1/1000 + 1/1000) = .01823 + .06931 - .004
    found = drift(reference, values)
    assert found is not None
    assert found["f"] == pytest.approx(0.08355, abs=1e-5)

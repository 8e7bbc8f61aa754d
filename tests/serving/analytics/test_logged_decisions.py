"""Decisions read back from stored scores: each lead's first, whatever came later."""

import json
from pathlib import Path

import numpy as np
import pytest

from features.records.clock import NEVER
from features.records.parsing.values import FIRST
from models.decision.routes import NURTURE, REP
from serving.analytics.logged_decisions import decided_so_far, read_decided
from serving.settings.settings import load_settings
from serving.store.records import NewLead, StoredScore
from serving.store.store import Store

NOW = 1_800_000_000_000_000


def score(lead_id: str, as_of: int, decision: dict[str, object] | None, answered: bool = True) -> StoredScore:
    answer = json.dumps({"decision": decision}) if answered else None
    return StoredScore(lead_id, as_of, "close", "7", 0.25, [], [], answer)


def decision(route: str, **propensity: float) -> dict[str, object]:
    return {"route": route, "propensity": propensity, "expected_amount": 1000.0, "obstacle": "money"}


def test_first_decision_of_each_lead_counts(store: Store) -> None:
    store.add_leads([NewLead(lead_id, {}) for lead_id in ("L1", "L2", "L3", "L4")], NOW)
    with store.writing(NOW) as transaction:
        transaction.add_scores(
            [
                score("L1", NOW + 5, decision("rep", rep=1.0)),
                score("L1", NOW + 1, decision("nurture", nurture=0.99, rep=0.01)),
                score("L2", NOW + 2, decision("rep", nurture=0.99, rep=0.01)),
                score("L3", NOW + 3, None),
                score("L4", NOW + 4, None, answered=False),
            ]
        )
    found = read_decided(store, FIRST)

    assert found.lead_id.tolist() == ["L1", "L2"]
    assert found.route.tolist() == [NURTURE, REP]
    assert found.rep_at.tolist() == [NOW + 5, NEVER]
    assert found.obstacle.tolist() == ["money", "money"]
    assert found.drawn.tolist() == [False, True]
    assert found.propensity.tolist() == [[0, 0.99, 0, 0.01]] * 2
    assert np.array_equal(found.amount, [1000, 1000])
    assert found.as_of.tolist() == [NOW + 1, NOW + 2]


def test_store_without_scores_has_decided_nothing(store: Store) -> None:
    assert len(read_decided(store, FIRST)) == 0


def test_a_training_does_without_a_store_that_cannot_be_reached(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "glengarry.toml"
    store = '[store]\nurl = "postgresql+psycopg://postgres@127.0.0.1:1/none?connect_timeout=1"\n'
    file.write_text(f'{store}[history]\nsource = "."\n[fields.source]\nrole = "channel"\n', encoding="utf-8")

    assert decided_so_far(load_settings(file)) is None
    assert "the report says nothing of the routing" in caplog.text

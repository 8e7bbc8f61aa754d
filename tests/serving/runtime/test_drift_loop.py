"""What is compared with the training are the first scores of leads as they came in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.registry import RegistryError
from serving.champion.cache import Drift, Drifted, ModelCache, Promised
from serving.champion.champion import Champion
from serving.runtime.drift_loop import EVERY, Drifting, drift_notices, first_inputs, new_inputs
from serving.settings.settings import STORE_VARIABLE
from tests.serving.conftest import Service, service
from training.judging.drift import Shift

__all__ = ["service"]

TOLD = {"feature": "a", "subject": "s", "column": 0, "edges": [], "counts": [[1_000.0, 0.0]]}
REFERENCE = {"features": [TOLD], "columns": 1, "won_by_day": []}


def test_first_scores_of_the_day_of_creation_are_taken(service: Service, champion: Champion) -> None:
    features = len(champion.model.blend.features)
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    at = datetime.now(UTC).isoformat()
    service.tell("/events", {"lead_id": "L1", "kind": "call", "occurred_at": at})
    service.tell("/leads", {"lead_id": "older", "created_at": "2026-01-01", "fields": {}})
    service.tell("/leads", {"lead_id": "L2", "fields": {"source": "fair"}})
    latest, first = (service.ask(f"/leads/{lead}/scores")["scores"][0]["probability"] for lead in ("L2", "L1"))

    X = service.store.ask(first_inputs, 0, features)

    assert X.shape == (2, features)
    offsets = [service.store.ask(first_inputs, 0, len(champion.model.features))[row : row + 1] for row in (0, 1)]
    assert sorted(float(champion.model.predict(row)[0]) for row in offsets) == sorted([latest, first])


def test_new_leads_are_those_of_the_shortest_window_with_enough_and_spread_evenly(
    service: Service, champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = len(champion.model.blend.features)
    now = datetime.now(UTC)
    for lead in range(6):
        service.tell("/leads", {"lead_id": f"N{lead}", "fields": {}})
    in_six_weeks = round((now.timestamp() + 42 * 86_400) * 1e6)

    assert service.store.ask(first_inputs, in_six_weeks, features).shape == (0, features)
    assert service.store.ask(new_inputs, in_six_weeks, features).shape == (6, features)  # four weeks hold too few
    monkeypatch.setattr("serving.runtime.drift_loop.MAX_LEADS", 3)
    assert service.store.ask(first_inputs, 0, features).shape == (3, features)


def test_store_without_scores_has_nothing_to_compare(service: Service) -> None:
    assert service.store.ask(first_inputs, 0, 3).shape == (0, 3)


class PretendedRegistry:
    """A registry with one document, or with trouble."""

    def __init__(self) -> None:
        self.asked, self.kept = 0, REFERENCE
        self.trouble: Exception | None = None

    def version_of(self) -> str:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return "1"

    def document(self, number: str, file: str) -> Any:
        assert (number, file) == ("1", "drift_reference.json")
        return self.kept


def test_it_is_looked_at_every_hour_and_trouble_is_no_end(
    service: Service,
    champion: Champion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(service.store.engine.url.render_as_string(hide_password=False)))
    monkeypatch.setattr(
        "serving.runtime.drift_loop.drift", lambda _, X: (Shift("a", "s", 0.25, True),) if len(X) else None
    )
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    registry: Any = PretendedRegistry()
    start = datetime.now(UTC).timestamp()
    copies, seconds = ModelCache(tmp_path), [start]
    drifting = Drifting(copies, registry, champion.model.schema, lambda: seconds[0])

    for later in (0.0, EVERY - 1):
        seconds[0] = start + later
        drifting.look()
    found = copies.drift()
    assert found is not None
    told = [(one.subject, one.feature, one.distance, one.drifted) for one in found.features]
    assert (found.leads, told) == (1, [("s", "a", 0.25, True)])
    assert registry.asked == 1

    registry.trouble, seconds[0] = RegistryError("gone"), start + EVERY
    drifting.look()
    assert copies.drift() == found
    assert "drift of inputs is not told for now: gone" in caplog.text
    caplog.set_level(logging.INFO)

    registry.trouble, registry.kept, seconds[0] = None, None, start + 2 * EVERY
    drifting.look()
    assert copies.drift() == Drift(leads=0)


def test_what_has_drifted_since_the_last_look_is_told() -> None:
    def drift(*drifted: str, off: bool = False) -> Drift:
        promised = Promised(
            from_days=30, until_days=60, leads=9, won=1, expected=5.0, ratio=0.2, low=0.1, high=0.3, off=off
        )
        features = (Drifted(feature=one, subject=one, distance=1.0, drifted=True) for one in drifted)
        return Drift(
            leads=9, features=(*features, Drifted(feature="x", subject="x", distance=0.1)), promises=(promised,)
        )

    (notice,) = drift_notices(None, drift("budget", off=True))
    assert notice.content == {
        "before": {"off": []},
        "after": {"off": ["budget", "promises of 30 days ago and more"]},
    }
    assert drift_notices(drift("budget"), drift("budget")) == []
    assert drift_notices(drift("budget"), drift()) == []
    assert [one.kind for one in drift_notices(drift("budget"), drift("budget", "hurry"))] == ["inputs.drifted"]

"""What is compared with the training are the first scores of leads as they came in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.registry import RegistryError
from serving.champion import Champion
from serving.copies import Copies, Drift
from serving.drift import EVERY, Drifting, first_inputs
from serving.settings import STORE_VARIABLE
from tests.serving.routes.conftest import Service, service

__all__ = ["service"]

REFERENCE = {"leads": 1_000, "features": [{"feature": "a", "subject": "s", "edges": [], "shares": [1.0, 0.0]}]}


def test_first_scores_of_the_day_of_creation_are_taken(service: Service, champion: Champion) -> None:
    features = len(champion.model.booster.features)
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    at = datetime.now(UTC).isoformat()
    service.tell("/events", {"lead_id": "L1", "kind": "call", "occurred_at": at})
    service.tell("/leads", {"lead_id": "older", "created_at": "2026-01-01", "fields": {}})
    service.tell("/leads", {"lead_id": "L2", "fields": {"source": "fair"}})
    latest, first = (service.ask(f"/leads/{lead}/scores")["scores"][0]["probability"] for lead in ("L2", "L1"))

    X = service.store.ask(first_inputs, features)

    assert X.shape == (2, features)
    offsets = [service.store.ask(first_inputs, len(champion.model.features))[row : row + 1] for row in (0, 1)]
    assert [float(champion.model.predict(row)[0]) for row in offsets] == [latest, first]


def test_store_without_scores_has_nothing_to_compare(service: Service) -> None:
    assert service.store.ask(first_inputs, 3).shape == (0, 3)


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
        assert (number, file) == ("1", "arrivals.json")
        return self.kept


def test_it_is_looked_at_every_hour_and_trouble_is_no_end(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, str(service.store.engine.url.render_as_string(hide_password=False)))
    monkeypatch.setattr("serving.drift.drift", lambda _, X: {"a": 0.25} if len(X) else None)
    service.tell("/leads", {"lead_id": "L1", "fields": {}})
    registry: Any = PretendedRegistry()
    copies, seconds = Copies(tmp_path), [0.0]
    drifting = Drifting(copies, registry, lambda: seconds[0])

    for at in (0.0, EVERY - 1):
        seconds[0] = at
        drifting.look()
    found = copies.drift()
    assert found is not None
    assert (found.leads, [(told.subject, told.feature, told.distance) for told in found.features]) == (
        1,
        [("s", "a", 0.25)],
    )
    assert registry.asked == 1

    registry.trouble, seconds[0] = RegistryError("gone"), EVERY
    drifting.look()
    assert copies.drift() == found
    assert "drift of inputs is not told for now: gone" in caplog.text
    caplog.set_level(logging.INFO)

    registry.trouble, registry.kept, seconds[0] = None, None, 2 * EVERY
    drifting.look()
    assert copies.drift() == Drift(leads=0)

"""Decisions in the service's answers: there with a decider, null without, and drawn by a secret that stays."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from models.registry.artifacts import NO_ARTIFACTS, Artifacts
from serving.champion.champion import Champion
from serving.schemas.score import Score
from serving.settings.secret import EXPLORATION

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def test_score_holds_step_value_route_and_reason(champion: Champion, lead: dict[str, Any]) -> None:
    (score,) = champion.score([lead], NOW)

    assert isinstance(score, Score)
    assert score.decision is not None
    assert score.decision.step in ("name", "target", "suspect", "prospect")
    assert score.decision.route_reason
    assert score.decision.since <= score.as_of
    assert sum(score.decision.propensity.values()) == 1


def test_lots_are_drawn_by_the_secret_alone(champion: Champion, lead: dict[str, Any]) -> None:
    leads = [{**lead, "lead_id": f"L{number}", "fields": {}} for number in range(20)]
    assert champion.decider is not None
    certain = replace(champion, beside=Artifacts(replace(champion.decider, lots=0.5)))

    def drawn(secret: str) -> list[bool]:
        scores = replace(certain, secret=secret).score(leads, NOW)
        return [score.decision.drawn for score in scores if isinstance(score, Score) and score.decision]

    assert drawn("a") == drawn("a") != drawn("b")
    assert not any(drawn(""))


def test_champion_without_a_decider_still_scores(champion: Champion, lead: dict[str, Any]) -> None:
    (score,) = replace(champion, beside=NO_ARTIFACTS).score([lead], NOW)

    assert isinstance(score, Score)
    assert score.decision is None


def test_secret_is_made_once_and_shown_to_nobody_else(tmp_path: Path) -> None:
    secret = EXPLORATION.find({}, tmp_path / "var")

    assert EXPLORATION.find({}, tmp_path / "var") == secret
    assert len(secret) == 64
    assert (tmp_path / "var" / EXPLORATION.file).stat().st_mode & 0o077 == 0
    assert EXPLORATION.find({EXPLORATION.variable: "given"}, tmp_path) == "given"


def test_openapi_describes_the_decision(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    assert set(schemas["Decision"]["properties"]) >= {"step", "route", "route_reason", "propensity", "likely_loss"}

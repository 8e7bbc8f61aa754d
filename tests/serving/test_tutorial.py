"""The tutorial is under test: its calls are taken in their order, and the score moves as it says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-hour.md"
CALL = re.compile(r"curl http://127\.0\.0\.1:3000(\S+) [^\n]*\\\n +-d '(.*)'$", re.MULTILINE)
NOW = '"\'"$(date -u +%FT%TZ)"\'"'
"""How a shell puts the time into a body."""


def calls() -> list[tuple[str, dict[str, Any]]]:
    """The calls that a reader makes, now."""
    now = json.dumps(datetime.now(UTC).isoformat())
    text = TUTORIAL.read_text(encoding="utf-8")
    return [(path, json.loads(body.replace(NOW, now))) for path, body in CALL.findall(text)]


def test_calls_of_the_tutorial_are_taken_and_move_the_score(client: TestClient) -> None:
    posted = [client.post(path, json=body) for path, body in calls()]

    assert [answer.status_code for answer in posted] == [201, 201, 201], [answer.text for answer in posted]
    lead = client.get("/leads/mine").json()
    before, after = client.get("/leads/mine/scores").json()["scores"][:2]
    assert after["probability"] > before["probability"]
    assert (lead["status"], lead["outcomes"][0]["amount"]) == ("won", 12_000)

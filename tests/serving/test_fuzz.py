"""Whatever is called by the published description, or against it: the answer is one that it describes."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from bench.harness.fuzzing import fuzz, open_to_crms
from bench.harness.keys import bearer, make_tokens
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.store.store import open_store


def test_made_up_calls_are_answered_as_described(champion: Champion, tmp_path: Path) -> None:
    url, called = f"sqlite:///{tmp_path / 'store.db'}", open_to_crms(champion)
    headers = bearer(make_tokens(url)["admin"])

    with TestClient(create_app(lambda: called, lambda: open_store(url)), headers=headers) as client:
        found = fuzz(client, called, examples=10, start=1)

    assert found.amiss == []
    assert len({name for name, _ in found.statuses}) > 10
    assert {status // 100 for _, status in found.statuses} >= {2, 4}
    assert found.statuses["POST /webhooks/{name}", 200]
    assert any(name.startswith("GET /leads/{lead_id}") and status == 200 for name, status in found.statuses)

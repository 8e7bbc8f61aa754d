"""What the service does when its disk is full, its database is gone, its clock is set back, or another server writes the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.harness.databases import Cluster, cluster, postgres_schema, programs
from bench.harness.keys import bearer, make_tokens
from features.records.clock import HOUR
from features.records.parsing.values import FIRST
from serving.analytics.replay import replay_all
from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.runtime import lifespan
from serving.runtime.app import create_app
from serving.store import reading
from serving.store.store import open_store

Json = dict[str, Any]


def admin(champion: Champion, url: str) -> TestClient:
    """A client of a server with this store, with an admin's key."""
    headers = bearer(make_tokens(url)["admin"])
    return TestClient(create_app(lambda: champion, lambda: open_store(url)), headers=headers)


def replays_differ(champion: Champion, url: str) -> set[str | None]:
    store = open_store(url)
    try:
        return {one.difference for one in replay_all(store, VersionCache(lambda: champion, None), FIRST)}
    finally:
        store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_acknowledges_nothing_and_loses_nothing(champion: Champion, small_disk: Path) -> None:
    url, ballast = f"sqlite:///{small_disk / 'store.db'}", small_disk / "ballast"
    told, acknowledged = example_told(champion)["lead"], list[str]()
    with admin(champion, url) as client:
        ballast.write_bytes(bytes(2_000_000))
        for number in range(2_000):
            answer = client.post("/leads", json=told | {"lead_id": f"L{number}"})
            if answer.status_code != 201:
                break
            acknowledged.append(f"L{number}")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["type"] == "urn:glengarry:problem:store-gone"
        assert client.get(f"/leads/{acknowledged[-1]}").status_code == 200  # what is there can be read meanwhile

        ballast.unlink()
        assert client.post("/leads", json=told | {"lead_id": f"L{number}"}).status_code == 201

    store = open_store(url)
    assert set(store.ask(reading.leads_of, acknowledged)) == set(acknowledged)
    store.close()
    assert replays_differ(champion, url) == {None}


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped."""
    found = programs()
    if found is None:
        pytest.skip("no programs of PostgreSQL here to make a cluster with")
    with cluster(found) as made:
        yield made


def test_database_that_goes_and_comes_back(champion: Champion, own_cluster: Cluster) -> None:
    told = example_told(champion)["lead"]
    with admin(champion, own_cluster.url) as client:
        assert client.post("/leads", json=told | {"lead_id": "before"}).status_code == 201

        own_cluster.stop()
        while_gone = [client.post("/leads", json=told | {"lead_id": "gone"}), client.get("/leads/before")]
        for answer in while_gone:
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert "postgres" not in answer.text
        assert client.post("/score", json={"fields": told["fields"]}).status_code == 200

        own_cluster.start()
        assert client.get("/leads/gone").status_code == 404
        assert client.post("/leads", json=told | {"lead_id": "gone"}).status_code == 201
        assert client.get("/leads/before").status_code == 200
    assert replays_differ(champion, own_cluster.url) == {None}


def test_two_servers_that_are_told_the_same_have_one_row_and_one_answer(champion: Champion) -> None:
    told = example_told(champion)
    with postgres_schema() as url, admin(champion, url) as one, admin(champion, url) as other:

        def both(path: str, record: Json) -> list[bytes]:
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda client: client.post(path, json=record), [one, other, one, other]))
            assert {answer.status_code for answer in answers} == {201}
            return [answer.content for answer in answers]

        for number in range(10):
            lead_id = {"lead_id": f"L{number}"}
            assert len(set(both("/leads", told["lead"] | lead_id))) == 1
            assert len(set(both("/events", told["event"] | lead_id))) == 1
            assert len(set(both("/outcomes", told["outcome"] | lead_id))) == 1
            known = one.get(f"/leads/L{number}").json()
            assert (len(known["events"]), len(known["outcomes"])) == (1, 1)
            assert len(one.get(f"/leads/L{number}/scores").json()["scores"]) == 2
        assert replays_differ(champion, url) == {None}


def test_clock_that_is_set_back_mixes_up_nothing(champion: Champion, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, told = lifespan._now(), example_told(champion)
    clock = [start]
    monkeypatch.setattr(lifespan, "_now", lambda: clock[0])
    recorded = []
    with admin(champion, url) as client:
        for number, back in enumerate((0, HOUR, 5 * HOUR, 2 * HOUR)):
            clock[0] = start - back
            lead_id = {"lead_id": f"L{number}"}
            for path, record in (("/events", told["event"]), ("/leads", told["lead"]), ("/events", told["event"])):
                answer = client.post(path, json=record | lead_id | ({"event_id": path} if path == "/events" else {}))
                assert answer.status_code == 201, answer.text
                recorded.append(answer.json()["recorded_at"])
    first_told = [recorded[at] for at in range(len(recorded)) if at % 3 != 2]

    assert first_told == sorted(set(first_told))  # each later than all before it, whatever the clock says
    assert [recorded[at] for at in range(2, len(recorded), 3)] == recorded[::3]  # the same again is what it was
    assert replays_differ(champion, url) == {None}

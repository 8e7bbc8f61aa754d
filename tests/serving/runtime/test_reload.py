"""A worker takes a new champion between two requests, and one worker alone watches the registry."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import sys
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bench.harness.keys import bearer
from bench.harness.processes import SECONDS
from serving.champion.cache import ModelCache
from serving.champion.champion import Champion
from serving.champion.finding import NoChampionError, from_copies, put
from serving.runtime import reload
from serving.runtime.app import create_app
from serving.runtime.lifespan import Follow
from serving.runtime.reload import RESTART, Follower, Watchman, follow
from serving.store.keys import Role, Secret
from serving.store.store import open_store

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
ENDS = [sys.executable, "-c", "raise SystemExit(3)"]


def version(champion: Champion, number: str) -> Champion:
    return dataclasses.replace(champion, deployment=champion.deployment.model_copy(update={"version": number}))


def test_new_champion_is_taken_once(champion: Champion, tmp_path: Path) -> None:
    copies, served = ModelCache(tmp_path), list[tuple[str, str]]()
    put(champion, copies)
    secretive = dataclasses.replace(champion, secret="lots")
    follower = Follower(copies, secretive, lambda new: served.append((new.deployment.version, new.secret)))

    async def looks() -> None:
        await follower.look()
        put(version(champion, "8"), copies)
        await follower.look()
        await follower.look()

    asyncio.run(looks())
    assert served == [("8", "lots")]


def test_champion_that_came_during_the_start_is_not_missed(champion: Champion, tmp_path: Path) -> None:
    served: list[str] = []
    put(version(champion, "8"), ModelCache(tmp_path))

    asyncio.run(Follower(ModelCache(tmp_path), champion, lambda new: served.append(new.deployment.version)).look())

    assert served == ["8"]


def test_what_cannot_be_read_leaves_the_old_one(
    champion: Champion, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copies, served = ModelCache(tmp_path), list[Champion]()
    follower = Follower(copies, champion, served.append)
    copies.put("close", "9", {"trees.txt": "none"})

    asyncio.run(follower.look())

    assert served == []
    assert "version 9 cannot be read" in caplog.text


def test_what_could_not_be_read_for_a_moment_is_read_at_the_next_look(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, troubles = list[str](), [OSError(errno.EMFILE, "too many open files")]
    follower = Follower(ModelCache(tmp_path), champion, lambda new: served.append(new.deployment.version))
    put(version(champion, "8"), ModelCache(tmp_path))

    def read(copies: ModelCache) -> Champion:
        if troubles:
            raise NoChampionError("unreadable") from troubles.pop()
        return from_copies(copies)

    monkeypatch.setattr(reload, "from_copies", read)

    async def looks() -> None:
        await follower.look()
        assert served == []
        await follower.look()
        await follower.look()

    asyncio.run(looks())
    assert served == ["8"]


def test_trouble_of_a_moment_ends_no_following(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    async def look(_: Follower) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError(errno.EMFILE, "too many open files")
        raise asyncio.CancelledError

    monkeypatch.setattr(Watchman, "see", lambda _: None)
    monkeypatch.setattr(Follower, "look", look)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(reload.follow_copies(champion, lambda _: None, {"GLENGARRY_COPIES": str(tmp_path)}, 0.0))

    assert looks == 2
    assert "looked at again in a moment, because: [Errno 24] too many open files" in caplog.text


def test_app_answers_with_the_champion_it_is_given(
    champion: Champion, store_url: str, tokens: dict[Role, Secret]
) -> None:
    async def change(first: Champion, serve: object) -> None:
        assert first is champion
        assert callable(serve)
        serve(version(champion, "8"))

    changing: Follow = change
    app = create_app(lambda: champion, lambda: open_store(store_url), follow=changing)
    with TestClient(app, headers=bearer(tokens["admin"])) as client:
        client.get("/")

        assert client.get("/").json()["model"]["version"] == "8"
        assert client.get("/openapi.json").json()["info"]["version"] == "8"
        assert client.post("/score", json={"fields": {}}).json()["model"]["version"] == "8"


def test_without_copies_there_is_nothing_to_follow(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLENGARRY_COPIES", raising=False)
    served: list[Champion] = []

    asyncio.run(follow(champion, served.append))

    assert served == []


def test_one_worker_watches_and_another_takes_over(tmp_path: Path) -> None:
    first, second = Watchman(tmp_path, SLEEPS), Watchman(tmp_path, SLEEPS)
    try:
        first.see()
        second.see()
        assert [first.watches, second.watches] == [True, False]

        first.end()
        second.see()
        assert bool(second.watches)
    finally:
        second.end()


def wait_for(watchman: Watchman, running: bool) -> None:
    end = time.monotonic() + SECONDS
    while watchman.watches is not running:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_watch_that_ends_is_started_anew_after_a_while(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watchman = Watchman(tmp_path, ENDS)
    watchman.see()
    wait_for(watchman, running=False)
    watchman.command = SLEEPS
    try:
        rounds = 1
        watchman.see()
        while watchman.watches is False and rounds < 2 * RESTART:
            watchman.see()
            rounds += 1
        assert rounds == RESTART
    finally:
        watchman.end()
    assert caplog.text.count("ended with code 3") == 1

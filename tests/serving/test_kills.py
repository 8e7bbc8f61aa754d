"""Whatever is killed, and whenever: what was acknowledged is there, once, and every score can be had again."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from random import Random

import pytest

from bench.harness.keys import bearer, make_tokens
from bench.harness.killing import Acknowledged, Actor, Teller, kill_again_and_again, losses, lost_acts, serving, telling
from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.runtime.parent_watchdog import PARENT_VARIABLE, end_with_parent
from serving.store.records import NewLead
from serving.store.store import Store, open_store


@pytest.mark.parametrize("url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)], indirect=True)
def test_nothing_acknowledged_is_lost_when_processes_are_killed(champion: Champion, url: str, tmp_path: Path) -> None:
    key = make_tokens(url)["admin"]
    address, start = serving(champion, url, tmp_path, workers=2)
    told = example_told(champion)
    tellers = [Teller(address, bearer(key), told, f"T{n}", Random(n), erases=n == 0) for n in range(3)]

    actor = Actor(address, bearer(key), told, "acted", Random(9), key=str(key))
    with telling([*tellers, actor]):
        kill_again_and_again(start, [*tellers, actor], ["all", "worker", "parent"], Random(1))

    store = open_store(url)
    assert len(actor.done) > 3
    assert lost_acts(store, actor) == []
    assert min(len(teller.acknowledged) for teller in tellers) > 3
    assert losses(store, VersionCache(lambda: champion, None), tellers, actor.name) == []
    store.close()


def test_losses_are_seen(champion: Champion, store: Store) -> None:
    store.add_leads([NewLead("there", {})], 0)
    answers = {"there": {"score": {"probability": 2}}, "gone": {}}
    acknowledged = [Acknowledged("/leads", {"lead_id": name}, answer) for name, answer in answers.items()]

    teller = Teller("", {}, {}, "T", Random(1), acknowledged, erased=["gone", "there"])

    assert losses(store, VersionCache(lambda: champion, None), [teller]) == [
        "/leads gone is there 0 times",
        "the score of there is not stored as it was answered",
        "there was erased and is back",
    ]


@pytest.mark.parametrize("parents", [[7, 7, 7, 1], [1]])
def test_worker_is_asked_to_end_when_its_parent_has(monkeypatch: pytest.MonkeyPatch, parents: list[int]) -> None:
    asked, left = list[tuple[int, int]](), iter(parents)
    monkeypatch.setattr(os, "getppid", lambda: next(left))
    monkeypatch.setattr(os, "kill", lambda process, sign: asked.append((process, sign)))

    asyncio.run(end_with_parent({PARENT_VARIABLE: "7"}, every=0))

    assert asked == [(os.getpid(), signal.SIGTERM)]

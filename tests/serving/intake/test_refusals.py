"""Refused calls in the audit trail: every one is there, by itself or counted, and no number of them fills it."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.champion.champion import Champion
from serving.intake import refusals
from serving.intake.audit import Refusal
from serving.intake.calls import Call
from serving.intake.refusals import MAX_SINGLE, MINUTE, Refusals
from serving.runtime.app import create_app
from serving.store.engine import StoreError
from serving.store.store import open_store
from serving.store.tables import AUDIT

KINDS = [
    Refusal("GET", "/leads", "A key is needed", None),
    Refusal("POST", "/score", "The key is for other calls", "k"),
]


class Trail:
    """Takes entries, at a time that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.written: list[Refusal] = []

    def submit(self, call: Call) -> Future[Any]:
        assert isinstance(call.told, Refusal)
        self.written.append(call.told)
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    def counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for entry in self.written:
            counts[entry.path] += entry.times
        return counts


@given(calls=st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 7.0, 61.0])), max_size=400))
def test_every_refusal_counts_and_a_minute_has_few_entries(calls: list[tuple[int, float]]) -> None:
    trail = Trail()

    async def noted() -> None:
        refused = Refusals(trail.submit, lambda: trail.now)
        for kind, later in calls:
            trail.now += later
            refused.note(KINDS[kind])
        refused.flush()

    asyncio.run(noted())

    assert trail.counts() == Counter(KINDS[kind].path for kind, _ in calls)
    minutes = sum(later for _, later in calls) // MINUTE + 1
    assert len(trail.written) <= minutes * (MAX_SINGLE + len(KINDS))


def test_those_that_are_counted_are_written_when_the_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MINUTE", 0.2)
    trail = Trail()

    async def noted() -> None:
        refused = Refusals(trail.submit)
        for _ in range(MAX_SINGLE + 40):
            refused.note(KINDS[0])
        assert len(trail.written) == MAX_SINGLE
        await asyncio.sleep(0.5)

    asyncio.run(noted())

    assert [entry.times for entry in trail.written[MAX_SINGLE:]] == [40]


@pytest.mark.parametrize("at_once", [True, False], ids=["refuses", "fails later"])
def test_what_the_store_does_not_take_waits_for_it(caplog: pytest.LogCaptureFixture, at_once: bool) -> None:
    trail, gone = Trail(), [True]

    def submit(call: Call) -> Future[Any]:
        if not gone:
            return trail.submit(call)
        if at_once:
            raise StoreError("it is gone")
        failed: Future[Any] = Future()
        failed.set_exception(StoreError("it is gone"))
        return failed

    async def noted() -> None:
        refused = Refusals(submit, lambda: trail.now)
        for _ in range(MAX_SINGLE + 40):
            refused.note(KINDS[0])
        refused.flush()
        await asyncio.sleep(0)
        gone.clear()
        refused.flush()
        refused.close()

    asyncio.run(noted())

    assert "40 refusals wait for the audit trail: it is gone" in caplog.text
    assert "not in the audit trail" not in caplog.text
    assert [(entry.path, entry.times) for entry in trail.written] == [("/leads", MAX_SINGLE + 40)]


def test_what_the_store_never_takes_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def submit(_: Call) -> Future[Any]:
        raise StoreError("it is gone")

    async def noted() -> None:
        refused = Refusals(submit)
        for _ in range(3):
            refused.note(KINDS[0])
        refused.close()

    asyncio.run(noted())

    assert "3 refusals are not in the audit trail" in caplog.text


def test_flood_without_a_key_leaves_few_entries(champion: Champion, tmp_path: Path) -> None:
    store_url = f"sqlite:///{tmp_path / 'store.db'}"
    with TestClient(create_app(lambda: champion, lambda: open_store(store_url))) as client:
        for _ in range(MAX_SINGLE + 150):
            assert client.get("/leads").status_code == 401

    with open_store(store_url).reading() as connection:
        details = connection.execute(sa.select(AUDIT.c.detail).order_by(AUDIT.c.at)).scalars().all()
    assert details == ["A key is needed"] * MAX_SINGLE + ["A key is needed (150 times)"]

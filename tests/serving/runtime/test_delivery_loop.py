"""Whoever the settings name is told, from the moment they do, by threads that a trouble does not end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from features.records.clock import to_microseconds
from serving.outbox.courier import Courier
from serving.outbox.delivery import Rhythm
from serving.runtime import delivery_loop
from serving.runtime.delivery_loop import Delivering, bring_until, deliveries_of, tell_store_of
from serving.schemas.notices import NoticeKind
from serving.settings.outbox import OutboxSettings, OutboxTarget
from serving.settings.settings import SETTINGS_VARIABLE, STORE_VARIABLE, Settings
from serving.store.deliveries import DeliveryState, Notice, Results, state_of, states
from serving.store.engine import StoreError
from serving.store.notices import NewNotice
from serving.store.store import Store

NOW = to_microseconds(datetime(2026, 3, 2, tzinfo=UTC))
TARGETS = """
[[outbox.targets]]
name = "crm"
url = "https://hooks.example.com/"
secret = "HOOK"
kinds = ["lead.moved"]
"""


def settings_of(tmp_path: Path, *names: str) -> Settings:
    targets = tuple(OutboxTarget(name=name, url="https://hooks.example.com/", secret="HOOK") for name in names)
    return Settings(folder=tmp_path, outbox=OutboxSettings(targets=targets))


class Receiver:
    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds: frozenset[NoticeKind] = frozenset({"lead.moved"})
        self.rhythm = Rhythm()
        self.numbers = list[int]()

    def send(self, batch: Sequence[Notice], until: float) -> Results:  # noqa: ARG002 - as of every receiver
        self.numbers += [notice.content["n"] for notice in batch]
        return {notice.notice_id: None for notice in batch}


@pytest.fixture
def told(url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Receiver]:
    """Receivers instead of those of the settings, by name, and the environment of a watch."""
    receivers: dict[str, Receiver] = {}

    def stand_ins(settings: Settings, *_: Any) -> list[Any]:
        return [receivers.setdefault(target.name, Receiver(target.name)) for target in settings.outbox.targets]

    monkeypatch.setattr(delivery_loop, "deliveries_of", stand_ins)
    monkeypatch.setenv(STORE_VARIABLE, url)
    return receivers


def until(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def tell(store: Store, *numbers: int) -> None:
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("lead.moved", {"n": n}, "L1") for n in numbers])


def test_receivers_follow_the_settings(store: Store, told: dict[str, Receiver], tmp_path: Path) -> None:
    delivering = Delivering(settings_of(tmp_path, "crm"), time.time)
    try:
        delivering.look()
        tell(store, 1, 2)
        until(lambda: told["crm"].numbers == [1, 2])
        delivering.take(settings_of(tmp_path, "crm", "chat"))
        delivering.look()
        delivering.look()
        tell(store, 3)
        until(lambda: told["crm"].numbers == [1, 2, 3] and told["chat"].numbers == [3])
    finally:
        delivering.end()

    state: DeliveryState = store.ask(state_of, "crm")
    assert (state.sent, state.holder) == (3, None)
    delivering = Delivering(settings_of(tmp_path), time.time)
    delivering.look()
    delivering.end()
    assert store.ask(states) == []


def test_a_receiver_that_does_not_answer_holds_up_nobody_who_looks(
    store: Store, told: dict[str, Receiver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer = Event(), Event()

    class Slow(Receiver):
        def send(self, batch: Sequence[Notice], until: float) -> Results:
            asked.set()
            may_answer.wait(60)
            return super().send(batch, until)

    told["crm"] = Slow("crm")
    monkeypatch.setattr(delivery_loop, "STOP_SECONDS", 0.0)
    delivering = Delivering(settings_of(tmp_path, "crm"), time.time)
    try:
        delivering.look()
        tell(store, 1)
        assert asked.wait(60)
        delivering.take(settings_of(tmp_path, "crm", "chat"))
        delivering.look()
        (slow,) = delivering._threads
        assert slow.is_alive()
        may_answer.set()
        slow.join(60)
        delivering.look()
        tell(store, 2)
        until(lambda: told["crm"].numbers == [1, 2] and told["chat"].numbers == [2])
    finally:
        may_answer.set()
        delivering.end(patience=None)


def test_store_knows_who_is_told_before_the_service_starts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    file = tmp_path / "glengarry.toml"
    file.write_text(TARGETS, encoding="utf-8")
    tell_store_of(store, {}, NOW)
    assert store.ask(states) == []
    tell_store_of(store, {SETTINGS_VARIABLE: str(file)}, NOW)

    assert [state.name for state in store.ask(states)] == ["crm"]


def test_targets_of_the_settings_are_webhooks(tmp_path: Path) -> None:
    assert [one.name for one in deliveries_of(settings_of(tmp_path, "crm", "chat"), {})] == ["crm", "chat"]


def test_trouble_does_not_end_a_thread(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    stop, given = Event(), list[Exception | int]([StoreError("it is away"), KeyError("a defect"), 3, 0])

    class Troubled(Courier):
        def __init__(self) -> None:
            self.delivery = Receiver("crm")

        def bring(self) -> int:
            turn = given.pop(0)
            if isinstance(turn, Exception):
                raise turn
            if turn == 0:
                stop.set()
            return turn

    monkeypatch.setattr(delivery_loop, "AFTER_TROUBLE", 0.0)
    bring_until(Troubled(), stop)

    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert "crm is told later: it is away" in caplog.text

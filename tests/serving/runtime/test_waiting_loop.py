"""The watch looks every minute who waits, and only if anybody wants to hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from features.settings.schema import LeadSchema
from serving.runtime import waiting_loop
from serving.runtime.waiting_loop import WaitingWatch
from serving.settings.settings import SETTINGS_VARIABLE, STORE_VARIABLE
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.notices import NewNotice
from serving.store.store import Store


def test_who_waits_is_told_if_it_is_wanted(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def due(*_: object) -> list[NewNotice]:
        asked.append("due")
        return [NewNotice("lead.call_due", {}, "L1", once="a call")]

    def waiting(_connection: object, _now: int, longest: int, ours: Sequence[str]) -> list[NewNotice]:
        asked.append(f"waiting {longest / 3_600e6:g} hours {list(ours)}")
        return [NewNotice("lead.waits", {}, "L2", once="a wait")]

    monkeypatch.setattr(waiting_loop, "calls_due", due)
    monkeypatch.setattr(waiting_loop, "leads_waiting", waiting)
    monkeypatch.setenv(STORE_VARIABLE, url)
    now = [100.0]
    watch = WaitingWatch(LeadSchema(), lambda: now[0])
    watch.look()
    assert asked == []
    with store.writing(0) as transaction:
        register(transaction, {"crm": frozenset({"lead.waits"})}, 0.05)
    for at in (100.0, 159.0, 160.0, 220.0):
        now[0] = at
        watch.look()

    assert asked == ["waiting 24 hours []"] * 2
    assert [notice.kind for notice in store.ask(recent, 9)] == ["lead.waits"]


def test_settings_that_cannot_be_read_end_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    broken = tmp_path / "glengarry.toml"
    broken.write_text("half a li", encoding="utf-8")
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    monkeypatch.setenv(SETTINGS_VARIABLE, str(broken))
    WaitingWatch(LeadSchema(), lambda: 0.0).look()
    assert "who waits is not told for now" in caplog.text


def test_store_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv(STORE_VARIABLE, "postgresql://nobody@127.0.0.1:1/none")
    WaitingWatch(LeadSchema(), lambda: 0.0).look()
    assert "who waits is not told for now" in caplog.text

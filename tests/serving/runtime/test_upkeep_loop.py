"""A disk that fills up and a webhook whose messages break a rule are told once, for as long as they are so, and stand where an operator looks."""

from __future__ import annotations

import logging
from collections import namedtuple
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.records.clock import DAY
from features.settings.schema import LeadSchema
from serving.champion.cache import ModelCache, Noted, Upkeep
from serving.pages.trouble import troubles
from serving.runtime import upkeep_loop
from serving.runtime.upkeep_loop import EVERY, UpkeepWatch
from serving.settings.settings import STORE_VARIABLE
from serving.store.engine import StoreError
from serving.store.leftovers import TRAPPED, keep_leftovers
from serving.store.notices import NewNotice
from serving.store.store import Store
from serving.store.tombstones import ErasedPeople

UTC_ZONE = ZoneInfo("UTC")
START = 1_767_571_200.0
Usage = namedtuple("Usage", "total used free")


class Looking:
    """A watch whose time and disk the test sets."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.free, self.told = START, 40, list[NewNotice]()
        monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100, 100 - self.free, self.free))
        self.copies, self.folder = ModelCache(folder / "champions"), folder
        self.watch = self.started()

    def started(self) -> UpkeepWatch:
        return UpkeepWatch(self.copies, self.folder, lambda: self.now, self.told.extend)

    def look(self) -> list[str]:
        """Look after ten minutes, and return what is told then."""
        before = len(self.told)
        self.watch.look()
        self.now += EVERY
        return [notice.kind for notice in self.told[before:]]


@pytest.fixture
def looking(tmp_path: Path, url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> Looking:  # noqa: ARG001 - it is there
    monkeypatch.setenv(STORE_VARIABLE, url)
    return Looking(tmp_path, monkeypatch)


def break_rule(store: Store, at: float, *whys: str, webhook: str = "crm") -> None:
    with store.writing(round(at * 1e6)) as transaction:
        people = ErasedPeople(transaction, LeadSchema())
        keep_leftovers(transaction, webhook, [({"id": f"{at} {why}"}, why) for why in whys], people)


def test_disk_under_a_tenth_is_told_once_until_there_is_room_again(looking: Looking) -> None:
    assert looking.look() == []
    looking.free = 10
    assert looking.look() == []
    looking.free = 9
    assert looking.look() == ["disk.low"]
    looking.watch = looking.started()
    assert looking.look() == []
    looking.free = 30
    looking.look()
    looking.free = 5
    assert looking.look() == ["disk.low"]
    assert looking.copies.noted().upkeep == Upkeep(free=0.05)


def test_webhook_that_breaks_a_rule_is_told_once_until_a_day_has_none(looking: Looking, store: Store) -> None:
    break_rule(store, START, "", "")  # for which no rule is
    break_rule(store, START, "the honeypot was filled in", webhook=TRAPPED)
    assert looking.look() == []
    break_rule(store, looking.now, "'budget' must be one of the list", "'id' must be given")
    assert looking.look() == ["webhook.unread"]
    assert looking.told[0].content == {"after": {"webhook": "crm", "messages": 2}}
    assert looking.look() == []
    looking.now += DAY / 1e6
    assert looking.look() == []
    break_rule(store, looking.now, "'budget' must be one of the list")
    assert looking.look() == ["webhook.unread"]


def test_full_disk_that_takes_no_note_is_told_once(looking: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Upkeep) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(looking.copies, "note_upkeep", full)
    looking.free = 0
    for _ in range(2):
        with pytest.raises(OSError, match="no space left"):
            looking.watch.look()
        looking.now += EVERY

    assert [notice.kind for notice in looking.told] == ["disk.low"]


def test_store_that_is_away_hides_no_disk(
    looking: Looking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_: object) -> Store:
        raise StoreError("it is away")

    monkeypatch.setattr(upkeep_loop, "find_store", away)
    looking.free = 1
    with caplog.at_level(logging.WARNING):
        assert looking.look() == ["disk.low"]
    assert "it is away" in caplog.text


def test_both_stand_on_the_overview() -> None:
    upkeep = Upkeep(free=0.004, unread={"hubspot": 1, "salesforce": 1200})
    said = list(troubles(Noted(upkeep=upkeep), UTC_ZONE, 0))

    assert said[0].startswith("0.4 % of the disk is free.")
    assert said[1].startswith("1 message of hubspot of the last day was not understood, and is kept")
    assert said[2].startswith("1,200 messages of salesforce of the last day were not understood, and are kept")
    assert list(troubles(Noted(upkeep=Upkeep(free=0.1)), UTC_ZONE, 0)) == []

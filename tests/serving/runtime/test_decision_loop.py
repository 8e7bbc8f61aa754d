"""A decision that nobody was told of, as its command was killed, is told by the watch; one that was told is not told again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.records.clock import to_microseconds
from models.registry import RegistryError
from models.registry.champions import Cause, ChampionChange
from serving.outbox.decisions import decisions_of
from serving.runtime.decision_loop import EVERY, DecisionWatch
from serving.settings.settings import STORE_VARIABLE
from serving.store.announcing import Announcer
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.engine import StoreError
from serving.store.notices import NewNotice, wanted_notices
from serving.store.store import Store, open_store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = to_microseconds(AT)


class Registry:
    """A registry in which a version was promoted, or that is away."""

    def __init__(self) -> None:
        self.asked, self.away = 0, False

    def tags(self) -> dict[str, dict[str, str]]:
        self.asked += 1
        if self.away:
            raise RegistryError("it is away")
        return {"8": dict([ChampionChange(2, "8", "7", Cause("promoted", AT, "Ann", "")).tag])}

    def version(self, _: str) -> Any:
        return type("Version", (), {"tags": {}})


class Watched:
    def __init__(self, store: Store, url: str, folder: Path) -> None:
        self.now, self.registry, self.store = NOW / 1e6, Registry(), store
        self.announce = Announcer(lambda: open_store(url), lambda: self.now, folder / "untold")
        self.watch = DecisionWatch(self.registry, lambda: self.now, self.announce)  # type: ignore[arg-type]

    def look(self) -> list[str]:
        """Look a minute later, and return what was ever told."""
        self.watch.look()
        self.now += EVERY
        return [notice.kind for notice in self.store.ask(recent, 9)]

    def want(self, *kinds: Any) -> None:
        with self.store.writing(NOW - 1_000_000) as transaction:
            register(transaction, {"ops": frozenset(kinds)}, 0.05)


@pytest.fixture
def watched(url: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setenv(STORE_VARIABLE, url)
    return Watched(store, url, tmp_path)


def test_decision_whose_command_was_killed_is_told_once(watched: Watched) -> None:
    watched.want("version.promoted")

    assert watched.look() == ["version.promoted"]
    assert watched.look() == ["version.promoted"]


def test_decision_that_its_command_told_is_not_told_again(watched: Watched) -> None:
    watched.want("version.promoted")
    (one,) = decisions_of(watched.registry, watched.store.ask(wanted_notices), NOW)  # type: ignore[arg-type]
    notice = one.notice()
    assert notice is not None
    watched.announce([notice])

    assert watched.look() == ["version.promoted"]


def test_where_nobody_wants_to_hear_of_decisions_the_registry_is_not_asked(watched: Watched) -> None:
    watched.want("lead.moved")

    assert watched.look() == []
    assert watched.registry.asked == 0


def test_registry_that_is_away_is_asked_again(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.want("version.promoted")
    watched.registry.away = True
    assert watched.look() == []
    assert "looked at later: it is away" in caplog.text

    watched.registry.away = False
    assert watched.look() == ["version.promoted"]


def test_what_is_kept_because_the_store_was_away_is_written(watched: Watched) -> None:
    watched.want("refresh.failed")
    failed = NewNotice("refresh.failed", {"after": {"why": "no store"}})

    def away() -> Store:
        raise StoreError("it is away")

    Announcer(away, lambda: 7.0, watched.announce.folder)([failed])

    assert watched.look() == ["refresh.failed"]

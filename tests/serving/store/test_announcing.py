"""What is decided outside of the store is written into its outbox, if it can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.store.announcing import Announcer, nobody
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.engine import StoreError
from serving.store.notices import NewNotice
from serving.store.store import Store, open_store

FAILED = NewNotice("refresh.failed", {"after": {"why": "full disk"}})


def away() -> Store:
    raise StoreError("it is away")


def want(store: Store) -> None:
    with store.writing(0) as transaction:
        register(transaction, {"ops": frozenset({"refresh.failed"})}, 0.05)


def test_notice_is_written_where_somebody_wants_it(store: Store, url: str, tmp_path: Path) -> None:
    announce = Announcer(lambda: open_store(url), lambda: 7.0, tmp_path / "untold")
    announce([FAILED])
    want(store)
    announce([FAILED, NewNotice("test", {})])

    (notice,) = store.ask(recent, 9)
    assert (notice.kind, notice.content) == ("refresh.failed", FAILED.content)
    assert not (tmp_path / "untold").exists()


def test_store_that_is_away_is_told_when_it_is_back_once(
    store: Store, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    want(store)
    gone = Announcer(away, lambda: 7.0, tmp_path / "untold")
    gone([FAILED, FAILED])
    gone([])
    assert caplog.text.count("it is told later (refresh.failed), as the store cannot be reached: it is away") == 1
    (file,) = (tmp_path / "untold").iterdir()
    left = file.read_bytes()

    back = Announcer(lambda: open_store(url), lambda: 8.0, tmp_path / "untold")
    back([])
    file.write_bytes(left)  # as after a kill between the store's commit and the end of the file
    back([])

    assert [notice.content for notice in store.ask(recent, 9)] == [FAILED.content] * 2
    assert list((tmp_path / "untold").iterdir()) == []


def test_damaged_file_holds_up_no_other(
    store: Store, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    want(store)
    folder = tmp_path / "untold"
    Announcer(away, lambda: 7.0, folder)([FAILED])
    (folder / "0.json").write_text('[{"kind": 7')
    (folder / "1.json").write_text('[{"kind": "of a later version", "content": {}}]')

    Announcer(lambda: open_store(url), lambda: 8.0, folder)([])

    assert len(store.ask(recent, 9)) == 1
    assert sorted(file.name for file in folder.iterdir()) == ["0.damaged"]
    assert "is damaged and called .damaged now" in caplog.text


def test_file_of_another_user_holds_up_no_other_and_stays(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    want(store)
    folder = tmp_path / "untold"
    Announcer(away, lambda: 7.0, folder)([FAILED])
    (file,) = folder.iterdir()
    left = file.read_bytes()

    def refuse(self: Path) -> bytes:
        raise PermissionError(f"{self.name} is another's")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        Announcer(lambda: open_store(url), lambda: 8.0, folder)([FAILED])

    assert "cannot be read" in caplog.text
    assert len(store.ask(recent, 9)) == 1
    assert file.read_bytes() == left


def test_disk_that_is_full_too_is_said_and_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "untold").write_text("no folder")

    Announcer(away, lambda: 7.0, tmp_path / "untold")([FAILED])

    assert "nobody is told (refresh.failed), as neither store nor disk takes it" in caplog.text
    nobody([FAILED])

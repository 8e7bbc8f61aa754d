"""A backup is whole or is none: taken under load, held against its hashes, restored elsewhere, and its scores are the same again."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.records.clock import to_microseconds
from models.registry import Registry, Run
from serving.champion.champion import Champion
from serving.champion.finding import from_registry
from serving.intake.calls import Call, carry_out
from serving.intake.commands import StoreLeads
from serving.runtime import backup
from serving.runtime.backup import MANIFEST, STORE_FILE, BackupError, back_up, hash_of
from serving.runtime.restore import read_manifest, restore
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import STORE_VARIABLE, Settings, load_settings
from serving.store.keys import create_key
from serving.store.letters import find_letter_link, make_letter_link
from serving.store.records import NewLead
from serving.store.sessions import begin_session, ended_since, open_sessions
from serving.store.store import Store, open_store
from serving.store.tables import LEADS, SCORES

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SETTINGS = '[fields.source]\nrole = "channel"\n'


@dataclass
class Place:
    """An installation with a registered champion, and a store in one of the databases."""

    file: Path
    champion: Champion

    @property
    def settings(self) -> Settings:
        return load_settings(self.file)

    def open(self) -> Store:
        return open_store(self.settings.store_url, self.settings.folder)

    def tell(self, store: Store, *ids: str) -> None:
        """Store leads with their scores, as a call does."""
        leads = [NewLead(one, {"source": "fair"}) for one in ids]
        told = Call(StoreLeads(leads, True, self.champion.intake))
        with store.writing(to_microseconds(NOW)) as transaction:
            carry_out(lambda: self.champion)(transaction, [told])


@pytest.fixture
def place(champion: Champion, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    folder = tmp_path / "here"
    folder.mkdir()
    file = folder / "glengarry.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    if not url.startswith("sqlite"):
        monkeypatch.setenv(STORE_VARIABLE, url)
    settings = load_settings(file)
    Registry(settings.registry, settings.var).log(Run("a training"), champion.model, beside=champion.beside)
    for secret in (EXPLORATION, SESSIONS):
        secret.find({}, settings.var)
    made = Place(file, replace(from_registry(settings), secret=EXPLORATION.find({}, settings.var)))
    store = made.open()
    made.tell(store, "A", "B", "C")
    store.close()
    return made


def forget_store(place: Place) -> None:
    """Lose the store, as with its machine."""
    store = place.open()
    schema = store.ask(lambda connection: connection.execute(sa.select(sa.func.current_schema())).scalar_one())
    with store.engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
        connection.execute(sa.schema.CreateSchema(schema))
    store.close()


def test_backup_is_restored_elsewhere_and_scores_are_the_same_to_the_bit(place: Place, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy", tmp_path / "elsewhere" / "glengarry.toml"
    made = back_up(place.settings, place.file, copy, NOW, {})
    if made.database == "postgresql":
        forget_store(place)

    manifest, restored, replays = restore(copy, elsewhere, {})

    assert manifest == made == read_manifest(copy)
    assert manifest.database == ("postgresql" if manifest.schema_name else "sqlite")
    assert [(one.lead_id, one.difference, one.reworded) for one in replays] == [
        ("C", None, False),
        ("B", None, False),
        ("A", None, False),
    ]
    assert elsewhere.read_text(encoding="utf-8") == SETTINGS
    for secret in (EXPLORATION, SESSIONS):
        assert secret.find({}, restored.var) == secret.find({}, place.settings.var)
    assert from_registry(restored).to_texts() == from_registry(place.settings).to_texts()
    with pytest.raises(BackupError, match="must be restored where nothing is"):
        restore(copy, elsewhere, {})


def test_who_was_logged_in_when_a_backup_was_made_is_not_after_a_restore(here: Place, tmp_path: Path) -> None:
    far, now = to_microseconds(datetime(2999, 1, 1, tzinfo=UTC)), to_microseconds(NOW)
    with closing(here.open()) as store:
        key_id = create_key(store, "ann", "admin", now).split("_")[1]
        with store.writing(now) as transaction:
            begin_session(transaction, "session 1", key_id, far)
            make_letter_link(transaction, "token", "A", key_id, far)
    back_up(here.settings, here.file, tmp_path / "copy", NOW, {})

    _, restored, _ = restore(tmp_path / "copy", tmp_path / "elsewhere" / "glengarry.toml", {})

    with closing(open_store(restored.store_url, restored.folder)) as store:
        assert store.ask(open_sessions, now) == []
        assert store.ask(ended_since, now) == {"session 1"}
        assert store.ask(find_letter_link, "token", now) is None


def test_backup_under_load_holds_whole_calls_and_no_half_ones(place: Place, tmp_path: Path) -> None:
    stop, store = threading.Event(), place.open()

    def write() -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            place.tell(store, f"L{number}-1", f"L{number}-2")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        copies = [tmp_path / f"copy-{number}" for number in range(3)]
        made = [back_up(place.settings, place.file, copy, NOW, {}) for copy in copies]
    finally:
        stop.set()
        writing.join()
        store.close()
    if made[-1].database == "postgresql":
        forget_store(place)

    _, restored, replays = restore(copies[-1], tmp_path / "elsewhere" / "glengarry.toml", {})

    assert replays
    assert {one.difference for one in replays} == {None}
    there = open_store(restored.store_url, restored.folder)
    with there.reading() as connection:
        ids = set(connection.execute(sa.select(LEADS.c.lead_id)).scalars())
        scored = set(connection.execute(sa.select(SCORES.c.lead_id)).scalars())
    there.close()
    assert scored == ids
    assert {one.partition("-")[0] for one in ids if one.endswith("-1")} == {
        one.partition("-")[0] for one in ids if one.endswith("-2")
    }


@pytest.fixture
def here(champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An installation without a registry, whose store is SQLite."""
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    file = tmp_path / "glengarry.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    made = Place(file, champion)
    made.open().close()
    return made


def test_changed_or_missing_or_added_file_is_named_and_nothing_restored(here: Place, tmp_path: Path) -> None:
    copy, target = tmp_path / "copy", tmp_path / "elsewhere" / "glengarry.toml"
    back_up(here.settings, here.file, copy, NOW, {})
    content = bytearray((copy / STORE_FILE).read_bytes())
    content[len(content) // 2] ^= 1

    for change in (
        lambda: (copy / STORE_FILE).write_bytes(content),
        lambda: (copy / STORE_FILE).unlink(),
        lambda: (copy / "more").write_text("more"),
    ):
        change()
        with pytest.raises(BackupError, match=r"as it was written, got another .*(store\.db|more)"):
            restore(copy, target, {})
    assert not target.exists()
    with pytest.raises(BackupError, match=f"got none with a {MANIFEST}"):
        restore(tmp_path, target, {})


def test_backup_that_is_stopped_leaves_nothing_that_looks_like_one(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: Path) -> None:
        raise KeyboardInterrupt

    before = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr(backup, "sync_tree", stopped)
        with pytest.raises(KeyboardInterrupt):
            back_up(here.settings, here.file, tmp_path / "copy", NOW, {})
    assert sorted(tmp_path.iterdir()) == before

    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "something").touch()
    with pytest.raises(BackupError, match="folder of its own"):
        back_up(here.settings, here.file, tmp_path / "taken", NOW, {})


def test_what_a_killed_backup_left_goes_with_the_next_one(here: Place, tmp_path: Path) -> None:
    left = tmp_path / "glengarry-passing-x"
    left.mkdir()
    (left / STORE_FILE).write_text("mail@example.com")
    os.utime(left, (0, 0))

    back_up(here.settings, here.file, tmp_path / "copy", NOW, {})

    assert not list(tmp_path.glob("*passing*"))


def test_damaged_store_is_not_taken_for_a_backup(here: Place, tmp_path: Path) -> None:
    file = here.settings.var / STORE_FILE
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[size : 2 * size] = b"\xff" * size
    file.write_bytes(content)

    with pytest.raises(BackupError, match="must be"):
        back_up(here.settings, here.file, tmp_path / "copy", NOW, {})
    assert not (tmp_path / "copy").exists()


def test_what_lies_elsewhere_is_said(here: Place, tmp_path: Path) -> None:
    made = back_up(here.settings, here.file, tmp_path / "copy", NOW, {EXPLORATION.variable: "secret"})

    assert made.left_out == (f"the secret in the environment variable {EXPLORATION.variable}",)
    assert made.files == json.loads((tmp_path / "copy" / MANIFEST).read_text())["files"]
    assert made.files[STORE_FILE] == hash_of(tmp_path / "copy" / STORE_FILE)
    assert "secret" not in (tmp_path / "copy" / MANIFEST).read_text().replace(EXPLORATION.variable, "").replace(
        "the secret in", ""
    )


def test_missing_program_of_postgresql_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backup, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupError, match="pg_dump must be on this machine, got none: install"):
        backup.program("pg_dump")


def test_what_a_crash_left_of_another_store_is_not_put_into_a_restored_one(here: Place, tmp_path: Path) -> None:
    back_up(here.settings, here.file, tmp_path / "copy", NOW, {})
    target = tmp_path / "elsewhere" / "glengarry.toml"
    var = target.parent / here.settings.var.name
    var.mkdir(parents=True)
    (var / f"{STORE_FILE}-wal").write_bytes(b"of before")

    with pytest.raises(BackupError, match=r"got .*store\.db-wal: stop the service"):
        restore(tmp_path / "copy", target, {})
    assert not (var / STORE_FILE).exists()


def test_secret_of_another_installation_is_not_kept_in_silence(here: Place, tmp_path: Path) -> None:
    SESSIONS.find({}, here.settings.var)
    back_up(here.settings, here.file, tmp_path / "copy", NOW, {})
    target = tmp_path / "elsewhere" / "glengarry.toml"
    SESSIONS.find({}, target.parent / here.settings.var.name)

    with pytest.raises(BackupError, match=SESSIONS.file):
        restore(tmp_path / "copy", target, {})
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["a #1", "what?", "100 %25"])
def test_store_in_a_folder_with_signs_of_an_address_is_copied(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with closing(sqlite3.connect(tmp_path / name / "s.db")) as connection:
        connection.execute("CREATE TABLE leads (lead_id TEXT)")

    backup.copy_sqlite(tmp_path / name / "s.db", tmp_path / "copy.db")

    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("leads",)]


def test_programs_of_postgresql_go_where_the_store_is_and_as_safely(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(backup, "program", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)
    url = sa.make_url("postgresql+psycopg://u:secret@/db?host=/srv/pg&port=6432&sslmode=verify-full")

    backup.run_program("pg_dump", url, "--format=custom")

    (command,) = asked
    assert command[2] == "--dbname=postgresql://u@/db?host=%2Fsrv%2Fpg&port=6432&sslmode=verify-full"
    assert "secret" not in " ".join(command)

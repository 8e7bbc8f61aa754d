"""The doctor finds each thing that was made wrong, and nothing where nothing is."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from models.registry import Registry, Run
from serving.champion.cache import ModelCache, Refreshed, Refused, Watched
from serving.champion.champion import Champion
from serving.champion.finding import from_registry, put
from serving.runtime.doctor import Complaint, examine
from serving.settings.crm import CrmSettings
from serving.settings.messages import MessageSettings
from serving.settings.outbox import OutboxSettings, OutboxTarget
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import STORE_VARIABLE, Settings, load_settings
from serving.store.crm_health import TROUBLE
from serving.store.crm_records import CrmPosition, keep_crm_position
from serving.store.deliveries import register
from serving.store.store import open_store
from serving.store.tables import DELIVERIES


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def settings(champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A sound installation."""
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    file = tmp_path / "glengarry.toml"
    file.write_text("", encoding="utf-8")
    loaded = load_settings(file)
    loaded = Settings(
        **{name: getattr(champion.intake, name) for name in type(champion.intake).model_fields}, folder=tmp_path
    )
    Registry(loaded.registry, loaded.var).log(Run("a training"), champion.model, beside=champion.beside)
    for secret in (EXPLORATION, SESSIONS):
        secret.find({}, loaded.var)
    put(from_registry(loaded), ModelCache(loaded.copies))
    open_store(loaded.store_url, loaded.folder).close()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 50, 50))
    return loaded


def found(settings: Settings, now: float | None = None) -> list[Complaint]:
    return list(examine(settings, os.environ, time.time() if now is None else now))


def test_nothing_is_found_where_nothing_is_wrong_and_each_wrong_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(settings) == []

    def changed(part: str) -> None:
        (file,) = settings.var.glob(part)
        file.write_text(file.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")

    def sql(statement: str) -> None:
        engine = sa.create_engine(settings.store_url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()

    cache = ModelCache(settings.copies)
    wrongs: list[tuple[str, Callable[[], object]]] = [
        (
            "watch: version 9 was refused: broken",
            lambda: cache.note(Watched(refused=Refused(version="9", why="broken"))),
        ),
        (
            "refresh: the last one failed: gone",
            lambda: cache.note_refresh(Refreshed(tried_at=1, done_at=1, trouble="gone")),
        ),
        ("rights: ", lambda: (settings.var / SESSIONS.file).chmod(0o644)),
        ("clock: the latest record is of", lambda: sql("UPDATE clock SET latest = latest + 9000000000000000")),
        ("copies: ", lambda: changed("champions/*/trees.txt")),
        (
            "model: the champion cannot be loaded",
            lambda: changed("mlflow-artifacts/models/*/artifacts/artifacts/trees.txt"),
        ),
        ("disk: 5% of the disk", lambda: monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 95, 5))),
        ("store: its schema is version 9999", lambda: sql("UPDATE alembic_version SET version_num = '9999'")),
    ]
    for beginning, make in wrongs:
        before = {one.what for one in found(settings)}
        make()
        news = [f"{one.about}: {one.what}" for one in found(settings) if one.what not in before]
        assert [one.startswith(beginning) for one in news] == [True], (beginning, news)
    assert all(one.remedy for one in found(settings))


def test_receiver_that_is_told_nothing_is_found(settings: Settings) -> None:
    target = OutboxTarget(name="crm", url="https://hooks.example.com/", secret="NO_SUCH_HOOK")
    settings = settings.model_copy(update={"outbox": OutboxSettings(targets=(target,))})
    store = open_store(settings.store_url, settings.folder)
    with store.writing(0) as transaction:
        register(transaction, {"crm": frozenset(), "chat": frozenset(), "fine": frozenset()}, 0.05)
        for name, fields in (("crm", {"off_at": 1}), ("chat", {"failing_since": 0})):
            told = sa.update(DELIVERIES).where(DELIVERIES.c.name == name).values(trouble="it answered 500", **fields)
            transaction.connection.execute(told)
    store.close()

    assert [one.what for one in found(settings) if one.about == "outbox"] == [
        "crm cannot be told anything.",
        "chat has taken nothing since 1970-01-01 00:00 UTC: it answered 500",
        "crm is switched off: it answered 500",
    ]


def test_crm_that_fails_is_found_while_it_is_on(settings: Settings) -> None:
    crm = CrmSettings(name="hubspot", vendor="hubspot", state="on", token_variable="NO_SUCH_TOKEN")
    person = MessageSettings(name="ops", role="operator", url_variable="NO_SUCH_URL")
    outbox = OutboxSettings(messages=(person,))
    store = open_store(settings.store_url, settings.folder)
    with store.writing(0) as transaction:
        for name in ("hubspot", "gone"):
            keep_crm_position(transaction, name, TROUBLE, CrmPosition(0, "it answered 503"))
    store.close()

    said = [one.what for one in found(settings.model_copy(update={"crm": (crm,), "outbox": outbox}))]
    assert "hubspot has no token here: NO_SUCH_TOKEN is not set." in said
    assert [what.rpartition(": ")[2] for what in said if what.startswith("hubspot fails since")] == ["it answered 503"]
    assert "ops cannot be sent anything: there is no address." in said
    assert not [what for what in said if "gone" in what]
    off = crm.model_copy(update={"state": "testing"})
    assert not [one for one in found(settings.model_copy(update={"crm": (off,)})) if one.about == "crm"]

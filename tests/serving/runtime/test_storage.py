"""A worker finds the store where the environment or the settings say."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from serving.runtime.storage import find_store, provide_session_secret
from serving.settings.secret import SESSIONS
from serving.settings.settings import SETTINGS_VARIABLE, STORE_VARIABLE, load_settings
from serving.store.engine import StoreAddressError
from serving.store.store import Store


def test_store_is_found_by_the_settings_or_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "glengarry.toml").write_text('[store]\nurl = "sqlite:///mine.db"\n', encoding="utf-8")

    find_store({SETTINGS_VARIABLE: str(tmp_path / "glengarry.toml")}).close()
    find_store({STORE_VARIABLE: f"sqlite:///{tmp_path / 'other.db'}"}).close()

    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["mine.db", "other.db"]


def test_the_service_and_commands_find_the_same_store_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "glengarry.toml"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv(STORE_VARIABLE, "sqlite:///other.db")
    settings = load_settings(file)

    with (
        closing(find_store({**os.environ, SETTINGS_VARIABLE: str(file)})) as served,
        closing(Store(settings.store_url, settings.folder)) as ours,
    ):
        assert served.engine.url == ours.engine.url
    assert (tmp_path / "other.db").exists()


def test_bento_must_be_told_where_its_store_is(tmp_path: Path) -> None:
    with pytest.raises(StoreAddressError, match="got no GLENGARRY_STORE"):
        find_store({}, bundled=tmp_path)


def test_sessions_outlast_a_restart_where_there_are_settings(tmp_path: Path) -> None:
    (tmp_path / "glengarry.toml").write_text("", encoding="utf-8")
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    bento: dict[str, str] = {}
    other: dict[str, str] = {}
    for environment in (first, second):
        environment[SETTINGS_VARIABLE] = str(tmp_path / "glengarry.toml")
        provide_session_secret(environment)
    for environment in (bento, other):
        provide_session_secret(environment)

    assert first[SESSIONS.variable] == second[SESSIONS.variable]
    assert len({environment[SESSIONS.variable] for environment in (first, bento, other)}) == 3
    given = {SESSIONS.variable: "given"}
    provide_session_secret(given)
    assert given[SESSIONS.variable] == "given"
    blank = {SESSIONS.variable: ""}
    provide_session_secret(blank)
    assert len(blank[SESSIONS.variable]) == 64

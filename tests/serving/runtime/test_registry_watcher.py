"""The watch puts a new champion among the copies, refuses a broken one, and lives through a registry that is gone."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from bench.harness.processes import environment
from models.registry import NoModelError, RegistryError, RegistrySettings
from serving.champion.cache import ModelCache, Refused
from serving.champion.champion import Champion
from serving.champion.finding import (
    COPIES_VARIABLE,
    BrokenChampionError,
    checked,
    find_champion,
    from_copies,
    provide_champion,
    put,
)
from serving.runtime.registry_watcher import Watch, spared
from serving.settings.settings import SETTINGS_VARIABLE, Settings

NAME = RegistrySettings().model


class PretendedRegistry:
    """A registry whose champion, or whose trouble, the test sets."""

    def __init__(self, champion: Champion) -> None:
        self.made = champion
        self.champion: str | Exception = "1"
        self.broken: Mapping[str, Exception] = {}
        self.loads: list[str] = []

    def version_of(self) -> str:
        if isinstance(self.champion, Exception):
            raise self.champion
        return self.champion

    def load(self, _: Settings) -> Champion:
        version = self.version_of()
        self.loads.append(version)
        deployment = self.made.deployment.model_copy(update={"name": NAME, "version": version})
        trouble = self.broken.get(version)
        if trouble is not None:
            raise trouble
        return dataclasses.replace(self.made, deployment=deployment)


@pytest.fixture
def registry(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> PretendedRegistry:
    registry = PretendedRegistry(champion)
    monkeypatch.setattr("serving.runtime.registry_watcher.from_registry", registry.load)
    monkeypatch.setattr("serving.champion.finding.from_registry", registry.load)
    return registry


@pytest.fixture
def watching(registry: PretendedRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(Settings(folder=tmp_path), lambda: 1_000.0)
    monkeypatch.setattr(watch, "registry", registry)
    return watch


def serving(watch: Watch) -> str:
    kept = watch.copies.serving()
    assert kept is not None
    return kept.version


def test_new_champion_is_put_on_the_copies_once(watching: Watch, registry: PretendedRegistry) -> None:
    for version in ("1", "1", "2", "2", "1"):
        registry.champion = version
        watching.look()
        assert serving(watching) == version

    assert registry.loads == ["1", "2", "1"]
    assert watching.copies.watched().asked_at == 1_000.0


@pytest.mark.parametrize(
    "trouble", [ValueError("other features"), TypeError("no such thing"), BrokenChampionError("x")]
)
def test_broken_version_is_refused_once_and_loudly(
    watching: Watch, registry: PretendedRegistry, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    watching.look()
    registry.champion, registry.broken = "2", {"2": trouble}

    for _ in range(3):
        watching.look()

    refused = watching.copies.watched().refused
    assert serving(watching) == "1"
    assert refused is not None
    assert (refused.version, refused.why) == ("2", str(trouble))
    assert registry.loads == ["1", "2"]
    assert "version 2 is refused, and the one before goes on serving" in caplog.text

    registry.champion = "3"
    watching.look()
    assert serving(watching) == "3"
    assert watching.copies.watched().refused is None


def test_what_cannot_be_looked_after_now_keeps_the_watch_from_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def work(error: Exception) -> None:
        raise error

    for error in (OSError("the disk is full"), ValueError("half a file"), KeyError("a defect")):
        spared(partial(work, error))

    assert "the watch looks again in 10 seconds, because: the disk is full" in caplog.text
    assert "defect in what the watch looks after" in caplog.text


class Killed(BaseException):
    """The watch ends in the middle of a load, as by a signal or a lack of memory."""


def killed(*_: object) -> Champion:
    raise Killed


def test_version_over_which_the_watch_ends_again_and_again_is_refused_at_last(
    watching: Watch, registry: PretendedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching.look()
    registry.champion = "2"
    monkeypatch.setattr("serving.runtime.registry_watcher.from_registry", killed)

    refusals = []
    for _ in range(4):
        again = Watch(watching.settings, lambda: 2_000.0)
        monkeypatch.setattr(again, "registry", registry)
        with suppress(Killed):
            again.look()
        refusals.append(again.copies.watched().refused)

    assert serving(watching) == "1"
    assert refusals[:2] == [None, None]
    assert refusals[2] == refusals[3] == Refused(version="2", why="the process ended 2 times while it was loaded")


def test_sound_version_serves_although_the_watch_was_once_killed_over_it(
    watching: Watch, registry: PretendedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching.look()
    registry.champion = "2"
    monkeypatch.setattr("serving.runtime.registry_watcher.from_registry", killed)
    with pytest.raises(Killed):
        watching.look()
    monkeypatch.setattr("serving.runtime.registry_watcher.from_registry", registry.load)

    again = Watch(watching.settings, lambda: 2_000.0)
    monkeypatch.setattr(again, "registry", registry)
    again.look()

    assert serving(again) == "2"
    assert (again.copies.watched().refused, again.copies.watched().tries) == (None, 0)


@pytest.mark.parametrize("trouble", [RegistryError("no answer"), NoModelError("no alias")])
def test_with_the_registry_gone_the_last_one_stays(
    watching: Watch, registry: PretendedRegistry, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    watching.look()
    registry.champion = trouble

    for _ in range(3):
        watching.look()

    assert serving(watching) == "1"
    assert watching.copies.watched().trouble == str(trouble)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1

    registry.champion = "1"
    watching.look()
    assert watching.copies.watched().trouble == ""


def start(folder: Path) -> tuple[Champion, dict[str, str]]:
    file = folder / "glengarry.toml"
    file.write_text('[fields.source]\nrole = "channel"\n', encoding="utf-8")
    variables = {SETTINGS_VARIABLE: str(file)}
    return provide_champion(variables, bundled=folder / "none"), variables


def test_start_puts_the_registrys_champion_on_the_copies(registry: PretendedRegistry, tmp_path: Path) -> None:
    champion, variables = start(tmp_path)

    assert champion.deployment.version == "1"
    assert variables[COPIES_VARIABLE] == str(tmp_path / "var" / "champions")
    assert find_champion(variables).deployment == champion.deployment
    assert registry.loads == ["1"]


@pytest.mark.parametrize("trouble", [RegistryError("no answer"), NoModelError("no alias"), ValueError("no trees")])
def test_start_without_registry_takes_the_last_good_one(
    registry: PretendedRegistry, tmp_path: Path, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    start(tmp_path)
    registry.champion = trouble

    champion, variables = start(tmp_path)

    assert champion.deployment.version == find_champion(variables).deployment.version == "1"
    assert f"version 1 serves, the last good one, because: {trouble}" in caplog.text


def test_start_without_registry_and_without_a_copy_says_why(registry: PretendedRegistry, tmp_path: Path) -> None:
    registry.champion = RegistryError("no answer")

    with pytest.raises(RegistryError, match="no answer"):
        start(tmp_path)


def test_copy_of_another_model_does_not_serve(registry: PretendedRegistry, champion: Champion, tmp_path: Path) -> None:
    put(champion, ModelCache(tmp_path / "var" / "champions"))
    registry.champion = RegistryError("no answer")

    with pytest.raises(RegistryError, match="no answer"):
        start(tmp_path)


@pytest.mark.parametrize("file", ["trees.txt", "deployment.json", "books.json"])
def test_damaged_copy_is_made_anew_from_the_registry(
    registry: PretendedRegistry, tmp_path: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole, variables = start(tmp_path)
    copies = ModelCache(Path(variables[COPIES_VARIABLE]))
    (damaged,) = copies.places()
    (damaged / file).write_bytes((damaged / file).read_bytes()[:-100])

    champion = find_champion(variables)

    assert champion.to_texts() == whole.to_texts() == from_copies(copies).to_texts()
    assert "the copy of the champion is made anew" in caplog.text
    assert registry.loads == ["1", "1"]


def test_damaged_copy_and_no_registry_lets_the_copy_before_serve(registry: PretendedRegistry, tmp_path: Path) -> None:
    start(tmp_path)
    registry.champion = "2"
    _, variables = start(tmp_path)
    copies = ModelCache(Path(variables[COPIES_VARIABLE]))
    serving = copies.serving()
    assert serving is not None
    (copies.place(serving) / "trees.txt").write_bytes(b"")
    registry.champion = RegistryError("no answer")

    assert find_champion(variables).deployment.version == "1"


def test_champion_that_cannot_score_is_broken(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(champion) is champion
    monkeypatch.setattr(Champion, "_scores", lambda *_: iter(()))

    with pytest.raises(BrokenChampionError, match="Version 7 must score a lead of which nothing is known"):
        checked(champion)


def test_watch_ends_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    (tmp_path / "glengarry.toml").write_text('[fields.source]\nrole = "channel"\n', encoding="utf-8")
    nobody = 2**22 + 1
    command = [sys.executable, "-m", "serving.runtime.registry_watcher", "glengarry.toml", str(nobody)]

    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), timeout=60, check=False)

    assert done.returncode == 0

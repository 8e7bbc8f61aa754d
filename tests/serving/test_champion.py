"""A champion is the same wherever it is kept, and it is found where it should be looked for."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.champion import (
    DEPLOYMENT,
    FOLDER_VARIABLE,
    Champion,
    NoChampionError,
    find_champion,
    from_folder,
    keep,
    provide_champion,
)
from serving.settings import SETTINGS_VARIABLE, SettingsError
from tests.serving.processes import environment

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "nowhere"


@pytest.fixture
def kept(champion: Champion, tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    keep(champion, folder)
    return folder


def test_kept_champion_is_the_same(champion: Champion, kept: Path, lead: dict[str, Any]) -> None:
    again = from_folder(kept)

    assert again.deployment == champion.deployment
    assert again.score([lead], NOW) == champion.score([lead], NOW)
    assert {path.name for path in kept.iterdir()} == set(champion.to_texts())


def test_keeping_anew_replaces_what_was_there(champion: Champion, kept: Path) -> None:
    (kept / DEPLOYMENT).write_text("{}", encoding="utf-8")

    keep(champion, kept)

    assert from_folder(kept).deployment == champion.deployment


@pytest.mark.parametrize("change", ["missing", "empty", "other trees"])
def test_folder_without_a_champion_is_named(kept: Path, change: str) -> None:
    match change:
        case "missing":
            (kept / "books.json").unlink()
        case "empty":
            (kept / DEPLOYMENT).write_text("{}", encoding="utf-8")
        case "other trees":
            text = (kept / "trees.txt").read_text(encoding="utf-8")
            (kept / "trees.txt").write_text(
                text.replace("=lead_age ", "=age_of_lead ").replace(" lead_age ", " age_of_lead "), encoding="utf-8"
            )

    with pytest.raises(NoChampionError, match="must hold a champion"):
        from_folder(kept)


def test_folder_that_is_named_comes_first(champion: Champion, kept: Path, tmp_path: Path) -> None:
    environment = {FOLDER_VARIABLE: str(kept), SETTINGS_VARIABLE: "no such file"}

    assert find_champion(environment, bundled=tmp_path).deployment == champion.deployment


def test_champion_in_a_bento_needs_no_settings(champion: Champion, kept: Path) -> None:
    environment: dict[str, str] = {}

    assert provide_champion(environment, bundled=kept).deployment == champion.deployment
    assert environment == {}


def test_without_either_the_settings_are_asked_for(nowhere: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no settings file .*nowhere"):
        provide_champion({SETTINGS_VARIABLE: str(nowhere)}, bundled=nowhere)


def test_worker_that_finds_a_folder_loads_no_more_than_lightgbm(kept: Path) -> None:
    code = "import os, sys; from serving.champion import find_champion; find_champion(os.environ); print(*sys.modules)"
    variables = environment(kept) | {FOLDER_VARIABLE: str(kept)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)

    assert {"lightgbm", "mlflow", "sklearn"} & set(done.stdout.split()) == {"lightgbm"}

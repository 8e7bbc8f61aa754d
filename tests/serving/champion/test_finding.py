"""A champion is the same wherever it is kept, and it is found where it should be looked for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.harness.processes import environment
from features.matrix.matrix import Matrix
from models.close.model import CloseModel, Explained
from serving.champion.champion import DEPLOYMENT, DIGEST, Champion
from serving.champion.finding import (
    FOLDER_VARIABLE,
    BrokenChampionError,
    NoChampionError,
    checked,
    find_champion,
    from_folder,
    keep,
    provide_champion,
)
from serving.settings.settings import SETTINGS_VARIABLE, SettingsError

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


def test_folder_with_a_changed_leaf_or_limit_is_no_champion(champion: Champion, kept: Path) -> None:
    for file, text in champion.to_texts().items():
        digits = [place for place, letter in enumerate(text) if letter.isdigit()]
        place = digits[len(digits) // 2]
        other = "1" if text[place] != "1" else "2"
        (kept / file).write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")

        with pytest.raises(NoChampionError, match="must have the digest"):
            from_folder(kept)
        (kept / file).write_text(text, encoding="utf-8")

    assert from_folder(kept).to_texts() == champion.to_texts()


def test_folder_of_an_earlier_version_without_a_digest_is_a_champion(champion: Champion, kept: Path) -> None:
    (kept / DIGEST).unlink()

    assert from_folder(kept).to_texts() == champion.to_texts()


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
    code = "import os, sys; from serving.champion.finding import find_champion; find_champion(os.environ); print(*sys.modules)"
    variables = environment(kept) | {FOLDER_VARIABLE: str(kept)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)

    assert {"lightgbm", "mlflow", "sklearn"} & set(done.stdout.split()) == {"lightgbm"}


def off_by(monkeypatch: pytest.MonkeyPatch, error: float) -> None:
    """Let base value and contributions miss the margin."""
    explain = CloseModel.explain

    def off(model: CloseModel, X: Matrix) -> Explained:
        explained = explain(model, X)
        return replace(explained, base_value=explained.base_value + error)

    monkeypatch.setattr(CloseModel, "explain", off)


@pytest.mark.parametrize("error", [0.0, 0.9e-9, -0.9e-9])
def test_champion_whose_reasons_add_up_serves(
    champion: Champion, monkeypatch: pytest.MonkeyPatch, error: float
) -> None:
    off_by(monkeypatch, error)

    assert checked(champion) is champion


@pytest.mark.parametrize("error", [1.1e-9, -1.1e-9, 0.3, float("nan")])
def test_champion_whose_reasons_do_not_add_up_is_refused(
    champion: Champion, monkeypatch: pytest.MonkeyPatch, error: float
) -> None:
    off_by(monkeypatch, error)

    with pytest.raises(BrokenChampionError, match=r"(?s)Version 7 must score a lead .*: promote another version"):
        checked(champion)

"""A secret is one for all processes, whole, and nobody else's to read."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from serving.settings.secret import SESSIONS


def find(folder: Path) -> str:
    return SESSIONS.find({}, folder)


def test_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "var"

    first, second = find(folder), find(folder)

    assert first == second
    assert len(first) == 64
    assert (folder / SESSIONS.file).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.iterdir()] == [SESSIONS.file]


def test_processes_that_start_together_have_the_same_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        secrets = set(pool.map(find, [tmp_path / str(number // 8) for number in range(80)], chunksize=1))

    assert len(secrets) == 10
    assert all(len(secret) == 64 for secret in secrets)


@pytest.mark.parametrize("content", ["", "\n"])
def test_file_that_was_left_empty_is_no_secret(tmp_path: Path, content: str) -> None:
    (tmp_path / SESSIONS.file).write_text(content, encoding="utf-8")

    assert len(find(tmp_path)) == 64
    assert find(tmp_path) == find(tmp_path)


@pytest.mark.parametrize("value", ["", "  "])
def test_variable_that_is_set_to_nothing_is_no_secret(tmp_path: Path, value: str) -> None:
    assert SESSIONS.find({SESSIONS.variable: value}, tmp_path) == find(tmp_path)
    assert SESSIONS.find({SESSIONS.variable: "given"}, tmp_path) == "given"


def test_secret_that_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("features.settings.folders.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        find(tmp_path)

    assert list(tmp_path.iterdir()) == []

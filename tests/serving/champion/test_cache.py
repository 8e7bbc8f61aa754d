"""What is among the copies is whole, never changes, and outlives what it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.champion.cache import MAX_CHAMPIONS, SERVING, ModelCache, Refused, Watched


def test_what_is_put_there_last_serves(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path / "copies")
    assert copies.serving() is None

    first = copies.put("close", "1", {"a.txt": "one\n"})
    second = copies.put("close", "2", {"a.txt": "two\n"})

    assert copies.serving() == second
    assert (copies.place(first) / "a.txt").read_bytes() == b"one\n"
    assert (copies.place(second) / "a.txt").read_bytes() == b"two\n"
    assert copies.put("close", "1", {"a.txt": "one\n"}) == first == copies.serving()


def test_same_version_with_another_content_is_another_champion(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path)

    first, second = (copies.put("close", "1", {"a.txt": text}) for text in ("one", "two"))

    assert first.folder != second.folder
    assert (copies.place(first) / "a.txt").read_text(encoding="utf-8") == "one"


def test_damaged_champion_that_is_put_there_again_is_whole(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path)
    kept = copies.put("close", "1", {"a.txt": "one", "b.txt": "two"})
    (copies.place(kept) / "a.txt").write_text("0ne", encoding="utf-8")
    (copies.place(kept) / "b.txt").unlink()

    assert copies.put("close", "1", {"a.txt": "one", "b.txt": "two"}) == kept

    assert {path.name: path.read_text(encoding="utf-8") for path in copies.place(kept).iterdir()} == {
        "a.txt": "one",
        "b.txt": "two",
    }
    assert copies.places() == [copies.place(kept)]


def test_old_ones_go_but_never_the_one_that_serves(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path)
    for number in range(MAX_CHAMPIONS + 3):
        copies.put("close", str(number), {"a.txt": str(number)})
    serving = copies.serving()

    folders = [place.name for place in tmp_path.iterdir() if place.is_dir()]
    assert len(folders) == MAX_CHAMPIONS
    assert serving is not None
    assert serving.version == str(MAX_CHAMPIONS + 2)
    assert serving.folder in folders


def test_nothing_half_written_is_left_or_read(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path)
    copies.put("close", "1", {"a.txt": "one"})
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    (tmp_path / SERVING).write_text('{"folder": "1-', encoding="utf-8")

    assert copies.serving() is None


def test_what_the_watch_notes_is_read_back(tmp_path: Path) -> None:
    copies = ModelCache(tmp_path / "new")
    assert copies.watched() == Watched()
    noted = Watched(asked_at=3.5, refused=Refused(version="4", why="it cannot score"))

    copies.note(noted)

    assert copies.watched() == noted


def test_note_that_finds_no_room_leaves_the_one_before_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = ModelCache(tmp_path)
    kept = copies.put("close", "1", {"a.txt": "one"})
    copies.note(Watched(asked_at=1.0))
    files = sorted(tmp_path.iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("features.settings.folders.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        copies.note(Watched(asked_at=2.0))

    assert copies.watched() == Watched(asked_at=1.0)
    assert sorted(tmp_path.iterdir()) == files
    assert copies.put("close", "1", {"a.txt": "one"}) == kept

"""What is needed for a moment goes, whatever becomes of the process that needed it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from features.settings.passing import passing_folder, sweep_passing
from serving.runtime.server import CODE

HOLD = """import sys; from pathlib import Path; from features.settings.passing import passing_folder
with passing_folder(Path(sys.argv[1])) as folder:
    (folder / "leads.csv").write_text("mail@example.com")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_it_is_private_and_gone_after_the_block_even_of_an_error(tmp_path: Path) -> None:
    def fail() -> None:
        with passing_folder(tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "leads.csv").write_text("mail@example.com")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_is_moved_away_stays(tmp_path: Path) -> None:
    with passing_folder(tmp_path) as folder:
        (folder / "store.db").write_text("all")
        folder.rename(tmp_path / "backup")
    assert [file.name for file in tmp_path.rglob("*")] == ["backup", "store.db"]


def test_a_sweep_takes_what_a_killed_process_left_and_nothing_that_is_in_use(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CODE) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().decode().strip())
        with passing_folder(tmp_path) as mine:
            assert sweep_passing(tmp_path) == 0
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert (left / "leads.csv").exists()
            assert sweep_passing(tmp_path) == 1
            assert list(tmp_path.iterdir()) == [mine]


def test_a_sweep_follows_no_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "glengarry-passing-x").symlink_to(kept)
    assert sweep_passing(tmp_path) == 0
    assert kept.is_dir()


def test_it_lies_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with passing_folder() as folder:
        assert folder.parent == tmp_path
        assert sweep_passing() == 0


@pytest.mark.parametrize("error", [errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP])
def test_where_no_folder_can_be_locked_it_is_there_and_no_sweep_takes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: int
) -> None:
    """As on NFS, where only what is open for writing can be locked."""

    def flock(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("fcntl.flock", flock)
    with passing_folder(tmp_path) as folder:
        (folder / "store.db").write_text("all")
        assert sweep_passing(tmp_path) == 0
        assert (folder / "store.db").exists()
    assert list(tmp_path.iterdir()) == []


def test_lock_that_fails_otherwise_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(OSError, match="broken"), passing_folder(tmp_path):
        pass


def test_folder_of_another_machine_is_left_until_it_is_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A lock may hold on one machine alone, so that a folder in use there seems free here."""
    monkeypatch.setattr("features.settings.passing._machine", lambda: "elsewhere")
    with passing_folder(tmp_path) as made:
        theirs = made.rename(tmp_path / "kept")
    theirs = theirs.rename(made)
    monkeypatch.undo()
    os.utime(theirs, (time.time(), time.time() - 47 * 3_600))
    assert sweep_passing(tmp_path) == 0
    os.utime(theirs, (time.time(), time.time() - 49 * 3_600))
    assert sweep_passing(tmp_path) == 1
    assert not theirs.exists()

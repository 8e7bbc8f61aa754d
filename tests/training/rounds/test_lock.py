"""The lock: one process at a time, and none is kept out by a dead one."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

import pytest

from training.rounds.lock import BusyError, only_one

AT = datetime(2026, 10, 1, 6, tzinfo=UTC)
HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from training.rounds.lock import only_one
with only_one(Path(sys.argv[1]), "round", datetime(2026, 10, 1, 6, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(file: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_exclude_each_other_and_a_killed_one_keeps_nobody_out(tmp_path: Path) -> None:
    file = tmp_path / "var" / "retrain.lock"
    with holder(file) as process:
        said = rf"Only one round may run at a time, got another \(process {process.pid}, since 2026-10-01T06:00:00\+00:00\)"
        with pytest.raises(BusyError, match=said), only_one(file, "round", AT):
            pass
        process.kill()
        process.wait()
        with only_one(file, "round", AT):
            assert file.read_text(encoding="utf-8") == f"process {os.getpid()}, since 2026-10-01T06:00:00+00:00"


def test_a_lock_is_let_go_of_when_its_block_fails(tmp_path: Path) -> None:
    file = tmp_path / "retrain.lock"
    with pytest.raises(KeyboardInterrupt), only_one(file, "round", AT):
        raise KeyboardInterrupt
    with only_one(file, "round", AT), pytest.raises(BusyError, match="wait until it ends"), only_one(file, "round", AT):
        pass


def test_who_has_patience_waits_until_the_other_ends(tmp_path: Path) -> None:
    file = tmp_path / "retrain.lock"
    with holder(file) as process:
        assert process.stdin is not None
        Timer(0.3, process.stdin.close).start()
        with only_one(file, "round", AT, patience=60):
            assert process.wait(60) == 0

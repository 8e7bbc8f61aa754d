"""A round that was begun on a page: one at a time, its log and its end in files, whoever else has ended."""

import json
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.harness.processes import SECONDS
from serving.batch.rounds import BegunRound, RoundRunningError, RoundState, begin, command_of, latest_round

ROUND = BegunRound("20260101T000000000000", "promote", "Żaneta", 5, 0, "3", "so much", True)


def state(folder: Path) -> RoundState:
    found = latest_round(folder)
    assert found is not None
    return found


def ended(folder: Path) -> RoundState:
    end = time.monotonic() + SECONDS
    while state(folder).is_running:
        assert time.monotonic() < end
        time.sleep(0.02)
    return state(folder)


def says(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize("code", [0, 3, 1])
def test_what_it_says_and_how_it_ends_is_kept(tmp_path: Path, code: int) -> None:
    assert latest_round(tmp_path / "rounds") is None
    text = "import os, sys; print('gly_0123456789ab_secret', os.environ['GLENGARRY_PROGRESS'], os.environ['X'])"
    begun = begin(
        tmp_path / "rounds", ROUND, says(f"{text}; sys.exit({code})"), {**os.environ, "X": "ж", "PYTHONUTF8": "1"}
    )
    found = ended(tmp_path / "rounds")
    assert begun.process > 0
    assert (found.begun, found.code) == (begun, code)
    assert found.log == "gly_0123456789ab_*** 1 ж\n"


def test_there_is_one_at_a_time_and_one_that_is_killed_keeps_nobody_out(tmp_path: Path) -> None:
    begun = begin(tmp_path, ROUND, says("import time; time.sleep(60)"), dict(os.environ))
    assert state(tmp_path).is_running
    with pytest.raises(RoundRunningError, match="by Żaneta"):
        begin(tmp_path, replace(ROUND, round_id="20260102T000000000000"), says(""), dict(os.environ))
    os.killpg(begun.process, signal.SIGKILL)  # it leads a group of its own, with the command in it
    found = ended(tmp_path)
    assert (found.code, found.is_running) == (None, False)
    begin(tmp_path, replace(ROUND, round_id="20260102T000000000000"), says(""), dict(os.environ))
    assert ended(tmp_path).code == 0


def test_the_files_of_old_rounds_are_let_go_of(tmp_path: Path) -> None:
    for name in range(25):
        old = json.dumps({**asdict(ROUND), "round_id": f"2025{name:02d}", "process": 0})
        (tmp_path / f"2025{name:02d}.json").write_text(old, encoding="utf-8")
        (tmp_path / f"2025{name:02d}.code").write_text("0", encoding="utf-8")
    begin(tmp_path, ROUND, says(""), dict(os.environ))
    ended(tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 20


@pytest.mark.parametrize("text", ["--overrule", "-x", "a=b", "; rm -rf /", "ж\nж", ""])
def test_no_text_is_an_option_of_the_command(text: str) -> None:
    command = command_of("promote", Path("g.toml"), text, "3", text)
    assert command[3] == "promote"
    assert "--overrule" not in [part for part in command if part != text]
    assert [part for part in command if part.startswith(("--by=", "--reason="))] == [f"--by={text}", f"--reason={text}"]
    assert command[-2:] == ["--", "3"]
    assert command_of("retrain", Path("g.toml"), "x")[-1] == "--by=x"


def test_round_of_before_a_restart_is_none_that_runs_whoever_has_its_number_now(tmp_path: Path) -> None:
    old = json.dumps({**asdict(ROUND), "process": os.getpid()})
    (tmp_path / f"{ROUND.round_id}.json").write_text(old, encoding="utf-8")
    (tmp_path / f"{ROUND.round_id}.lock").touch()

    assert not state(tmp_path).is_running

"""Own data: files for their owner alone within limits, one command at a time, nothing of the service in use, and gone when thrown away."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.harness.processes import SECONDS
from features.scaffold.corrections import Corrections
from serving.batch import own_data
from serving.batch.own_data import RUN, OwnData, OwnDataError, of_their_own, safe_name
from serving.batch.rounds import BegunRound, RoundRunningError, begin, latest_round
from tests.features.scaffold.conftest import write_company

ROUND = BegunRound("20260101T000000000000", "draft", "ann", 5, 0)


def ended(folder: Path) -> None:
    end = time.monotonic() + SECONDS
    while (latest := latest_round(folder)) is not None and latest.is_running:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("leads.csv", "leads.csv"),
        ("../../etc/Leads.CSV", "Leads.CSV"),
        ("C:\\exports\\a b.xlsx", "a b.xlsx"),
        (".hidden.zip", "hidden.zip"),
        ("-rf $(x);'.csv.gz", "rf _(x)__.csv.gz"),
        ("Ж.parquet", "Ж.parquet"),
        ("x" * 200 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_a_name_is_one_that_no_system_reads_as_anything_else(given: str, name: str) -> None:
    assert safe_name(given) == name


@pytest.mark.parametrize("given", ["leads.exe", "leads", "", ".csv", "a.duckdb", "x.toml", "a.csv/"])
def test_other_files_are_refused(given: str) -> None:
    if given == "a.csv/":
        assert safe_name(given) == "a.csv"  # a folder's name is a name
        return
    with pytest.raises(OwnDataError, match=r"must end with \.csv"):
        safe_name(given)


def test_files_are_for_their_owner_alone_and_go_when_they_are_thrown_away(tmp_path: Path) -> None:
    own = OwnData(tmp_path / "var" / "own-data")
    assert own.state().files == ()
    own.add([("a.csv", b"1"), ("b.csv", b"22")], 100)
    own.add([("a.csv", b"333")], 100)
    assert [(file.name, file.size) for file in own.files()] == [("a.csv", 3), ("b.csv", 2)]
    for place in (own.folder, own.history):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for file in own.history.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    own.remove("../../x")
    own.remove("b.csv")
    assert [file.name for file in own.files()] == ["a.csv"]
    own.discard()
    assert not own.folder.exists()
    own.discard()  # once more does no harm


def test_so_many_files_of_such_a_size_are_taken_and_not_one_more(tmp_path: Path) -> None:
    own = OwnData(tmp_path)
    own.add([(f"{n}.csv", b"x") for n in range(30)], 10)
    with pytest.raises(OwnDataError, match="at most 30 files, got 31"):
        own.add([("30.csv", b"")], 10)
    own.add([("0.csv", b"x" * 11)], 10)  # 40 bytes with the others
    with pytest.raises(OwnDataError, match="at most 40 bytes, got 41"):
        own.add([("0.csv", b"x" * 12)], 10)
    assert len((own.history / "0.csv").read_bytes()) == 11


def test_while_a_command_runs_nothing_else_is_done(tmp_path: Path) -> None:
    own = OwnData(tmp_path)
    own.add([("a.csv", b"1")], 100)
    begun = begin(own.steps, ROUND, [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    assert own.state().is_running
    acts: tuple[Callable[[], object], ...] = (
        lambda: own.add([("b.csv", b"1")], 100),
        lambda: own.remove("a.csv"),
        own.discard,
        lambda: own.begin_draft(ROUND, {}),
        lambda: own.begin_training(ROUND, {}),
        lambda: own.begin_serving(ROUND, {}, "127.0.0.1", 1),
    )
    for act in acts:
        with pytest.raises(RoundRunningError, match="got another by ann"):
            act()
    os.killpg(begun.process, 9)
    ended(own.steps)
    own.discard()


def test_a_model_needs_a_draft_and_a_service_a_model(tmp_path: Path) -> None:
    own = OwnData(tmp_path)
    with pytest.raises(OwnDataError, match="a draft that was checked, got none"):
        own.begin_training(ROUND, {})
    with pytest.raises(OwnDataError, match="a model before it can serve, got none"):
        own.begin_serving(ROUND, {}, "127.0.0.1", 1)


def test_commands_run_one_after_the_other_until_one_fails(tmp_path: Path) -> None:
    def step(name: str, code: int, goes_on: list[int]) -> dict[str, object]:
        command = [sys.executable, "-c", f"print('{name}'); raise SystemExit({code})"]
        return {"says": f"now {name}", "answer": str(tmp_path / name), "command": command, "goes_on": goes_on}

    steps = [step("a", 0, [0]), step("b", 1, [0, 1]), step("c", 2, [0, 1]), step("d", 0, [0])]
    done = subprocess.run([sys.executable, "-c", RUN, json.dumps(steps)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "now a\nnow b\nnow c\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b", "c"]
    assert (tmp_path / "b").read_text() == "b\n"


def test_nothing_points_the_commands_to_the_service_in_use() -> None:
    given = {
        "PATH": "/bin",
        "GLENGARRY_STORE": "postgresql://x",
        "GLENGARRY_SETTINGS": "x",
        "BENTOML_HOME": "x",
        "prometheus_multiproc_dir": "x",
        "LANG": "C",
    }
    assert of_their_own(given) == {"PATH": "/bin", "LANG": "C"}


def test_what_is_begun_is_what_somebody_would_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []

    def instead(_: Path, round_: BegunRound, command: list[str], environment: dict[str, str]) -> BegunRound:
        assert "GLENGARRY_STORE" not in environment
        steps = json.loads(command[-1]) if command[1] == "-c" else [{"command": command}]
        begun.extend(step["command"][3:] for step in steps)
        return round_

    monkeypatch.setattr(own_data, "begin", instead)
    own = OwnData(tmp_path)
    own.add([("a.csv", b"1")], 100)
    own.begin_draft(ROUND, {"GLENGARRY_STORE": "x"}, Corrections(horizon_days=45))
    assert json.loads((tmp_path / "corrections.json").read_text()) == {"horizon_days": 45}
    draft = f"--settings={tmp_path / 'glengarry.toml'}"
    assert [command[0] for command in begun] == ["init", "check", "audit"]
    assert begun[1] == ["check", draft, "--json"]
    own.settings.write_text("x = 1\n")
    (tmp_path / "answers" / "check.json").write_text("{}")
    begun.clear()
    own.begin_training(ROUND, {})
    assert begun == [["train", draft, "--json"], ["import", draft], ["rescore", draft]]
    (tmp_path / "answers" / "train.json").write_text("{}")
    for port in (4001, 4002):  # begun again, the draft names one port
        begun.clear()
        own.begin_serving(ROUND, {}, "127.0.0.1", port)
        assert begun == [["serve", draft]]
        assert own.settings.read_text().count("[service]") == 1
        assert f"port = {port}" in own.settings.read_text()


@pytest.mark.nightly
def test_files_are_drafted_checked_and_audited(tmp_path: Path) -> None:
    write_company(tmp_path)
    own = OwnData(tmp_path / "own")
    own.add([(file.name, file.read_bytes()) for file in tmp_path.glob("*.csv")], 1_000_000)
    own.begin_draft(ROUND, os.environ, Corrections(horizon_days=45))
    ended(own.steps)
    state = own.state()
    assert state.latest is not None
    assert state.latest.code == 0, state.latest.log
    assert state.asked is not None
    assert state.asked.horizon_days == 45
    assert state.problem == ""
    assert state.checked is not None
    assert state.checked["summary"]["won"] == 56
    assert "Tags" in [finding["field"] for finding in state.findings or ()]
    assert state.trained is None
    assert "horizon_days = 45" in own.settings.read_text()

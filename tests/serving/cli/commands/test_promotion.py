"""Promotion from the command line: what is printed, what machines read, and the exit codes that a schedule goes by."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner, Result

from features.simulation import WorldSettings, simulate, write_world
from models.registry import Registry
from serving.cli.demo import write_settings
from serving.cli.program import app
from serving.settings.settings import Settings, load_settings

GATE = """
[gate]
replicates = 100
"""
LENIENT = """
[gate]
replicates = 100
most_loss = 1.0
confidence = 0.501
slope = [0.01, 99.0]
channel_ratio = [0.01, 99.0]
"""


def run(*arguments: str | Path, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result


def printed(*arguments: str | Path, exit_code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", exit_code=exit_code).stdout)


def registry_of(file: Path) -> Registry:
    settings: Settings = load_settings(file)
    return Registry(settings.registry, settings.var)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company, trained twice: the first time with hardly any trees."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "history").mkdir()
    write_world(simulate(WorldSettings(leads=1200, seed=3)), folder / "history")
    file = write_settings(folder)
    sound = file.read_text(encoding="utf-8").replace("\n[training]\n", '\n[training]\nundetermined = "expected"\n')
    sound += '\n[training.tuning]\nways = ["as_set"]\n'
    file.write_text(sound + "\n[training.booster]\nmost_rounds = 1\nnum_leaves = 2\n" + GATE, encoding="utf-8")
    run("train", "--settings", file)
    file.write_text(sound + "\n[training.booster]\nmost_rounds = 80\nlearning_rate = 0.1\n" + GATE, encoding="utf-8")
    run("train", "--settings", file)
    return file


def test_the_gate_promotes_a_better_version_and_rollback_takes_it_back(settings: Path) -> None:
    lenient = settings.with_name("lenient.toml")
    lenient.write_text(settings.read_text(encoding="utf-8").replace(GATE, LENIENT), encoding="utf-8")
    said = run("promote", "2", "--settings", lenient, "--by", "Ann [ops]", "--reason", "the quarter is over").stdout
    assert "Version 2 passed the gate and serves from now on." in said
    assert "better somewhere" in said
    assert re.search(r"Of \d+ open leads \d+ would move by more than 10 points", said)
    listed = run("models", "--settings", settings).stdout
    assert re.search(r"2 +│ 1 +│ 20\d\d-.* promoted +│ Ann \[ops\]", listed)
    run("rollback", "--settings", settings, "--by", "Ben", "--reason", "reps complain")
    assert registry_of(settings).version_of() == "1"
    second, first = printed("models", "--settings", settings)
    assert [served["how"] for served in first["champion"]] == ["first", "rolled back"]
    assert [(served["how"], served["by"], served["previous"]) for served in second["champion"]] == [
        ("promoted", "Ann [ops]", "1")
    ]
    with pytest.raises(LookupError, match="there are none; got 1 steps"):
        run("rollback", "--settings", settings)


def test_a_worse_version_is_refused_with_exit_code_3_and_every_figure(settings: Path) -> None:
    registry = registry_of(settings)
    before = registry.version_of()
    registry.make_champion("2")
    decision = printed("promote", "1", "--settings", settings, exit_code=3)
    assert (decision["outcome"], decision["promoted"], decision["passed"]) == ("refused", False, False)
    log_loss = next(check for check in decision["checks"] if check["name"] == "log loss")
    assert not log_loss["passed"]
    assert log_loss["figures"]["high"] > log_loss["figures"]["limit"]
    assert registry.version_of() == "2"
    said = run("promote", "1", "--settings", settings, exit_code=3).stdout
    assert "Version 1 is REFUSED for log loss" in said
    assert "version 2 stays champion" in said
    registry.make_champion(before)


def test_whoever_overrules_says_who_and_why(settings: Path) -> None:
    result = run("promote", "2", "--settings", settings, "--overrule", "--by", "Ann", exit_code=2)
    assert "add --by NAME" in result.stderr
    registry = registry_of(settings)
    registry.make_champion("2")
    said = run("promote", "1", "--settings", settings, "--overrule", "--by", "Ann", "--reason", "a trial").stdout
    assert "Ann overruled it, and it serves from now on: a trial" in said
    assert registry.changes()[-1].cause.kind == "overruled"
    assert registry.version("1").tags["gate/outcome"] == "overruled"
    with pytest.raises(ValueError, match="must not be the champion, got version 1"):
        run("promote", "1", "--settings", settings)
    with pytest.raises(LookupError, match="must have version 99"):
        run("promote", "99", "--settings", settings)


def test_a_champion_from_before_the_settings_changed_is_read_as_it_was(settings: Path) -> None:
    """The second training knows a field less, so the two read the history differently."""
    registry = registry_of(settings)
    registry.make_champion("2")
    content = tomllib.loads(settings.read_text(encoding="utf-8"))
    del content["fields"]["timeline"]
    del content["ladder"]  # its rules speak of the timeline
    fewer = settings.with_name("fewer.toml")
    fewer.write_text(tomli_w.dumps(content), encoding="utf-8")
    run("train", "--settings", fewer)
    latest = registry.versions()[0].version
    decision = printed("promote", latest, "--settings", fewer, exit_code=3)
    assert {check["name"] for check in decision["checks"]} >= {"log loss", "better somewhere"}
    assert "champion, version 2," in decision["terms"][2]


def test_a_quarters_round_ends_with_its_verdict_and_exit_code(settings: Path) -> None:
    registry = registry_of(settings)
    registry.make_champion("1")
    text = settings.read_text(encoding="utf-8").replace("most_rounds = 80", "most_rounds = 60")
    strict, lenient = settings.with_name("strict.toml"), settings.with_name("lenient_round.toml")
    impossible = GATE + "channel_ratio = [0.9999, 1.0001]\nchannel_wins = 1.0\n"
    strict.write_text(text.replace(GATE, impossible) + "\n[retrain]\nbacktest_quarters = 0\n", encoding="utf-8")
    lenient.write_text(text.replace(GATE, LENIENT) + "\n[retrain]\nbacktest_quarters = 0\n", encoding="utf-8")
    as_of = ("--as-of", "2026-07-01", "--by", "the schedule")
    refused = printed("retrain", "--settings", strict, *as_of, exit_code=3)
    assert (refused["promoted"], refused["done_before"], refused["gate"]["outcome"]) == (False, False, "refused")
    assert refused["known_until"] == "2026-07-01T00:00:00+00:00"
    assert registry.version_of() == "1"
    ended = printed("retrain", "--settings", lenient, *as_of)
    assert (ended["promoted"], ended["version"]) == (True, refused["version"])
    assert ended["gate"]["by"] == "the schedule"
    assert registry.version_of() == ended["version"]
    said = run("retrain", "--settings", lenient, *as_of).stdout
    assert f"This round was done before: version {ended['version']} came of it." in said
    assert "What was known until 2026-07-01 00:00 UTC." in said

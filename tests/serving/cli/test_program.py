"""The command line as a user meets it: each command by its effect, and every mistake by its message."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from features.simulation import TRAPS, WorldSettings, simulate, world_schema, write_world
from serving.champion.finding import from_registry
from serving.cli.demo import write_settings
from serving.cli.program import app
from serving.schemas.score import Score
from serving.settings.secret import EXPLORATION
from serving.settings.settings import load_settings
from tests.serving.cli.commands.company import small
from training.fitting.fit import TooFewOutcomesError

Run = Callable[..., str]


def run(*arguments: str | Path, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stdout


def errors(*arguments: str | Path, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stderr


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a small simulated company, trained once, in short: what is tried is the way through."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "history").mkdir()
    write_world(simulate(WorldSettings(leads=1200, seed=3)), folder / "history")
    file = write_settings(folder)
    file.write_text(small(file.read_text(encoding="utf-8")), encoding="utf-8")
    run("train", "--settings", file)
    return file


def test_train_writes_a_report_and_says_where(settings: Path) -> None:
    (report,) = (settings.parent / "var" / "reports").glob("*.html")
    assert "Is it better?" in report.read_text(encoding="utf-8")


def test_backtest_prints_the_metrics_of_a_training_by_quarter_and_draws_them(settings: Path) -> None:
    told = json.loads(run("backtest", "--settings", settings, "--json"))
    assert {"pooled", "by_quarter"} <= set(told)
    (version,) = json.loads(run("models", "--settings", settings, "--json"))
    names = {name.removeprefix("close_model/") for name in version["metrics"] if name.startswith("close_model/")}
    for models in (told["pooled"], *told["by_quarter"].values()):
        assert {"close_model", "base_rate", "scorecard"} <= set(models)
        assert names <= set(models["close_model"])
    assert Path(told["plot"]).stat().st_size > 10_000
    said = run("backtest", "--settings", settings)
    assert all(quarter in said for quarter in told["by_quarter"])


def test_plan_says_what_the_best_leads_would_have_kept(settings: Path) -> None:
    told = json.loads(run("plan", "--settings", settings, "--json"))
    said = run("plan", "--settings", settings)
    assert told["said"] in " ".join(said.split())
    assert "Net is revenue less the cost of working" in " ".join(said.split())
    assert set(told["cuts"][0]["net_by"]) == {"scorecard", "arrival"}
    assert told["cuts"][-1]["wins_kept"] == 1


def test_policy_without_decisions_says_what_it_needs(settings: Path) -> None:
    with pytest.raises(TooFewOutcomesError, match="The routing can be judged once leads"):
        run("policy", "--settings", settings)


def test_help_answers_and_names_every_command() -> None:
    said = run("--help")
    for command in ("init", "check", "audit", "train", "score", "models", "serve", "build", "demo", "db", "keys"):
        assert re.search(rf"^  {command} ", said, re.MULTILINE)


def test_the_program_tells_a_user_s_mistake_in_one_message_without_a_traceback(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "serving.cli", "check", "--settings", str(tmp_path / "none.toml")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no settings file" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_drafts_settings_that_check_can_use(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "drafted.toml"
    run("init", settings.parent / "history", "--out", file)
    said = run("check", "--settings", file)
    assert "Won" in said
    with pytest.raises(FileExistsError, match="is there already: move it away"):
        run("init", settings.parent / "history", "--out", file)


def test_settings_in_a_folder_that_is_not_there_are_refused_before_any_work(settings: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere for the settings: make it, or name"):
        run("init", settings.parent / "history", "--out", tmp_path / "nowhere" / "glengarry.toml")


def test_drafted_settings_name_the_files_from_where_they_lie(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    file = tmp_path / "else" / "where.toml"
    run("init", settings.parent / "history", "--out", file)
    run("check", "--settings", file)


def test_check_counts_what_was_read_and_finds_nothing_broken(settings: Path) -> None:
    read = json.loads(run("check", "--settings", settings, "--json"))
    summary = read["summary"]
    assert summary["rows"]["leads"] == 1200 == summary["won"] + summary["lost"] + summary["open"]
    assert (read["broken"], read["counts"]) == ([], [])
    assert "leads" in run("check", "--settings", settings)


def test_audit_names_what_knows_the_outcome_with_evidence_and_remedy(settings: Path) -> None:
    findings = json.loads(run("audit", "--settings", settings, "--json"))
    assert {finding["field"] for finding in findings} == set(TRAPS)
    assert all(set(finding) == {"field", "severity", "evidence", "remedy", "ranks"} for finding in findings)
    said = run("audit", "--settings", settings)
    assert "SEVERE. Nothing to do: it has the role late" in said
    assert "contract_no: It is filled in for " in said
    assert "23 columns looked at, 4 named" in said


def test_check_names_a_broken_row_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        "lead_id,created_at,source\nL1,2026-01-01,web\nL1,2026-01-02,web\n", encoding="utf-8"
    )
    (tmp_path / "outcomes.csv").write_text("lead_id,closed_at,won\nL1,2026-02-01,maybe\n", encoding="utf-8")
    file = tmp_path / "glengarry.toml"
    file.write_text('[history]\nsource = "."\n[fields.source]\nrole = "channel"\n', encoding="utf-8")
    broken = json.loads(run("check", "--settings", file, "--json", exit_code=1))["broken"]
    assert [(row["file"], row["row"], row["column"], row["value"]) for row in broken] == [
        ("leads.csv", 3, "lead_id", "'L1'"),
        ("outcomes.csv", 2, "won", "'maybe'"),
    ]
    assert all(row["rule"] and row["remedy"] for row in broken)


def test_models_lists_the_champion_with_its_figures(settings: Path) -> None:
    (version,) = json.loads(run("models", "--settings", settings, "--json"))
    assert (version["version"], version["aliases"]) == ("1", ["champion"])
    assert 0 < version["metrics"]["close_model/log_loss"] < 1
    assert "champion" in run("models", "--settings", settings)


LEADS: list[dict[str, Any]] = [
    {
        "lead_id": "near",
        "created_at": "2026-08-01T00:00:00+00:00",
        "as_of": "2026-09-01T00:00:00+00:00",
        "fields": {"budget": "over 50,000", "timeline": "this month", "wants_contact": True},
        "events": [{"kind": "reply", "occurred_at": "2026-08-03T00:00:00+00:00"}],
    },
    {"lead_id": "far", "as_of": "2026-09-01T00:00:00+00:00", "fields": {"budget": "none"}, "events": []},
    {"lead_id": "wrong", "as_of": "2026-09-01T00:00:00+00:00", "fields": {"budget": "lots"}, "events": []},
]


def flat(lead: dict[str, Any]) -> dict[str, str]:
    names = [name for name, field in world_schema().fields.items() if field.role != "late"]
    fields = {name: str(lead["fields"].get(name, "")) for name in names}
    created_at = lead.get("created_at", "")
    return {
        "lead_id": lead["lead_id"],
        "created_at": created_at,
        "as_of": lead["as_of"],
        **fields,
        "events": json.dumps(lead["events"]),
    }


def write_rows(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def scores_of(file: Path) -> list[dict[str, Any]]:
    match file.suffix:
        case ".jsonl":
            return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        case ".csv":
            with file.open(encoding="utf-8", newline="") as lines:
                return [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
        case _:
            rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
            return rows


@pytest.mark.parametrize("source", ["leads.jsonl", "leads.csv"])
@pytest.mark.parametrize("target", ["scores.jsonl", "scores.csv", "scores.parquet"])
def test_a_file_is_scored_the_same_in_every_format(settings: Path, tmp_path: Path, source: str, target: str) -> None:
    if source.endswith("csv"):
        write_rows(tmp_path / source, [flat(lead) for lead in LEADS])
    else:
        (tmp_path / source).write_text("".join(json.dumps(lead) + "\n" for lead in LEADS), encoding="utf-8")
    run("score", tmp_path / source, "--out", tmp_path / target, "--settings", settings, exit_code=1)
    near, far, wrong = scores_of(tmp_path / target)
    assert [near["lead_id"], far["lead_id"], wrong["lead_id"]] == ["near", "far", "wrong"]
    assert float(near["probability"]) > float(far["probability"]) > 0
    assert near["problem"] is None
    assert wrong["probability"] is None
    assert "fields.budget" in str(wrong["problem"])


def test_scores_say_where_leads_go_what_they_are_worth_and_what_to_ask(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "leads.jsonl").write_text("".join(json.dumps(lead) + "\n" for lead in LEADS), encoding="utf-8")
    run("score", tmp_path / "leads.jsonl", "--out", tmp_path / "s.jsonl", "--settings", settings, exit_code=1)
    near, far, wrong = scores_of(tmp_path / "s.jsonl")
    champion = from_registry(load_settings(settings))
    champion = replace(champion, secret=EXPLORATION.find({}, load_settings(settings).var))
    for row, lead in zip((near, far), LEADS, strict=False):
        (told,) = champion.score([lead], datetime.now(UTC))
        assert isinstance(told, Score)
        assert told.decision is not None
        for name in ("step", "route", "expected_amount", "expected_value"):
            assert row[name] == getattr(told.decision, name)
        answer = told.model_dump(mode="json")["ask_next"]
        assert row["ask_next"] == answer
        assert row["next_question"] in (answer[0]["ask"], answer[0]["field"])
    assert sorted([near, far], key=lambda row: -row["expected_value"])[0]["rank"] == 1
    assert {near["rank"], far["rank"], wrong["rank"]} == {1, 2, None}


def test_a_table_of_a_database_is_scored_as_a_file_is(settings: Path, tmp_path: Path) -> None:
    sound = [flat(lead) for lead in LEADS[:2]]
    write_rows(tmp_path / "leads.csv", sound)
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    pd.DataFrame([{name: cell or None for name, cell in row.items()} for row in sound]).to_sql(
        "open_leads", url, index=False
    )
    run("score", tmp_path / "leads.csv", "--out", tmp_path / "file.jsonl", "--settings", settings)
    run("score", url, "--table", "open_leads", "--out", tmp_path / "table.jsonl", "--settings", settings)
    assert scores_of(tmp_path / "table.jsonl") == scores_of(tmp_path / "file.jsonl")
    for wrong in ([url], [tmp_path / "leads.csv", "--table", "open_leads"], [tmp_path / "none.csv"]):
        run("score", *wrong, "--out", tmp_path / "s.csv", "--settings", settings, exit_code=2)


def test_an_unknown_ending_and_a_missing_model_are_named(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "leads.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "leads.pdf").write_text("{}\n", encoding="utf-8")
    for source, target in (("leads.pdf", "scores.csv"), ("leads.jsonl", "scores.xlsx")):
        with pytest.raises(ValueError, match=r"must end in .csv, .*\.jsonl or \.ndjson, got"):
            run("score", tmp_path / source, "--out", tmp_path / target, "--settings", settings)
    with pytest.raises(LookupError, match="99"):
        run("score", tmp_path / "leads.jsonl", "--out", tmp_path / "s.csv", "--settings", settings, "--model", "99")


def test_score_says_what_it_did_not_look_at_and_refuses_what_it_cannot_know(settings: Path, tmp_path: Path) -> None:
    rows = [
        {name: cell for name, cell in flat(lead).items() if name != "events"} | {"shoe_size": "43"} for lead in LEADS
    ]
    write_rows(tmp_path / "leads.csv", rows)
    write_rows(tmp_path / "few.csv", [{"lead_id": "A", "Budget": "none"}])
    write_rows(tmp_path / "events.csv", [{"lead_id": "near", "kind": "reply", "occurred_at": "2026-08-03", "text": ""}])
    to = ("--out", tmp_path / "scores.csv", "--settings", settings)
    with pytest.raises(ValueError, match=r"no column 'created_at'.*--allow-missing"):
        run("score", tmp_path / "few.csv", *to)
    with pytest.raises(ValueError, match="--no-events"):
        run("score", tmp_path / "leads.csv", *to)
    said = errors("score", tmp_path / "leads.csv", *to, "--events", tmp_path / "events.csv", exit_code=1)
    assert said.splitlines()[0] == "leads.csv: columns not looked at: 'shoe_size'."
    assert said.splitlines()[1].startswith("2 leads scored, 1 broke a rule: ")
    said = errors("score", tmp_path / "few.csv", *to, "--allow-missing", "--no-events")
    assert "'budget' did you mean 'Budget'?" in said
    with pytest.raises(ValueError, match="must not take the place of"):
        run("score", tmp_path / "leads.csv", "--out", tmp_path / "leads.csv", "--settings", settings, "--no-events")


def test_score_shows_on_a_terminal_how_much_is_done(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("serving.cli.commands.console.err", Console(file=screen, force_terminal=True, width=100))
    write_rows(tmp_path / "leads.csv", [flat(LEADS[0])])
    run("score", tmp_path / "leads.csv", "--out", tmp_path / "scores.csv", "--settings", settings)
    assert "1 leads" in screen.getvalue()
    assert "100%" in screen.getvalue()

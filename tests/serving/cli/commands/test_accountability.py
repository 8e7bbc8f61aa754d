"""Sources, funnel and reps from the command line: by their effect, on a small simulated company."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.simulation import WorldSettings, simulate, write_world
from serving.cli.demo import write_settings
from serving.cli.program import app


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a small simulated company."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "history").mkdir()
    write_world(simulate(WorldSettings(leads=1500, seed=3)), folder / "history")
    return write_settings(folder)


def test_sources_are_held_to_account_as_of_any_date(settings: Path) -> None:
    now = json.loads(run("sources", "--settings", settings, "--json"))
    then = json.loads(run("sources", "--settings", settings, "--json", "--as-of", "2025-10-01"))
    assert (now["as_of"][:10], then["as_of"][:10]) == ("2026-10-01", "2025-10-01")
    assert {row["channel"] for row in now["sources"]} == {"source", "campaign", "landing_page", "team", "brought_by"}
    assert all(row["says"] and row["loss_reason"] for row in now["sources"])
    assert all(row["cost"] > 0 for row in now["sources"])  # the demo's settings say what leads cost
    said = run("sources", "--settings", settings)
    assert "cannot tell yet" in said
    assert "a quarter a halving would not show: they are too few" in said


def test_reps_have_two_skills_and_a_picture_of_both(settings: Path, tmp_path: Path) -> None:
    report = json.loads(run("reps", "--settings", settings, "--json", "--as-of", "2026-07-01"))
    assert report["as_of"][:10] == "2026-07-01"
    assert len(report["reps"]) == 14
    said = run("reps", "--settings", settings, "--picture", tmp_path / "reps.png")
    assert "not assigned at random" in said
    assert "not enough data" in said
    assert (tmp_path / "reps.png").read_bytes().startswith(b"\x89PNG")


def test_funnel_by_quarter_and_by_source_as_of_any_date(settings: Path) -> None:
    report = json.loads(run("funnel", "--settings", settings, "--json", "--by", "quarter", "--as-of", "2026-07-01"))
    assert [row["value"] for row in report["cohorts"]][-2:] == ["2026 Q1", "2026 Q2"]
    assert {row["channel"] for row in report["sources"]} == {"source", "campaign", "landing_page", "team", "brought_by"}
    said = run("funnel", "--settings", settings)
    assert "leads by month of creation" in said
    assert "never were prospects on record" in said


def test_leads_that_nobody_qualifies_are_told_before_any_closer(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    write_world(simulate(WorldSettings(leads=3000, seed=3).steady().flooded()), tmp_path / "history")
    flooded = write_settings(tmp_path)
    for command in ("reps", "funnel"):
        said = run(command, "--settings", flooded)
        assert "not being qualified" in said.splitlines()[0]


def test_spend_by_month_comes_from_a_table_beside_the_history(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    write_world(simulate(WorldSettings(leads=400, seed=3)), tmp_path / "history")
    (tmp_path / "history" / "ads.csv").write_text("value,month,amount\npodcast,2020-01,123\nweb search,2026-05,5000\n")
    file = write_settings(tmp_path)
    file.write_text(
        file.read_text().split("[accountability.costs]")[0] + '[accountability.costs.spend]\ntable = "ads"\n'
    )
    report = json.loads(run("sources", "--settings", file, "--json"))
    costs = {row["value"]: row["cost"] for row in report["sources"] if row["channel"] == "source"}
    assert costs["web search"] == pytest.approx(5000)
    assert costs["paid search"] is None
    assert "123 was spent on source 'podcast' in months in which no lead of it came" in run(
        "sources", "--settings", file
    )

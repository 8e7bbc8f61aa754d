"""What the leak audit says of real leads, by the command line as a user would run it; figures decide, not names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.real.bank import write_calls
from bench.real.x_education import write_leads
from serving.cli.program import app

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "bench" / "real"
REAL = ROOT.parent / "shared" / "data"
FOLDERS = {"olist": "olist_funnel", "bank": "bank_marketing", "x_education": "x_education", "maven": "maven_crm"}
WRITERS: dict[str, tuple[str, Callable[[Path, Path], Path]]] = {
    "bank": ("bank-additional-full.csv.gz", write_calls),
    "x_education": ("Leads.csv", write_leads),
}
WRITTEN_LATE = {
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Activity",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
}


def settings_for(name: str, folder: Path, replacing: tuple[str, str] = ("", "")) -> Path:
    """Return a copy of the settings with a text replaced, and with the history where they say."""
    published = REAL / FOLDERS[name]
    if not published.exists():
        pytest.skip(f"{published.name} does not stand beside the checkout")
    text = (SETTINGS / f"{name}.toml").read_text(encoding="utf-8")
    assert replacing[0] in text
    if name in WRITERS:
        file, write = WRITERS[name]
        write(published / file, folder)
    text = text.replace("../../../shared/data", REAL.as_posix()).replace(*replacing, 1) if replacing[0] else text
    text = text.replace("../../../shared/data", REAL.as_posix())
    settings = folder / "glengarry.toml"
    settings.write_text(text, encoding="utf-8")
    return settings


def audited(settings: Path) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(app, ["audit", "--settings", str(settings), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    findings = json.loads(result.stdout)
    assert all(set(finding) == {"field", "severity", "evidence", "ranks", "remedy"} for finding in findings)
    return {finding["field"]: finding for finding in findings}


def named(findings: dict[str, dict[str, Any]], *severities: str) -> set[str]:
    return {field for field, finding in findings.items() if finding["severity"] in severities}


def test_a_school_s_tags_know_the_outcome_and_what_has_no_date_is_said(tmp_path: Path) -> None:
    findings = audited(settings_for("x_education", tmp_path))
    assert findings["Tags"]["severity"] == "severe"
    assert findings["Lead Quality"]["severity"] in ("severe", "suspicious")
    assert len(named(findings, "severe", "suspicious") - WRITTEN_LATE) <= 3
    assert findings["Lead Number"]["severity"] == "identifier"
    silent = WRITTEN_LATE - named(findings, "severe", "suspicious")
    assert named(findings, "undated") >= silent | {"Lead Source", "What is your current occupation"}


@pytest.mark.parametrize(
    "role",
    ['role = "late"', 'role = "answer", obstacle = "desire"', 'role = "profile"'],
    ids=["late", "answer", "profile"],
)
def test_the_duration_of_a_call_knows_its_outcome_whatever_its_role(role: str, tmp_path: Path) -> None:
    replacing = ('duration = { role = "late"', f"duration = {{ {role}")
    findings = audited(settings_for("bank", tmp_path, replacing))
    assert findings["duration"]["severity"] == "severe"
    assert named(findings, "severe", "suspicious") == {
        "duration",
        "ended_at",
    }  # ended_at less created_at is the duration
    assert ("Nothing to do" in findings["duration"]["remedy"]) == ("late" in role)


def test_a_training_on_the_duration_of_calls_stops(tmp_path: Path) -> None:
    replacing = ('duration = { role = "late"', 'duration = { role = "answer", obstacle = "desire"')
    settings = settings_for("bank", tmp_path, replacing)
    result = CliRunner().invoke(app, ["train", "--settings", str(settings)])
    assert result.exit_code == 1
    assert "'duration' is severe: Alone it puts the won lead first in 84.9 % of pairs" in str(result.exception)


def test_every_column_of_a_marketplace_s_deals_is_severe_and_none_of_its_leads(tmp_path: Path) -> None:
    findings = audited(settings_for("olist", tmp_path))
    deals = (REAL / FOLDERS["olist"] / "olist_closed_deals_dataset.csv").read_text(encoding="utf-8").splitlines()[0]
    assert named(findings, "severe") == set(findings) == set(deals.split(",")) - {"mql_id"}


def test_of_a_made_up_crm_only_what_is_written_at_the_close_is_severe(tmp_path: Path) -> None:
    findings = audited(settings_for("maven", tmp_path))
    assert named(findings, "severe") == {"close_date", "close_value"}
    assert named(findings, "suspicious") == {"account"}  # of open opportunities, two in three have none

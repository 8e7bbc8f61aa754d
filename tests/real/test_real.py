"""Real leads, where they stand beside the checkout: read, trained on and scored by the command line as a user would."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.real.bank import write_calls
from serving.cli.program import app

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "bench" / "real"
REAL = ROOT.parent / "shared" / "data"
PUBLISHED = {"olist": REAL / "olist_funnel", "bank": REAL / "bank_marketing", "maven": REAL / "maven_crm"}


def settings_for(name: str, folder: Path) -> Path:
    """Return a copy of the settings in a folder of its own, with the history where they say."""
    if not PUBLISHED[name].exists():
        pytest.skip(f"{PUBLISHED[name].name} does not stand beside the checkout")
    text = (SETTINGS / f"{name}.toml").read_text(encoding="utf-8")
    if name == "bank":
        write_calls(PUBLISHED[name] / "bank-additional-full.csv.gz", folder)
    else:
        text = text.replace(f"../../../shared/data/{PUBLISHED[name].name}", PUBLISHED[name].as_posix())
    file = folder / "glengarry.toml"
    file.write_text(text, encoding="utf-8")
    return file


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stdout


def trained(settings: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run("train", "--settings", str(settings), "--json"))
    assert set(result) >= {"version", "rows", "metrics"}
    assert set(result["rows"]) >= {"leads", "moments", "determined", "matured", "broken"}
    for model in ("close_model", "base_rate", "logistic"):
        figures = set(result["metrics"][model])
        assert figures >= {"log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected", "n"}
    return result


def scored(settings: Path, leads: Path) -> list[dict[str, str]]:
    target = leads.with_name("scores.csv")
    run("score", str(leads), "--out", str(target), "--settings", str(settings))
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_adds_up(score: dict[str, str]) -> None:
    points = sum(reason["points"] for reason in json.loads(score["reasons"]))
    assert float(score["base_probability"]) + points == pytest.approx(float(score["probability"]), abs=1e-9)


def test_a_marketplace_s_leads_are_read_trained_on_and_scored(tmp_path: Path) -> None:
    settings = settings_for("olist", tmp_path)
    read = json.loads(run("check", "--settings", str(settings), "--json", exit_code=1))
    assert read["summary"]["rows"] == {"leads": 8000, "outcomes": 842}
    assert [(row["column"], row["lead_id"]) for row in read["broken"]] == [
        ("won_date", "b91cf8812365f50ff4bda4bcd6206b05")
    ]
    result = trained(settings)
    assert result["rows"]["leads"] == 7999  # how the lead of the broken win ended nobody can tell
    assert result["rows"]["broken"] == 1
    assert result["metrics"]["close_model"]["log_loss"] < result["metrics"]["base_rate"]["log_loss"]
    published = PUBLISHED["olist"] / "olist_marketing_qualified_leads_dataset.csv"
    leads = tmp_path / "leads.csv"
    leads.write_text("".join(published.read_text(encoding="utf-8").splitlines(keepends=True)[:201]), encoding="utf-8")
    scores = scored(settings, leads)
    assert len(scores) == 200
    for score in scores:
        assert_adds_up(score)


@pytest.mark.nightly
def test_a_bank_s_calls_are_dated_trained_on_and_scored(tmp_path: Path) -> None:
    settings = settings_for("bank", tmp_path)
    result = trained(settings)
    assert result["rows"] | {"leads": 41188, "determined": 41188, "broken": 0} == result["rows"]
    assert result["metrics"]["close_model"]["log_loss"] < result["metrics"]["base_rate"]["log_loss"]
    leads = tmp_path / "last.csv"
    lines = (tmp_path / "calls.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    leads.write_text("".join([lines[0], *lines[-100:]]), encoding="utf-8")
    for score in scored(settings, leads):
        assert_adds_up(score)


def test_a_made_up_crm_without_signal_gets_the_base_rate_and_the_reason(tmp_path: Path) -> None:
    settings = settings_for("maven", tmp_path)
    result = trained(settings)
    assert "told no more than the base rate" in result["abstains"]
    assert result["metrics"]["close_model"]["log_loss"] <= result["metrics"]["base_rate"]["log_loss"] + 0.002
    pipeline = (PUBLISHED["maven"] / "sales_pipeline.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    leads = tmp_path / "leads.csv"
    leads.write_text("".join(pipeline[:51]), encoding="utf-8")
    scores = scored(settings, leads)
    assert len({score["probability"] for score in scores}) == 1
    for score in scores:
        assert (score["probability"], score["reasons"]) == (score["base_probability"], "[]")
        assert float(score["low"]) < float(score["base_rate"]) < float(score["high"])
        assert score["abstention"] == result["abstains"]

"""What is printed of a training: figures with intervals, and what too few outcomes support as not supported, with the count."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from models.registry import RegisteredVersion
from serving.cli.printing.learning import NOT_MEASURED, print_backtest, print_models, print_training
from tests.training.report.materials import first, too_few
from training.judging.backtest import Backtest
from training.report import Material


def printed(material: Material) -> str:
    console = Console(file=StringIO(), record=True, width=200)
    print_training(console, material.result.summary, Path("var/reports/version-1.html"))
    return console.export_text()


def test_figures_of_the_close_model_have_intervals() -> None:
    said, figure = printed(first()), first().close.figures["share_of_wins_top_20"]
    assert f"{figure.value:.4f}" in said
    assert f"{figure.low:.4f} to {figure.high:.4f}" in said
    assert "Better in log loss than the base rate" in said
    assert first().result.beside_rival.said in said
    assert "What to tell the team: var/reports/version-1.html" in said
    assert first().result.refreshing.startswith("Refreshing ")
    assert first().result.refreshing in said


def test_won_over_expected_is_printed_by_age() -> None:
    (age, *_), said = first().close.calibration["age"], printed(first())
    assert any(line.split()[1:3] == age.name.split() and f"{age.value:.4f}" in line for line in said.splitlines())


def test_what_is_not_supported_is_printed_with_its_count() -> None:
    judgement, said = too_few().judgement, printed(too_few())
    assert f"not supported: {judgement.won} of 10" in said
    assert f"{judgement.won} leads won and {judgement.leads - judgement.won} not, 50 of each needed" in said
    assert f"Too few outcomes to say whether it is better: {judgement.won} leads won" in said


def test_a_quarter_with_too_few_outcomes_is_printed_as_such() -> None:
    few = too_few().result.metrics
    console = Console(file=StringIO(), record=True, width=200)
    print_backtest(console, Backtest(few, {"2026-Q1": few}, {}))
    assert f"not supported: {too_few().judgement.won} of 20" in console.export_text()


def test_a_refreshed_version_has_no_figures_of_its_own_and_says_why() -> None:
    measured = {f"close_model/{name}": 0.5 for name in ("log_loss", "roc_auc", "observed_over_expected")}
    one = RegisteredVersion("1", (), datetime(2026, 11, 25, tzinfo=UTC), "a", measured, {})
    console = Console(file=StringIO(), record=True, width=200)
    print_models(console, [RegisteredVersion("2", ("champion",), one.created_at, "b", {}, {}), one])
    told = console.export_text()
    assert NOT_MEASURED in told
    assert told.count("│ –") == 3
    assert told.count("0.5000") == 3

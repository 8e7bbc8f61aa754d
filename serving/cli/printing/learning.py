"""Trainings, backtests and the versions in the registry."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from features.records.clock import to_datetime
from models.close.reasons.wording import counted

if TYPE_CHECKING:
    from models.registry import RegisteredVersion
    from training.judging.backtest import Backtest
    from training.judging.result import TrainingSummary
    from training.metrics import Figure, Metrics
    from training.metrics.figure import Verdict
    from training.metrics.groups import GroupFigure
    from training.metrics.judge import ModelJudgement

CLOSE = "close_model"
METRICS = {
    "log_loss": ("log loss", "lower is better"),
    "brier": ("Brier", "lower is better"),
    "roc_auc": ("ROC AUC", "higher is better"),
    "pr_auc": ("PR AUC", "higher is better"),
    "observed_over_expected": ("won / expected", "1 is right"),
}
NOT_MEASURED = "A dash: a refresh is not measured, as it is the model before with newer outcomes."


def print_training(console: Console, result: "TrainingSummary", report: Path | None) -> None:
    """Print what a training came to, and where its report is."""
    rows, judged = result.rows, result.judgement.models[CLOSE]
    console.print(
        f"{rows['leads']:,} leads, {rows['moments']:,} moments ({rows['determined']:,} determined, {rows['matured']:,} matured), "
        f"{rows['broken']:,} broken rows left out.",
        highlight=False,
        soft_wrap=True,
    )
    table = Table("", *(title for title, _ in METRICS.values()), title="On later leads", title_justify="left")
    for model, metrics in result.metrics.items():
        table.add_row(model.replace("_", " "), *(_told(metrics, name) for name in METRICS))
    console.print(table)
    console.print(
        f"{result.metrics[CLOSE].n:,} moments from {to_datetime(result.tested_since):%Y-%m-%d} on, by models that ended before; "
        "every moment weighs the same.",
        highlight=False,
        soft_wrap=True,
    )
    _print_intervals(console, judged, result.judgement.settings.level)
    _print_ages(console, judged.calibration.get("age", ()))
    _say(console, result.beside_rival.said)
    for sentence in _verdicts(result.metrics[CLOSE], judged.less_log_loss):
        console.print(sentence, highlight=False, soft_wrap=True)
    for sentence in (result.refreshing, *result.left_out):
        _say(console, sentence)
    if result.abstention:
        _say(console, f"It answers with the base rate alone: {result.abstention}.")
    role = "and serves as champion" if result.is_champion else "and waits: the champion stays as it is"
    console.print(f"Version {result.version} is registered {role}.", highlight=False)
    _say(console, f"What to tell the team: {report}")


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _print_ages(console: Console, ages: Sequence["GroupFigure"]) -> None:
    """Print won over expected by age: the first score is what a form gets."""
    table = Table(
        "age", "won", "expected", METRICS["observed_over_expected"][0], "from", "to", title="Close model by age"
    )
    for age in ages:
        ratio = (_figure(number) for number in (age.value, age.low, age.high))
        table.add_row(age.name, f"{age.won:,.1f}", f"{age.expected:,.1f}", *ratio)
    if table.row_count:
        console.print(table)


def _print_intervals(console: Console, judged: "ModelJudgement", level: float) -> None:
    """Print what can be said of the close model's figures; the others stand in the report."""
    shares = {
        name: f"share of wins in the best {name.rpartition('_')[2]} %" for name in judged.figures if "share_of" in name
    }
    listed = {name: title for name, (title, _) in METRICS.items()} | {"slope": "calibration slope"} | shares
    table = Table("", "value", f"{100 * level:g} % interval", title="Close model")
    for name, title in listed.items():
        table.add_row(title, *_with_interval(judged.figures[name]))
    console.print(table)


def _with_interval(figure: "Figure") -> tuple[str, str]:
    if not figure.supported:
        return "not supported", figure.behind
    if math.isnan(figure.low):
        return _figure(figure.value), ""
    return _figure(figure.value), f"{figure.low:.4f} to {figure.high:.4f}"


BESIDE = {"base_rate": "the base rate", "logistic": "the logistic regression"}
VERDICTS: Mapping["Verdict", str] = {
    "better": "Better in log loss than {}.",
    "worse": "WORSE in log loss than {}.",
    "no clear difference": "Not shown to be better in log loss than {}.",
}


def _verdicts(close: "Metrics", less: Mapping[str, "Figure"]) -> list[str]:
    """Say in words what the figures of a training say, by the judgement's verdicts."""
    from training.metrics.figure import verdict

    if "log_loss" in close.not_supported():
        return [
            f"Too few outcomes to say whether it is better: {counted(close.leads_won, 'lead', 'leads')} won, "
            f"{close.leads_not_won:,} not."
        ]
    said = []
    for found, sentence in VERDICTS.items():
        names = [name for other, name in BESIDE.items() if verdict(less[other]) == found]
        said += [sentence.format(" and ".join(names))] if names else []
    ratio = close.supported()["observed_over_expected"]
    if ratio is not None and not 0.9 <= ratio <= 1.1:
        too = "too much" if ratio < 1 else "too little"
        said.append(f"It promised {too}: {100 * ratio:.0f} were won for every 100 that it expected.")
    return said


def print_backtest(console: Console, result: "Backtest") -> None:
    """Print a backtest: the close model by quarter and by age, and every model pooled."""
    listed = ("log_loss", "roc_auc", "observed_over_expected")
    for part, by_name in (("quarter", result.by_quarter), ("age", result.by_age)):
        table = Table(part, "moments", "won", *(METRICS[name][0] for name in listed), title=f"Close model by {part}")
        for name, models in by_name.items():
            of = models[CLOSE]
            table.add_row(name, f"{of.n:,}", f"{of.won:,}", *(_told(of, figure) for figure in listed))
        console.print(table)
    level = "log loss, 95 % interval"
    pooled = Table(
        "", *(title for title, _ in METRICS.values()), level, "close model less this", title="All quarters together"
    )
    for model, metrics in result.pooled.items():
        intervals = result.intervals.get(model, {})
        between = [
            _with_interval(intervals[name])[1] if name in intervals else "" for name in ("log_loss", "less_log_loss")
        ]
        pooled.add_row(model.replace("_", " "), *(_told(metrics, name) for name in METRICS), *between)
    console.print(pooled)
    for quarter, why in result.skipped.items():
        _say(console, f"{quarter} left out: {why}")


def versions_json(versions: Sequence["RegisteredVersion"]) -> list[dict[str, Any]]:
    """Return versions of a model as plain values."""
    return [{**asdict(version), "created_at": version.created_at.isoformat()} for version in versions]


def print_models(console: Console, versions: Sequence["RegisteredVersion"]) -> None:
    """Print versions of a model, the latest first."""
    if not versions:
        console.print("No model is registered: run `glengarry train` first.")
        return
    listed = ("log_loss", "roc_auc", "observed_over_expected")
    table = Table("version", "alias", "made", *(METRICS[name][0] for name in listed))
    for version in versions:
        measured = version.metrics
        figures = (_figure(measured.get(f"close_model/{name}")) if measured else "–" for name in listed)
        table.add_row(version.version, ", ".join(version.aliases), f"{version.created_at:%Y-%m-%d %H:%M}", *figures)
    console.print(table)
    if not all(version.metrics for version in versions):
        console.print(NOT_MEASURED, markup=False, highlight=False, soft_wrap=True)


def _told(metrics: "Metrics", name: str) -> str:
    """Return a figure, or how many outcomes are too few for it."""
    needed = metrics.not_supported().get(name)
    if needed is not None:
        return f"not supported: {min(metrics.leads_won, metrics.leads_not_won)} of {needed}"
    return _figure(metrics.supported()[name])


def _figure(value: float | None) -> str:
    return "not defined" if value is None or math.isnan(value) else f"{value:.4f}"

"""Trainings, backtests and the versions in the registry."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from models.registry import ModelVersion

METRICS = {
    "log_loss": ("log loss", "lower is better"),
    "brier": ("Brier", "lower is better"),
    "roc_auc": ("ROC AUC", "higher is better"),
    "pr_auc": ("PR AUC", "higher is better"),
    "observed_over_expected": ("won / expected", "1 is right"),
}
NOT_MEASURED = "A dash: a refresh is not measured, as it is the model before with newer outcomes."


def print_training(console: Console, result: Mapping[str, Any]) -> None:
    """Print the result of a training, as `TrainingResult.to_json` gives it with the path of its report."""
    rows = result["rows"]
    console.print(
        f"{rows['leads']:,} leads, {rows['moments']:,} moments ({rows['determined']:,} determined, {rows['matured']:,} matured), "
        f"{rows['broken']:,} broken rows left out.",
        highlight=False,
        soft_wrap=True,
    )
    table = Table("", *(title for title, _ in METRICS.values()), title="On later leads", title_justify="left")
    for model, figures in result["metrics"].items():
        table.add_row(model.replace("_", " "), *(_told(figures, name) for name in METRICS))
    console.print(table)
    moments = result["metrics"]["close_model"]["n"]
    console.print(
        f"{moments:,} moments from {result['tested_since'][:10]} on, by models that ended before; every lead weighs the same.",
        highlight=False,
        soft_wrap=True,
    )
    _print_intervals(console, result["judgement"])
    for sentence in _verdicts(result["metrics"]):
        console.print(sentence, highlight=False, soft_wrap=True)
    if result["abstains"]:
        said = f"It answers with the base rate alone: {result['abstains']}."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    role = "and serves as champion" if result["champion"] else "and waits: the champion stays as it is"
    console.print(f"Version {result['version']} is registered {role}.", highlight=False)
    console.print(f"What to tell the team: {result['report']}", markup=False, highlight=False, soft_wrap=True)


def _print_intervals(console: Console, judgement: Mapping[str, Any]) -> None:
    """Print what can be said of the close model's figures; the others stand in the report."""
    figures = judgement["models"]["close_model"]["figures"]
    shares = {name: f"share of wins in the best {name.rpartition('_')[2]} %" for name in figures if "share_of" in name}
    listed = {name: title for name, (title, _) in METRICS.items()} | {"slope": "calibration slope"} | shares
    table = Table("", "value", f"{100 * judgement['settings']['level']:g} % interval", title="Close model")
    for name, title in listed.items():
        table.add_row(title, *_with_interval(figures[name]))
    console.print(table)


def _with_interval(figure: Mapping[str, Any]) -> tuple[str, str]:
    if not figure["supported"]:
        few = f"{figure['won']:,} leads won and {figure['not_won']:,} not"
        return "not supported", f"{few}, {figure['needed']} of each needed"
    if figure["low"] is None:
        return _figure(figure["value"]), ""
    return _figure(figure["value"]), f"{figure['low']:.4f} to {figure['high']:.4f}"


def _verdicts(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say in words what the figures of a training say."""
    close = metrics["close_model"]
    if "log_loss" in close["not_supported"]:
        return [
            f"Too few outcomes to say whether it is better: {close['leads_won']} leads won, {close['leads_not_won']} not."
        ]
    beaten = [name for name in ("base_rate", "logistic") if close["log_loss"] < metrics[name]["log_loss"]]
    not_beaten = [name for name in ("base_rate", "logistic") if name not in beaten]
    names = {"base_rate": "the base rate", "logistic": "the logistic regression"}
    said = [f"Better in log loss than {' and '.join(names[name] for name in beaten)}."] if beaten else []
    said += [f"NOT better in log loss than {' and '.join(names[name] for name in not_beaten)}."] if not_beaten else []
    ratio = close["observed_over_expected"]
    if ratio is not None and not 0.9 <= ratio <= 1.1:
        too = "too much" if ratio < 1 else "too little"
        said.append(f"It promised {too}: {100 * ratio:.0f} were won for every 100 that it expected.")
    return said


def print_backtest(console: Console, result: Mapping[str, Any]) -> None:
    """Print a backtest, as `Backtest.to_json` gives it with the path of its plot: the close model by quarter, and every model pooled."""
    listed = ("log_loss", "roc_auc", "observed_over_expected")
    table = Table("quarter", "moments", "won", *(METRICS[name][0] for name in listed), title="Close model by quarter")
    for quarter, models in result["by_quarter"].items():
        figures = models["close_model"]
        table.add_row(quarter, f"{figures['n']:,}", f"{figures['won']:,}", *(_told(figures, name) for name in listed))
    console.print(table)
    level = "log loss, 95 % interval"
    pooled = Table(
        "", *(title for title, _ in METRICS.values()), level, "close model less this", title="All quarters together"
    )
    for model, figures in result["pooled"].items():
        intervals = result["intervals"].get(model, {})
        between = [
            _with_interval(intervals[name])[1] if name in intervals else "" for name in ("log_loss", "less_log_loss")
        ]
        pooled.add_row(model.replace("_", " "), *(_told(figures, name) for name in METRICS), *between)
    console.print(pooled)
    for quarter, why in result["skipped"].items():
        console.print(f"{quarter} left out: {why}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Quarter by quarter: {result['plot']}", markup=False, highlight=False, soft_wrap=True)


def versions_json(versions: Sequence["ModelVersion"]) -> list[dict[str, Any]]:
    """Return versions of a model as plain values."""
    return [{**asdict(version), "created_at": version.created_at.isoformat()} for version in versions]


def print_models(console: Console, versions: Sequence["ModelVersion"]) -> None:
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


def _told(figures: Mapping[str, Any], name: str) -> str:
    """Return a figure, or how many outcomes are too few for it."""
    if name in figures["not_supported"]:
        fewest = min(figures["leads_won"], figures["leads_not_won"])
        return f"not supported: {fewest} of {figures['not_supported'][name]}"
    return _figure(figures[name])


def _figure(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4f}"

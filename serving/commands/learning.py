"""Commands that learn and judge: train, refresh, backtest, and what the registry holds."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from serving.commands.console import JsonOption, SettingsOption, err, out, print_json, read_history, steps, whoever
from serving.settings import DEFAULT_FILE, load_settings


def train(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Learn from the history, measure on later leads, and register the model."""
    from models.registry import Registry
    from serving.decided import decided_so_far
    from serving.printing.learning import print_training
    from training.policy import judged_so_far
    from training.report import write_report
    from training.train import train as run

    loaded = load_settings(settings)
    with steps() as step:
        step("reading the history")
        checked = read_history(loaded)
        registry = Registry(loaded.registry, loaded.var)
        result = run(checked, loaded.training, registry, step)
        step("report")
        policy = judged_so_far(checked.history, decided_so_far(loaded), loaded.training)
        report = write_report(result, registry, loaded.reports, policy=policy, accountability=loaded.accountability)
    content = {**result.to_json(), "report": str(report)}
    if as_json:
        print_json(content)
    else:
        print_training(out, content)


def refresh(
    settings: SettingsOption = DEFAULT_FILE,
    if_new: Annotated[
        bool, typer.Option("--if-new", help="Only if outcomes have come in since the last time.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who does it, for the record.")] = "",
) -> None:
    """Bring the champion up to date with the outcomes that have come in, without training; a running service does so by itself."""
    from models.registry import Registry
    from training.lock import only_one
    from training.refresh import new_outcomes
    from training.refresh import refresh as run
    from training.retrain import LOCK

    loaded, now = load_settings(settings), datetime.now(UTC)
    registry = Registry(loaded.registry, loaded.var)
    with steps() as step:
        step("reading the history")
        checked = read_history(loaded)
        if if_new and not new_outcomes(checked, registry):
            out.print("No outcomes have come in that the champion does not know.", highlight=False)
            return
        step("following the outcomes")
        with only_one(loaded.var / LOCK, "refresh or round of retraining", now):
            version = run(checked, registry, now, whoever(by))
    out.print(
        f"Version {version.version} is version {version.tags['refreshed_from']} with the outcomes known until "
        f"{version.tags['known_until'][:10]}, and serves as champion.",
        highlight=False,
        soft_wrap=True,
    )


def backtest(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Train at each quarter's start with what was known then, predict the quarter, and judge it."""
    from rich.progress import Progress

    from serving.printing.learning import print_backtest
    from training.backtest import backtest as run
    from training.backtest_plots import plot_quarters
    from training.samples import prepare

    loaded = load_settings(settings)
    checked = read_history(loaded)
    dataset = prepare(checked.history, loaded.training)
    folder = loaded.var / "backtest"
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("quarters")
        result = run(
            dataset,
            loaded.training,
            folder,
            checked.fingerprint,
            lambda done, every: bar.update(task, completed=done, total=every),
        )
    plot = folder / "quarters.png"
    plot_quarters(result).savefig(plot, dpi=120)
    content = {**result.to_json(), "plot": str(plot)}
    if as_json:
        print_json(content)
    else:
        print_backtest(out, content)


def models(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """List the versions of the model with their aliases and metrics, and who served when and why."""
    from models.registry import Registry
    from serving.printing.learning import print_models, versions_json
    from serving.printing.promotion import changes_json, print_champions

    loaded = load_settings(settings)
    registry = Registry(loaded.registry, loaded.var)
    versions, changes = registry.versions(), registry.changes()
    if as_json:
        champion = {version.version: changes_json(changes, version.version) for version in versions}
        print_json([{**plain, "champion": champion[plain["version"]]} for plain in versions_json(versions)])
    else:
        print_models(out, versions)
        print_champions(out, changes)

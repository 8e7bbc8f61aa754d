"""Commands that learn and judge: train, refresh, backtest, and what the registry holds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.commands.cluster import ClusterOption, checked_parts, of_parts, prepared, refuse_as_of
from serving.cli.commands.console import (
    READING,
    AsOfOption,
    JsonOption,
    SettingsOption,
    err,
    out,
    parse_as_of,
    print_json,
    read_history,
    steps,
    whoever,
)
from serving.settings.settings import DEFAULT_FILE, Settings, load_settings

if TYPE_CHECKING:
    from serving.analytics.learning import ReportedTraining


def train(
    settings: SettingsOption = DEFAULT_FILE,
    as_of: AsOfOption = None,
    cluster: ClusterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Learn from the history, measure on later leads, and register the model."""
    from serving.analytics.learning import train_and_report
    from serving.cli.printing.learning import print_training
    from training.rounds.train import STEPS

    loaded = load_settings(settings)
    if cluster:
        refuse_as_of(as_of)
    names = (READING, *STEPS, "report")
    with steps("train", names if not cluster else (), loaded.var) as step:
        if cluster:
            trained = _train_parts(loaded, settings, step)
        else:
            step(READING)
            trained = train_and_report(loaded, read_history(loaded, parse_as_of(as_of)), step)
    if as_json:
        print_json(trained.to_json())
    else:
        print_training(out, trained.summary, trained.report)


def _train_parts(loaded: Settings, file: Path, step: Any) -> "ReportedTraining":
    """Train on a partition: features by all workers, trees by one."""
    from serving.cluster.learning import compute_features, train_gathered

    with checked_parts(loaded, step) as (parts, workers):
        features = compute_features(parts, loaded.training, workers, of_parts(step))
        step("training on one worker")
        return workers.run(train_gathered, parts, features, file.resolve())


def refresh(
    settings: SettingsOption = DEFAULT_FILE,
    if_new: Annotated[
        bool, typer.Option("--if-new", help="Only if outcomes have come in since the last time.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who does it, for the record.")] = "",
) -> None:
    """Bring the champion up to date with the outcomes that have come in, without training; a running service does so by itself."""
    from models.registry import Registry
    from serving.analytics.source_verdicts import note_sources
    from serving.cli.commands.telling import announcer_of
    from training.rounds.lock import only_one
    from training.rounds.refresh import new_outcomes
    from training.rounds.refresh import refresh as run
    from training.rounds.retrain import LOCK

    loaded, now = load_settings(settings), datetime.now(UTC)
    registry = Registry(loaded.registry, loaded.var)
    with steps() as step:
        step("reading the history")
        checked = read_history(loaded)
        step("judging the sources")
        note_sources(loaded, checked.history, now, announcer_of(loaded))
        if if_new and not new_outcomes(checked, registry):
            out.print("No outcomes have come in that the champion does not know.", highlight=False)
            return
        step("following the outcomes")
        with only_one(loaded.var / LOCK, "refresh or round of retraining", now):
            version = run(checked, registry, now, whoever(by))
    out.print(
        f"Version {version.version} is version {version.tags['refreshed_from']} with the outcomes known until "
        f"{version.tags['known_until'][:10]}, and serves as champion. {version.tags['refreshing']}",
        highlight=False,
        soft_wrap=True,
    )


def backtest(
    settings: SettingsOption = DEFAULT_FILE, cluster: ClusterOption = False, as_json: JsonOption = False
) -> None:
    """Train at each quarter's start with what was known then, predict the quarter, and judge it."""
    from serving.cli.printing.learning import print_backtest
    from training.judging.backtest import backtest as run
    from training.judging.backtest_plots import plot_quarters

    loaded = load_settings(settings)
    folder = loaded.var / "backtest"
    names = (READING, "features", "quarters")
    with (
        steps("backtest", () if cluster else names, loaded.var) as step,
        prepared(loaded, step, cluster) as history,
    ):
        step("features")
        result = run(
            history.dataset(loaded.training),
            loaded.training,
            folder,
            history.checked.fingerprint,
            lambda done, every: step(f"quarters: {done} of {every}"),
            work=history.work,
        )
    plot = folder / "quarters.png"
    plot_quarters(result).savefig(plot, dpi=120)
    if as_json:
        print_json({**result.to_json(), "plot": str(plot)})
    else:
        print_backtest(out, result)
        out.print(f"Quarter by quarter: {plot}", markup=False, highlight=False, soft_wrap=True)


def models(
    settings: SettingsOption = DEFAULT_FILE,
    here: Annotated[
        bool,
        typer.Option("--here", help="First let the registry keep its files where it stands: after a copy or move."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the versions of the model with their aliases and metrics, and who served when and why."""
    from models.registry import Registry
    from serving.cli.printing.learning import print_models, versions_json
    from serving.cli.printing.promotion import changes_json, print_champions

    loaded = load_settings(settings)
    registry = Registry(loaded.registry, loaded.var)
    if here and (before := registry.settle()) is not None:
        err.print(f"The files of the registry were taken to be in {before}; now they are beside it.", soft_wrap=True)
    versions, changes = registry.versions(), registry.changes()
    if as_json:
        champion = {version.version: changes_json(changes, version.version) for version in versions}
        print_json([{**plain, "champion": champion[plain["version"]]} for plain in versions_json(versions)])
    else:
        print_models(out, versions)
        print_champions(out, changes)

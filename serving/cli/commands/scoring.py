"""Scoring a file of leads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.commands import console
from serving.cli.commands.cluster import ClusterOption
from serving.cli.commands.console import SettingsOption, parse_moment
from serving.settings.settings import DEFAULT_FILE, Settings, load_settings


def score(
    leads: Annotated[
        str,
        typer.Argument(
            help="Leads: a file (CSV, Parquet, a workbook or JSON lines), the URL of a database, with --table, or the parts, with --cluster."
        ),
    ],
    target: Annotated[Path, typer.Option("--out", help="Scores: CSV, Parquet or JSON lines; a folder with --cluster.")],
    settings: SettingsOption = DEFAULT_FILE,
    model: Annotated[str, typer.Option(help="Alias or version of the model.")] = "champion",
    as_of: Annotated[
        str | None, typer.Option(help="Score leads that name no moment as of this time (ISO 8601); now if not given.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            help="The leads' events: CSV, Parquet or a workbook, written as the history's.", exists=True, dir_okay=False
        ),
    ] = None,
    no_events: Annotated[bool, typer.Option("--no-events", help="Nothing has happened to these leads.")] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Take columns that are not there as not known.")
    ] = False,
    table: Annotated[str, typer.Option(help="The table or view of the database that holds the leads.")] = "",
    questions: Annotated[
        bool, typer.Option("--questions/--no-questions", help="Say what to ask each lead next, which takes longest.")
    ] = True,
    cluster: ClusterOption = False,
) -> None:
    """Score a file or table of leads, with route, value, rank and what to ask next; exit code 1 if a row broke a rule."""
    import os

    from features.settings.source import HistorySource
    from models.registry import Registry
    from serving.batch import Choices, Deciding, Progress, score_file
    from serving.settings.secret import EXPLORATION

    loaded = load_settings(settings)
    if cluster:
        raise typer.Exit(_score_parts(loaded, settings, Path(leads), target, model, as_of, questions))
    version = Registry(loaded.registry, loaded.var).load(model)
    export = loaded.history or HistorySource(source="")
    choices = Choices(allow_missing, no_events, events, loaded.folder)
    deciding = Deciding(version.beside.decider, EXPLORATION.find(os.environ, loaded.var), questions)
    progress = Progress()
    with _leads_file(leads, table, loaded.folder) as file, _leads_bar() as show:
        for progress in score_file(version.model, file, target, parse_moment(as_of), export, choices, deciding):
            show(progress.done, progress.total, progress.scored)
    for note in progress.notes:
        console.err.print(note, soft_wrap=True, highlight=False, markup=False)
    good, broken = progress.scored - progress.broken, progress.broken
    console.err.print(f"{good:,} leads scored, {broken:,} broke a rule: {target}", soft_wrap=True, highlight=False)
    raise typer.Exit(1 if broken or progress.lost else 0)


def _score_parts(
    loaded: Settings, file: Path, folder: Path, target: Path, model: str, as_of: str | None, questions: bool
) -> int:
    """Score a partition on the cluster of the settings, and return the exit code."""
    from models.registry import Registry
    from serving.cluster.client import open_cluster
    from serving.cluster.history import partition_of, parts_folder
    from serving.cluster.scoring import ScoringRun, begin, score_parts

    if folder.resolve() != parts_folder(loaded).resolve():
        raise typer.BadParameter(
            f"With --cluster, LEADS must be the folder of the parts, {parts_folder(loaded)}, got {folder}."
        )
    registry = Registry(loaded.registry, loaded.var)
    version = model if model.isdigit() else registry.version_of(model)
    run = ScoringRun(partition_of(loaded), file.resolve(), version, parse_moment(as_of), questions, target.resolve())
    run = begin(run, as_of is not None)
    with console.steps() as step, open_cluster(loaded.cluster) as cluster:
        counts = score_parts(run, cluster, lambda name, done, every: step(f"{name}: {done} of {every} parts"))
    told = f"{counts.scored - counts.broken:,} leads scored, {counts.broken:,} broke a rule: {target}"
    console.err.print(told, soft_wrap=True, highlight=False)
    return 1 if counts.broken or counts.lost else 0


@contextmanager
def _leads_file(leads: str, table: str, folder: Path) -> Iterator[Path]:
    """Give the file of the leads; those of a database are put into one for as long as they are scored."""
    if ("://" in leads) != bool(table):
        raise typer.BadParameter("a database takes its URL and --table NAME, a file neither of them.")
    if not table:
        if not Path(leads).is_file():
            raise typer.BadParameter(f"There is no file {leads}: name a file of leads, or a database by its URL.")
        yield Path(leads)
        return
    from pyarrow.parquet import write_table

    from features.records.reading.sql import read_all
    from features.settings.passing import passing_folder

    with passing_folder() as place:
        file = place / f"{table}.parquet"
        write_table(read_all(leads, table, folder), file)
        yield file


@contextmanager
def _leads_bar() -> Iterator[Callable[[int, int, int], None]]:
    """Show on a terminal how much of a file of leads is scored; say nothing where nobody watches."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    if not console.err.is_terminal:
        with console.steps("score", ("scoring",)) as step:
            yield lambda done, total, _scored: step(f"scoring: {done} of {total}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.err, transient=True) as bar:
        task = bar.add_task("scoring", total=None)

        def show(done: int, total: int, scored: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{scored:,} leads")

        yield show

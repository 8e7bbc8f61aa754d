"""Scoring a file of leads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from serving.commands import console
from serving.commands.console import SettingsOption, parse_moment
from serving.settings import DEFAULT_FILE, load_settings


def score(
    file: Annotated[Path, typer.Argument(help="Leads: CSV, Parquet or JSON lines.", exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Option("--out", help="Scores: CSV, Parquet or JSON lines.")],
    settings: SettingsOption = DEFAULT_FILE,
    model: Annotated[str, typer.Option(help="Alias or version of the model.")] = "champion",
    as_of: Annotated[
        str | None, typer.Option(help="Score leads that name no moment as of this time (ISO 8601); now if not given.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="The leads' events: CSV or Parquet, written as the history's.", exists=True, dir_okay=False),
    ] = None,
    no_events: Annotated[bool, typer.Option("--no-events", help="Nothing has happened to these leads.")] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Take columns that are not there as not known.")
    ] = False,
) -> None:
    """Score a file of leads; exit code 1 if a row broke a rule."""
    from features.settings import HistorySource
    from models.registry import Registry
    from serving.batch import Choices, Progress, score_file

    loaded = load_settings(settings)
    close_model = Registry(loaded.registry, loaded.var).load(model).model
    export = loaded.history or HistorySource(source="")
    choices = Choices(allow_missing, no_events, events)
    progress = Progress()
    with _leads_bar() as show:
        for progress in score_file(close_model, file, target, parse_moment(as_of), export, choices):
            show(progress.done, progress.total, progress.scored)
    for note in progress.notes:
        console.err.print(note, soft_wrap=True, highlight=False, markup=False)
    good, broken = progress.scored - progress.broken, progress.broken
    console.err.print(f"{good:,} leads scored, {broken:,} broke a rule: {target}", soft_wrap=True, highlight=False)
    raise typer.Exit(1 if broken or progress.lost else 0)


@contextmanager
def _leads_bar() -> Iterator[Callable[[int, int, int], None]]:
    """Show on a terminal how much of a file of leads is scored; say nothing where nobody watches."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        task = bar.add_task("scoring", total=None)

        def show(done: int, total: int, scored: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{scored:,} leads")

        yield show

"""Commands that let outcomes judge: sources, the funnel, reps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from serving.cli.commands.cluster import ClusterOption, checked_parts
from serving.cli.commands.console import (
    AsOfOption,
    JsonOption,
    SettingsOption,
    out,
    parse_moment,
    print_json,
    read_history,
    steps,
)
from serving.settings.settings import DEFAULT_FILE, Settings, load_settings

if TYPE_CHECKING:
    from features.records.history import History


def sources(
    settings: SettingsOption = DEFAULT_FILE,
    as_of: AsOfOption = None,
    cluster: ClusterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Hold each source to account: what it cost and brought, and whether it closes as before: steady, watch, alarm, cannot tell yet."""
    from features.records.spend import read_spend
    from models.accountability.accounts import hold_to_account
    from serving.cli.printing.accountability import print_sources

    loaded = load_settings(settings)
    with steps() as step, _asking(loaded, as_of, cluster, step) as ask:
        spend = None if loaded.spend is None else read_spend(loaded.spend, loaded.lead_schema, loaded.folder)
        step("judging the sources")
        report = ask(hold_to_account, loaded.training.decision, spend)
    if as_json:
        print_json(report.to_json())
    else:
        print_sources(out, report)


def funnel(
    settings: SettingsOption = DEFAULT_FILE,
    by: Annotated[
        Literal["month", "quarter"], typer.Option(help="Cohorts by the month or quarter of creation.")
    ] = "month",
    as_of: AsOfOption = None,
    cluster: ClusterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show how far leads come and how soon: responded, suspect, prospect, won; and whether they are being qualified."""
    from models.accountability.funnel import funnel as pour
    from serving.cli.printing.accountability import print_funnel

    loaded = load_settings(settings)
    with steps() as step, _asking(loaded, as_of, cluster, step) as ask:
        step("following the leads")
        report = ask(pour, by)
    if as_json:
        print_json(report.to_json())
    else:
        print_funnel(out, report)


def reps(
    settings: SettingsOption = DEFAULT_FILE,
    as_of: AsOfOption = None,
    picture: Annotated[Path | None, typer.Option(help="Draw both skills into this file (PNG or SVG).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell each rep's two skills apart, closing and generating leads, and what a fall of closers points to."""
    from models.accountability.reps import judge_reps
    from serving.cli.printing.accountability import print_reps

    loaded = load_settings(settings)
    with steps() as step:
        history, moment = _read(loaded, as_of, step)
        step("judging the reps")
        report = judge_reps(history, loaded.accountability, moment)
    if picture is not None:
        from serving.cli.printing.pictures import draw_reps

        draw_reps(report, picture)
    if as_json:
        print_json(report.to_json())
    else:
        print_reps(out, report)


@contextmanager
def _asking(settings: Settings, as_of: str | None, cluster: bool, step: Any) -> Iterator[Callable[..., Any]]:
    """Give what asks a report of the history, as of when it is to be judged: here, or of a worker that has all parts."""
    if not cluster:
        history, moment = _read(settings, as_of, step)
        yield lambda report, *given: report(history, settings.accountability, moment, *given)
        return
    from features.records.clock import to_microseconds
    from serving.cluster.learning import report_gathered

    with checked_parts(settings, step) as (parts, workers):
        until = parts.known_until if as_of is None else to_microseconds(parse_moment(as_of))
        yield lambda report, *given: workers.run(report_gathered, parts, report, settings.accountability, until, *given)


def _read(settings: Settings, as_of: str | None, step: Any) -> "tuple[History, int]":
    """Return the history, and as of when it is to be judged."""
    from features.records.clock import to_microseconds

    step("reading the history")
    history = read_history(settings).history
    return history, history.known_until if as_of is None else to_microseconds(parse_moment(as_of))

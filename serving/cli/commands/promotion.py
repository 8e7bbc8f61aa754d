"""Commands that decide what serves: the quarter's round, promote, rollback."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from serving.cli.commands.cluster import ClusterOption, prepared, refuse_as_of
from serving.cli.commands.console import (
    READING,
    JsonOption,
    SettingsOption,
    out,
    parse_moment,
    print_json,
    read_history,
    reader,
    steps,
    whoever,
)
from serving.settings.settings import DEFAULT_FILE, load_settings

REFUSED = 3
"""Exit code of a gate that refuses."""

ByOption = Annotated[str, typer.Option("--by", help="Who decides; the user of this computer if not given.")]
PATIENCE = 600.0
"""Seconds that a round waits for a refresh, which the service may have begun, or for another round."""
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for those who will ask.")]


def retrain(
    settings: SettingsOption = DEFAULT_FILE,
    as_of: Annotated[
        str | None,
        typer.Option(help="Use what was known at this time (ISO 8601), such as the quarter's end; now if not given."),
    ] = None,
    by: ByOption = "",
    cluster: ClusterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train, backtest, judge, promote or refuse, and write the report; exit code 3 if the new model is refused."""
    from models.registry import Registry
    from serving.analytics.logged_decisions import decided_so_far
    from serving.cli.commands.telling import announcer_of
    from serving.cli.printing.promotion import print_round
    from serving.outbox.decisions import decision_notice
    from training.gate.decision import Approval
    from training.rounds.retrain import RoundPlan
    from training.rounds.retrain import retrain as run
    from training.rounds.train import STEPS

    loaded, now, until = load_settings(settings), datetime.now(UTC), parse_moment(as_of)
    if cluster:
        refuse_as_of(as_of)
    read = reader(loaded, until)
    decided = decided_so_far(loaded)
    plan = RoundPlan(
        loaded.training,
        loaded.gate,
        loaded.retrain,
        loaded.var,
        loaded.reports,
        read,
        PATIENCE,
        decided,
        loaded.accountability,
    )
    names = (READING, *STEPS, "backtest", "gate", "promotion", "report")
    with (
        steps("retrain", () if cluster else names, loaded.var) as step,
        prepared(loaded, step, cluster, until) as history,
    ):
        plan = replace(plan, lay_out=history.lay_out, work=history.work)
        done = run(history.checked, plan, Registry(loaded.registry, loaded.var), Approval(now, whoever(by)), step)
    if done.decision is not None and not done.done_before:
        announcer_of(loaded)([decision_notice(done.decision)])
    if as_json:
        print_json(done.to_json())
    else:
        print_round(out, done)
    raise typer.Exit(0 if done.promoted else REFUSED)


def promote(
    version: Annotated[str, typer.Argument(help="Number of the version that is to serve.")],
    settings: SettingsOption = DEFAULT_FILE,
    overrule: Annotated[bool, typer.Option("--overrule", help="Let it serve even if the gate refuses it.")] = False,
    by: ByOption = "",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Judge a version against the champion, and let it serve if it passes; exit code 3 if it is refused."""
    from models.registry import Registry
    from serving.cli.commands.telling import announcer_of
    from serving.cli.printing.promotion import print_decision
    from serving.outbox.decisions import decision_notice
    from training.gate.decision import Approval
    from training.rounds.promote import promote as run

    if overrule and not (by.strip() and reason.strip()):
        raise typer.BadParameter("whoever overrules the gate must say who and why: add --by NAME --reason TEXT.")
    loaded, now = load_settings(settings), datetime.now(UTC)
    with steps() as step:
        step("reading the history")
        history = read_history(loaded).history
        step(f"judging version {version}")
        word = Approval(now, whoever(by), reason, overrule)
        registry = Registry(loaded.registry, loaded.var)
        decision = run(version, history, reader(loaded, now), registry, loaded.gate, word)
    announcer_of(loaded)([decision_notice(decision)])
    if as_json:
        print_json(decision.to_json())
    else:
        print_decision(out, decision)
    raise typer.Exit(0 if decision.promoted else REFUSED)


def rollback(
    settings: SettingsOption = DEFAULT_FILE,
    back: Annotated[int, typer.Option("--steps", min=1, help="How many champions to go back.")] = 1,
    by: ByOption = "",
    reason: ReasonOption = "",
) -> None:
    """Let an earlier champion serve again; nothing is deleted."""
    from models.registry import Registry
    from models.registry.champions import Cause
    from serving.cli.commands.telling import announcer_of
    from serving.outbox.decisions import rollback_notice
    from training.gate.decision import Approval
    from training.rounds.promote import champion_of
    from training.rounds.promote import rollback as run

    loaded = load_settings(settings)
    word = Approval(datetime.now(UTC), whoever(by), reason)
    registry = Registry(loaded.registry, loaded.var)
    before = champion_of(registry)
    version = run(registry, back, word)
    announcer_of(loaded)([rollback_notice(version, Cause("rolled back", word.at, word.by, reason), before)])
    out.print(
        f"Version {version} serves again. Run `glengarry refresh` to give it the outcomes that have come in since.",
        highlight=False,
        soft_wrap=True,
    )

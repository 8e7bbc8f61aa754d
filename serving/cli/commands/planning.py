"""Commands for those who decide what to work: what fewer, better leads would have kept and saved, what the routing is worth."""

from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.commands.cluster import ClusterOption, prepared, refuse_as_of
from serving.cli.commands.console import (
    READING,
    AsOfOption,
    JsonOption,
    SettingsOption,
    out,
    parse_as_of,
    parse_moment,
    print_json,
    read_history,
    steps,
)
from serving.settings.settings import DEFAULT_FILE, Settings, load_settings

if TYPE_CHECKING:
    from training.judging.policy import Rival


def plan(
    settings: SettingsOption = DEFAULT_FILE,
    as_of: AsOfOption = None,
    cluster: ClusterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what working only the best leads would have kept and saved, by the predictions of the backtest."""
    from serving.cli.printing.planning import print_plan
    from training.judging.backtest import predict_quarters
    from training.judging.plan import past_leads
    from training.judging.plan import plan as run

    loaded = load_settings(settings)
    if cluster:
        refuse_as_of(as_of)
    names = () if cluster else (READING, "features", "predicting past quarters")
    with (
        steps("plan", names, loaded.var) as step,
        prepared(loaded, step, cluster, parse_as_of(as_of)) as history,
    ):
        step("features")
        dataset = history.dataset(loaded.training)
        predicted = predict_quarters(
            dataset,
            loaded.training,
            loaded.var / "backtest",
            history.checked.fingerprint,
            lambda done, every: step(f"predicting past quarters: {done} of {every}"),
            work=history.work,
        )
        result = run(past_leads(dataset, loaded.training, list(predicted.values())), loaded.training.decision)
    if as_json:
        print_json(result.to_json())
    else:
        print_plan(out, result)


def policy(
    settings: SettingsOption = DEFAULT_FILE,
    version: Annotated[str | None, typer.Option(help="Another version, whose routing is to be held beside.")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what the routing is worth, and what another would be, by the routes that the service logged and what came of them."""
    from features.records.clock import to_microseconds
    from serving.analytics.logged_decisions import decided_in
    from serving.cli.printing.policy import print_policy
    from training.judging.nurture import nurtured
    from training.judging.policy import policy_report

    loaded = load_settings(settings)
    with steps() as step:
        step("reading the history and the decisions")
        checked, decided = read_history(loaded), decided_in(loaded)
        others = {} if version is None else {f"version {version}": _rival(loaded, version)}
        step("judging the routing")
        moment = None if as_of is None else to_microseconds(parse_moment(as_of))
        report = policy_report(checked.history, decided, loaded.training, others, moment)
        came_back = nurtured(checked.history, decided, moment)
    if as_json:
        print_json({**report.to_json(), "nurtured": [one.to_json() for one in came_back]})
    else:
        print_policy(out, report, came_back)


def _rival(settings: Settings, version: str) -> "Rival":
    """Return how a version of the registry routes."""
    from models.registry import NoModelError, Registry
    from training.judging.policy import Rival

    registry = Registry(settings.registry, settings.var)
    _, model, beside = registry.load(version)
    decider = beside.decider
    if decider is None:
        raise NoModelError(f"Version {version} must have decisions, got one that only scores: train a newer one.")
    return Rival(
        lambda history, moments: decider.routes(model, history, moments, model.matrix(history, moments)),
        model.trained_until,
    )

"""Claims that are made once, at a report: each is held against what is true of the world, pair by pair of (made, true)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bench.worlds import World, on_record, positions
from bench.worlds.structure import stream
from bench.worlds.tables import AMOUNT_SPREAD, in_days
from features.records.history import Floats, History
from models.accountability.losses import loss_shares
from models.accountability.settings import AccountabilitySettings
from models.decision.ladder import Ladder
from training.fitting.fit import TooFewOutcomesError
from training.judging.backtest import Prediction
from training.judging.evaluate import CLOSE, Evaluation, evaluate
from training.judging.plan import CUTS, SCORECARD, past_leads, plan
from training.judging.rivals import rivals
from training.judging.uncertainty import why_abstain
from training.metrics.figure import verdict, verdict_of_more
from training.samples.dataset import Dataset, prepare
from training.samples.ladder import ladder_report
from training.samples.moments import labels_known_at, moments_at_ages
from training.settings import TrainingSettings

Pairs = Iterator[tuple[str, bool, bool]]
"""Claims by name: whether each is made, and whether it is true."""
LEADS, DAYS = 2_000, 800
SMALL: dict[str, Any] = {"booster": {"most_rounds": 100}, "tuning": {"ways": ["as_set"]}}
"""Few trees, grown in one way: what is tried is what is said of a model, not the model."""
REASONS = ("no budget", "no need", "bad timing", "no trust")
"""As words that are understood as four reasons."""
UNEVEN = (0.4, 0.2, 0.2, 0.2)
EQUAL = (0.25,) * 4
SURE = 0.002
"""Truths that differ by less are neither: they count as if no claim had been made."""


def steady(seed: int, **given: Any) -> World:
    """Return a steady world of a seed, small enough to be trained on in seconds."""
    rng = stream(seed, "claims")
    base = float(rng.uniform(0.1, 0.4))
    parts = {"steady": True, "leads": LEADS, "days": DAYS, "base_rate": base, "price": None, "worse_leads": None}
    return World(seed, **parts | given)


def ladder(seed: int) -> Pairs:
    """Yield whether the steps of the ladder are said to close in order, or out of it, and whether they truly do."""
    world = steady(seed, leads=2 * LEADS)
    history, settings = world.history(), TrainingSettings()
    report = ladder_report(history, settings)
    moments = moments_at_ages(history, settings.ages_days, history.known_until)
    labels = labels_known_at(history, moments, history.known_until, settings.settling_days)
    moments = moments.take(np.flatnonzero(labels.matured & ~labels.over))
    rules = Ladder(history.schema)
    step = rules.steps(rules.met(history, moments))
    chance = world.own_chance(positions(history, moments.lead), in_days(moments.as_of))
    rates = [float(chance[step == one].mean()) for one in np.unique(step)]
    yield "the ladder is out of order", report.order == "wrong", bool((np.diff(rates) < 0).any())
    yield "each step closes better", report.order == "in order", len(rates) > 1 and bool((np.diff(rates) > 0).all())


def loss_reason(seed: int) -> Pairs:
    """Yield whether a reason is called a source's commonest where all are as common, and where one is twice as common."""
    history = steady(seed).history()
    for shares in (EQUAL, UNEVEN):
        told = loss_shares(_with_reasons(history, seed, shares), {}, history.known_until, _fewest())
        named = {
            said.split(":")[0]
            for name, value in {(row.channel, row.value) for row in told.rows}
            if not (said := told.said(name, value)).startswith(("Of the", "It lost", "Why"))
            and " or " not in said.split(":")[0]
        }
        if shares == UNEVEN:
            yield "a reason is the commonest", "No money" in named, True
            yield "a reason that is not the commonest is", bool(named - {"No money"}), False
        else:
            yield "a reason is the commonest", bool(named), False


def _with_reasons(history: History, seed: int, shares: tuple[float, ...]) -> History:
    reason = stream(seed, "reasons").choice(np.array(REASONS, np.object_), len(history.outcomes), p=shares)
    return replace(history, outcomes=replace(history.outcomes, reason=reason))


def _fewest() -> int:
    return AccountabilitySettings().fewest_leads


def telling(seed: int) -> Pairs:
    """Yield what is said of a model in a world whose answers tell something."""
    yield from _of_model(steady(seed, ages_days=(0,)), tells=True)


def silent(seed: int) -> Pairs:
    """Yield what is said of a model in a world in which nothing tells who will buy."""
    drawn = steady(seed).structure
    sources = tuple(replace(source, effect=0.0, later_effect=0.0) for source in drawn.sources)
    none = {"signal": 0.0, "interest": 0.0, "accounts": 0.0, "brought": 0.0, "skill": 0.0}
    yield from _of_model(steady(seed, ages_days=(0,), sources=sources, **none), tells=False)


def _of_model(world: World, tells: bool) -> Pairs:
    history = world.history()
    settings = TrainingSettings(**{**world.training.model_dump(), **SMALL})
    dataset = prepare(history, settings)
    try:
        evaluation = evaluate(dataset, settings)
    except TooFewOutcomesError:
        return
    moments = dataset.moments.take(evaluation.test.rows)
    truth = on_record(world, history, moments.lead, moments.as_of)
    yield "the model tells no more than the base rate", "told no more" in why_abstain(evaluation), not tells
    yield from _beside_rivals(evaluation, truth, bool(history.schema.channels))
    yield from _of_plan(world, dataset, settings, evaluation, truth)


def _beside_rivals(evaluation: Evaluation, truth: Floats, channels: bool) -> Pairs:
    """Yield verdicts on chances and order beside the nearest rival, against what they are expected to be under the truth."""
    rival, *_ = rivals(evaluation.judgement, channels)
    ours, weight = evaluation.judgement.models[CLOSE], evaluation.test.weight
    losses, wins = (
        [of(evaluation.probability[name], truth, weight) for name in (CLOSE, rival)] for of in (_loss, _found)
    )
    said = verdict(ours.less_log_loss[rival]), verdict_of_more(ours.more_found[rival])
    for what, claim, gain in zip(("chances", "order"), said, (losses[1] - losses[0], wins[0] - wins[1]), strict=True):
        if abs(gain) > SURE or claim not in ("better", "worse"):
            yield f"by {what}, it is better than the nearest rival", claim == "better", gain > 0
            yield f"by {what}, it is worse than the nearest rival", claim == "worse", gain < 0


def _loss(p: Floats, truth: Floats, weight: Floats) -> float:
    return float(np.average(-truth * np.log(p) - (1 - truth) * np.log(1 - p), weights=weight))


def _found(p: Floats, truth: Floats, weight: Floats, share: float = 0.2) -> float:
    """Return which share of the wins is to be expected among the best leads."""
    order = np.argsort(-p, kind="stable")
    won = (truth * weight)[order]
    return float(won[np.cumsum(weight[order]) <= share * weight.sum()].sum() / won.sum())


def _of_plan(
    world: World, dataset: Dataset, settings: TrainingSettings, evaluation: Evaluation, truth: Floats
) -> Pairs:
    """Yield whether the best cut is said to bring more, or less, than all leads and than as many by the scorecard."""
    tested = Prediction(evaluation.test.rows, evaluation.probability)
    try:
        leads = past_leads(dataset, settings, [tested])
    except TooFewOutcomesError:
        return
    result, said = plan(leads, settings.decision), plan(leads, settings.decision).compared()
    worth = truth * world.structure.amount * np.exp(AMOUNT_SPREAD**2 / 2) - settings.decision.rep.cost
    if len(worth) != result.leads:
        return
    nets = {name: np.cumsum(worth[order]) for name, order in leads.orders.items()}
    best = max(result.cuts, key=lambda cut: cut.net)
    cut = best if best.leads < result.leads else result.cuts[CUTS.index(0.3)]
    ours = nets[CLOSE][cut.leads - 1]
    for words, other in (
        ("working all leads", nets[CLOSE][-1]),
        ("the points scorecard", nets[SCORECARD][cut.leads - 1]),
    ):
        claims = [sentence for sentence in said if words in sentence and sentence.startswith("The best")]
        for more, true in (("more", ours > other), ("LESS", ours < other)):
            yield f"a cut brings {more} than {words}", any(f"brought {more} than" in one for one in claims), bool(true)


ONCE: Mapping[str, Callable[[int], Pairs]] = {
    "ladder": ladder,
    "loss reason": loss_reason,
    "telling": telling,
    "silent": silent,
}

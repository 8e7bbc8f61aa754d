"""What a training knows of its model's errors: how wide its ranges are, and whether it has shown any skill."""

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from features.records.history import Floats
from models.close.booster import binned, taken
from models.close.calibration import log_losses
from models.close.model import CloseModel
from models.close.uncertainty import LEVEL_MOVES, Certainty, log_odds
from training.fitting.evidence import Evidence, pooled
from training.fitting.fit import Fitted, no_skill
from training.fitting.tuning import grow
from training.judging.evaluate import BASE_RATE, CLOSE, Evaluation
from training.metrics.figure import verdict
from training.samples.dataset import Dataset
from training.settings import TrainingSettings
from training.side_by_side import side_by_side

UNSEEN = 0.48
"""Standard deviation, in log-odds, of the errors that halves of the leads share: what a model leaves out, or draws to the middle, for want of
evidence. No outcome of one company shows it; it was found in companies drawn at random, where the truth is known (`bench.ranges`)."""
MAX_COMPARED = 20_000
"""Moments, the latest ones, on which halves are compared."""


def with_certainty(dataset: Dataset, settings: TrainingSettings, fitted: Fitted, evaluation: Evaluation) -> CloseModel:
    """Return the fitted model with its ranges; where its method has shown no skill on later leads, one that abstains."""
    model = fitted.model
    if model.certainty.abstention:
        return model
    reason = why_abstain(evaluation)
    if reason:
        leads = fitted.sample.lead_count(dataset)
        certainty = Certainty.of_base_rate(model.base_rate, leads, reason)
    else:
        certainty = measured(dataset, settings, fitted)
    return replace(model, certainty=certainty)


def measured(dataset: Dataset, settings: TrainingSettings, fitted: Fitted) -> Certainty:
    """Return how far the model errs about the share that is won of leads of which the same is known."""
    variance = variance_of_blend(dataset, settings, fitted) + variance_of_level(fitted) + UNSEEN**2
    return Certainty(spread=float(np.sqrt(variance)), middle=log_odds(fitted.model.base_rate))


def why_abstain(evaluation: Evaluation) -> str:
    """Return why a model is to answer with the base rate alone; nothing if it has shown that it tells more.

    It has shown so if it loses less than the base rate on later leads and the interval of the difference holds nothing gained by chance
    alone; or if what it saved on them, and inside the past of its training on leads before them, together is more than chance: few leads
    tell little, and each is asked.
    """
    abstained = evaluation.fitted.model.certainty.abstention
    if abstained:
        return abstained
    gain = evaluation.judgement.models[CLOSE].less_log_loss[BASE_RATE]
    if verdict(gain) == "better" or (verdict(gain) != "worse" and evidence(evaluation).is_beyond_chance):
        return ""
    if verdict(gain) == "cannot tell":
        return (
            f"too few outcomes to tell whether the model knows more than the base rate: {gain.won} of {gain.won + gain.not_won} "
            f"later leads were won, and it takes {gain.needed} of each kind"
        )
    return no_skill(gain.won + gain.not_won, "leads")


def evidence(evaluation: Evaluation) -> Evidence:
    """Return what the tested model saved beside the base rate, on the test and on the later moments of its own training together."""
    test, inside = evaluation.test, evaluation.fitted.tuning.evidence
    base, said = (log_losses(logit(evaluation.probability[name]), test.y) for name in (BASE_RATE, CLOSE))
    outside = Evidence.of(base - said, test.weight, evaluation.lead)
    return outside if inside is None else pooled((inside, outside))


def variance_of_blend(dataset: Dataset, settings: TrainingSettings, fitted: Fitted) -> float:
    """Return the variance of a margin by which leads were there to learn from, in log-odds squared.

    Blends are grown on two halves of the leads; how far they disagree tells the variance of one that knows half of the leads. That of
    the model, which knows all, is lower, by how much depends on what it learned: to be on the safe side, that of a half stands for it.

    Source: replicated half-samples, McCarthy 1969.
    """
    return float(np.mean(_disagreement(dataset, settings, fitted) ** 2)) / 2


def variance_of_level(fitted: Fitted) -> float:
    """Return the variance of the level's error: from how it moved when it could last be seen, and how it may be expected to move."""
    return (LEVEL_MOVES**2 + fitted.tuning.level**2) / 2 if fitted.tuning.later else LEVEL_MOVES**2


def _disagreement(dataset: Dataset, settings: TrainingSettings, fitted: Fitted) -> Floats:
    """Return the difference of the calibrated margins of two halves, on the latest moments (m,)."""
    model, rows = fitted.model, fitted.sample.rows
    X, y, weight = fitted.sample.arrays(dataset.X)
    draw = np.random.default_rng(settings.booster.seed)
    in_first = (draw.random(len(dataset.history.leads)) < 0.5)[dataset.moments.lead[rows]]
    latest = np.argsort(-dataset.moments.as_of[rows], kind="stable")[:MAX_COMPARED]
    members, fewest = fitted.tuning.members, settings.booster.min_leads_in_leaf
    whole = binned(X, y, weight, dataset.features, fewest=fewest)

    def margin(half: NDArray[np.intp]) -> Floats:
        bins = taken(whole, half, y[half], weight[half])
        return grow(dataset, settings, members, X[half], y[half], weight[half], rows=bins).margin(X[latest])

    first, second = side_by_side([partial(margin, np.flatnonzero(half)) for half in (in_first, ~in_first)])
    apart: Floats = model.calibration.slope * (first - second)
    return apart

"""What a training knows of its model's errors: how wide its ranges are, and whether it has shown any skill."""

from dataclasses import replace

import numpy as np

from features.history import Floats
from models.close.booster import Booster
from models.close.certainty import Certainty, spread_of_rate
from models.close.model import CloseModel
from training.evaluate import BASE_RATE, CLOSE, Evaluation
from training.fit import Fitted, no_skill
from training.samples import Dataset
from training.settings import TrainingSettings
from training.untold import untold

LEVEL_MOVES = 0.15
"""Standard deviation, in log-odds, by which the level of all leads may be expected to move until the next training."""
MOST_COMPARED = 20_000
"""Moments, the latest ones, on which halves are compared."""


def with_certainty(dataset: Dataset, settings: TrainingSettings, fitted: Fitted, evaluation: Evaluation) -> CloseModel:
    """Return the fitted model with its ranges; where its method has shown no skill on later leads, one that abstains."""
    model = fitted.model
    if model.certainty.abstention:
        return model
    reason = why_abstain(evaluation)
    if reason:
        leads = len(np.unique(dataset.moments.lead[fitted.sample.rows]))
        certainty = Certainty(spread=spread_of_rate(model.base_rate, leads), abstention=reason)
    else:
        certainty = measured(dataset, settings, fitted)
    return replace(model, certainty=certainty)


def measured(dataset: Dataset, settings: TrainingSettings, fitted: Fitted) -> Certainty:
    """Return how far the model errs, and how far leads of which the same is known differ.

    What halves of what is known leave untold holds the error of their trees as well, which is counted with the model's: it is taken off.
    """
    trees = variance_of_trees(dataset, settings, fitted)
    differ = untold(dataset, settings, fitted.model.trained_until) ** 2 - trees
    return Certainty(spread=float(np.sqrt(trees + variance_of_level(fitted))), untold=max(differ, 0.0) ** 0.5)


def why_abstain(evaluation: Evaluation) -> str:
    """Return why a model is to answer with the base rate alone; nothing if it has shown that it tells more.

    It has shown so if it loses less than the base rate on later leads, and the interval of the difference holds nothing gained
    by chance alone.
    """
    abstained = evaluation.fitted.model.certainty.abstention
    if abstained:
        return abstained
    gain = evaluation.judgement.models[CLOSE].less_log_loss[BASE_RATE]
    if not gain.supported:
        return (
            f"too few outcomes to tell whether the model knows more than the base rate: {gain.won} of {gain.won + gain.not_won} "
            f"later leads were won, and it takes {gain.needed} of each kind"
        )
    if gain.high < 0:
        return ""
    return no_skill(gain.won + gain.not_won, "leads")


def variance_of_trees(dataset: Dataset, settings: TrainingSettings, fitted: Fitted) -> float:
    """Return the variance of the error of a margin that comes from the trees, in log-odds squared.

    Trees are grown on two halves of the leads; how far they disagree tells the variance of trees on half of the leads. That of
    trees on all is lower, but trees that stop early are also biased, by about as much as they vary: the variance of a half stands for
    both.

    Source: replicated half-samples, McCarthy 1969; the bias of a smoother at its best setting is of the order of its standard
    deviation, Stone 1982.
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
    latest = np.argsort(-dataset.moments.as_of[rows], kind="stable")[:MOST_COMPARED]
    margins = [
        Booster.fit(
            fitted.tuning.growth, dataset.features, X[half], y[half], weight[half], model.booster.rounds
        ).margin(X[latest])
        for half in (in_first, ~in_first)
    ]
    apart: Floats = model.calibration.slope * (margins[0] - margins[1])
    return apart

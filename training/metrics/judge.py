"""Models side by side on the same moments: every figure with its interval, calibration by group, and what each loses where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.history import Floats, Strings
from training.metrics.bootstrap import replicate_counts
from training.metrics.compare import Resampled, less, resample
from training.metrics.corp import Decomposition, decompose
from training.metrics.figure import Figure, figure
from training.metrics.groups import GroupFigure, Grouping, by_name, by_score
from training.metrics.ranking import net_benefit_of_all
from training.metrics.scores import percent
from training.metrics.settings import JudgingSettings
from training.metrics.totals import totals
from training.metrics.trial import Trial

SCORE_BAND = "score_band"
"""The grouping of calibration that each model makes by its own scores."""


@dataclass(frozen=True)
class ModelJudgement:
    """What can be said of one model.

    Attributes
    ----------
    figures
        By name, as `training.metrics.scores.figures` names them.
    less_log_loss
        By each other model: this model's log loss less that one's, paired; below 0 this model is better.
    parts
        Log loss and Brier score taken apart.
    calibration
        Wins over expected wins by grouping, and there by group.
    """

    figures: Mapping[str, Figure]
    less_log_loss: Mapping[str, Figure]
    parts: Mapping[str, Decomposition]
    calibration: Mapping[str, tuple[GroupFigure, ...]]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as plain values."""
        return {
            "figures": {name: figure.to_json() for name, figure in self.figures.items()},
            "less_log_loss": {name: figure.to_json() for name, figure in self.less_log_loss.items()},
            "parts": {name: parts.to_json() for name, parts in self.parts.items()},
            "calibration": {name: [group.to_json() for group in groups] for name, groups in self.calibration.items()},
        }


@dataclass(frozen=True)
class Judgement:
    """Models side by side.

    Attributes
    ----------
    moments, leads, won
        What they were judged on: moments, their leads, and how many of these were won.
    net_benefit_of_all
        By threshold in per cent: what calling everybody gains, which a model should exceed.
    models
        By name.
    """

    moments: int
    leads: int
    won: int
    base_rate: float
    settings: JudgingSettings
    net_benefit_of_all: Mapping[str, float]
    models: Mapping[str, ModelJudgement]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as plain values."""
        return {
            "moments": self.moments,
            "leads": self.leads,
            "won": self.won,
            "base_rate": self.base_rate,
            "settings": self.settings.model_dump(mode="json"),
            "net_benefit_of_all": dict(self.net_benefit_of_all),
            "models": {name: model.to_json() for name, model in self.models.items()},
        }

    def table(self) -> pd.DataFrame:
        """Return the figures: a row a model and figure, with value, low and high; NaN where not supported."""
        rows = [
            {"model": name, "figure": of, "value": figure.value, "low": figure.low, "high": figure.high}
            for name, model in self.models.items()
            for of, figure in model.figures.items()
        ]
        return pd.DataFrame(rows).set_index(["model", "figure"])


def judge(
    trial: Trial,
    probability: Mapping[str, Floats],
    groups: Mapping[str, Strings],
    settings: JudgingSettings | None = None,
) -> Judgement:
    """Judge models on the same moments.

    Parameters
    ----------
    probability
        By model, one probability (n,) a moment.
    groups
        By grouping, such as `quarter`, the name (n,) of each moment's group.
    """
    settings = settings or JudgingSettings()
    resampled = resample(trial, probability, settings)
    calibration = _calibration(trial, probability, groups, settings)
    thresholds = np.array(settings.thresholds)
    nobody = totals(trial, np.zeros(len(trial.y)), settings.thresholds)
    of_all = net_benefit_of_all(nobody, thresholds)[:, 0].tolist()
    return Judgement(
        len(trial.y),
        trial.leads,
        trial.won,
        trial.base_rate,
        settings,
        {percent(at): gain for at, gain in zip(settings.thresholds, of_all, strict=True)},
        {
            model: ModelJudgement(
                _figures(trial, resampled[model], settings.level),
                {
                    other: less(trial, "log_loss", resampled[model], theirs, settings.level)
                    for other, theirs in resampled.items()
                    if other != model
                },
                decompose(trial, p),
                calibration[model],
            )
            for model, p in probability.items()
        },
    )


def _figures(trial: Trial, of: Resampled, level: float) -> dict[str, Figure]:
    exact = {name: float(value[0]) for name, value in of.exact.items()}
    return {name: figure(name, value, of.replicates[name], trial, level) for name, value in exact.items()}


def _calibration(
    trial: Trial, probability: Mapping[str, Floats], groups: Mapping[str, Strings], settings: JudgingSettings
) -> dict[str, dict[str, tuple[GroupFigure, ...]]]:
    """Return by model and grouping the figures of the groups."""
    groupings: dict[tuple[str, str], Grouping] = {}
    for model, p in probability.items():
        groupings |= {(model, name): by_name(trial, p, names) for name, names in groups.items()}
        groupings[model, SCORE_BAND] = by_score(trial, p, settings.score_edges)
    ratios: dict[tuple[str, str], list[Floats]] = {key: [] for key in groupings}
    for counts in replicate_counts(trial.leads, settings):
        for key, grouping in groupings.items():
            ratios[key].append(grouping.ratio(counts))
    figures: dict[str, dict[str, tuple[GroupFigure, ...]]] = {model: {} for model in probability}
    for (model, name), grouping in groupings.items():
        figures[model][name] = grouping.figures(np.concatenate(ratios[model, name], axis=1), settings.level)
    return figures

"""Models side by side on the same moments: every figure with its interval, calibration by group, and what each loses where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.records.history import Floats, Strings
from training.metrics.bootstrap import replicate_counts
from training.metrics.compare import Resampled, less, resample
from training.metrics.corp import Decomposition, decompose
from training.metrics.figure import Figure, figure, verdict, verdict_of_more
from training.metrics.groups import GroupFigure, Grouping, by_name, by_score
from training.metrics.ranking import net_benefit_of_all
from training.metrics.scores import share_name
from training.metrics.settings import JudgingSettings
from training.metrics.totals import totals
from training.metrics.trial import Trial

SCORE_BAND = "score_band"
"""The grouping of calibration that each model makes by its own scores."""


def first_share(settings: JudgingSettings) -> float:
    """Return the share of the leads that a team would call first: that of the settings which is nearest to a fifth."""
    return min(settings.top_shares, key=lambda share: abs(share - 0.2))


def found_in(share: float) -> str:
    """Return the name of the figure that says which share of the wins lies in the best leads."""
    return f"share_of_wins_top_{share_name(share)}"


@dataclass(frozen=True)
class ModelJudgement:
    """What can be said of one model.

    Attributes
    ----------
    figures
        By name, as `training.metrics.scores.figures` names them.
    less_log_loss
        By each other model: this model's log loss less that one's, paired; below 0 this model is better.
    more_found
        By each other model: the share of the wins that this model finds among the best leads, `Judgement.first_share` of them, less
        that one's, paired; above 0 this model is better.
    parts
        Log loss and Brier score taken apart.
    calibration
        Wins over expected wins by grouping, and there by group.
    """

    figures: Mapping[str, Figure]
    less_log_loss: Mapping[str, Figure]
    more_found: Mapping[str, Figure]
    parts: Mapping[str, Decomposition]
    calibration: Mapping[str, tuple[GroupFigure, ...]]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as plain values."""
        return {
            "figures": {name: figure.to_json() for name, figure in self.figures.items()},
            "less_log_loss": {
                name: {**less.to_json(), "verdict": verdict(less)} for name, less in self.less_log_loss.items()
            },
            "more_found": {
                name: {**more.to_json(), "verdict": verdict_of_more(more)} for name, more in self.more_found.items()
            },
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

    @property
    def first_share(self) -> float:
        """The share of the leads that a team would call first: that of the settings which is nearest to a fifth."""
        return first_share(self.settings)

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

    def less_of(name: str, model: str) -> dict[str, Figure]:
        """Return a figure of a model less that of each other one."""
        others = {other: theirs for other, theirs in resampled.items() if other != model}
        return {other: less(trial, name, resampled[model], theirs, settings.level) for other, theirs in others.items()}

    return Judgement(
        len(trial.y),
        trial.leads,
        trial.won,
        trial.base_rate,
        settings,
        {share_name(at): gain for at, gain in zip(settings.thresholds, of_all, strict=True)},
        {
            model: ModelJudgement(
                _figures(trial, resampled[model], settings.level),
                less_of("log_loss", model),
                less_of(found_in(first_share(settings)), model),
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

"""Figures of models side by side on one bootstrap over leads, and what one model gains over another on the same moments."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.records.history import Floats
from training.metrics.bootstrap import replicate_counts
from training.metrics.figure import Figure, figure
from training.metrics.scores import Figures, figures
from training.metrics.settings import JudgingSettings
from training.metrics.totals import BANDS, Summing, totals
from training.metrics.trial import Trial


@dataclass(frozen=True)
class Resampled:
    """Figures of one model: (1,) each on the trial as it is, and (replicates,) each of the bootstrap."""

    exact: Figures
    replicates: Figures


def resample(trial: Trial, probability: Mapping[str, Floats], settings: JudgingSettings) -> dict[str, Resampled]:
    """Return the figures of each model; a replicate holds the same leads for every model.

    Replicates take what lies in one band of probabilities as tied; the little that this moves a figure is set right.
    """
    summings = {model: Summing(trial, p, settings.thresholds, BANDS) for model, p in probability.items()}
    batches = [
        {model: figures(summing.totals(counts), settings) for model, summing in summings.items()}
        for counts in replicate_counts(trial.leads, settings)
    ]
    resampled = {}
    for model, p in probability.items():
        exact = figures(totals(trial, p, settings.thresholds), settings)
        banded = figures(summings[model].totals(), settings)
        every = {name: np.concatenate([batch[model][name] for batch in batches]) for name in exact}
        resampled[model] = Resampled(exact, {name: every[name] + (exact[name] - banded[name]) for name in exact})
    return resampled


def less(trial: Trial, name: str, ours: Resampled, theirs: Resampled, level: float, relative: bool = False) -> Figure:
    """Return a figure of one model less that of another."""
    value = _less(ours.exact[name], theirs.exact[name], relative)
    return figure(name, float(value[0]), _less(ours.replicates[name], theirs.replicates[name], relative), trial, level)


def differences(
    trial: Trial, ours: Floats, theirs: Floats, settings: JudgingSettings | None = None, relative: bool = False
) -> dict[str, Figure]:
    """Return every figure of one model's probabilities (n,) less that of another's, by a paired bootstrap over leads.

    Parameters
    ----------
    relative
        Divided by the other's: .005 is half a per cent more.

    Examples
    --------
    >>> y = np.tile([0.0, 0.0, 0.0, 1.0], 25)
    >>> less = differences(Trial.of(y, np.ones(100)), np.where(y > 0, 0.5, 0.2), np.full(100, 0.25))
    >>> round(less["log_loss"].value, 4), less["log_loss"].high < 0  # lower is better
    (-0.2217, True)
    """
    settings = settings or JudgingSettings()
    both = resample(trial, {"ours": ours, "theirs": theirs}, settings)
    names = both["ours"].exact
    return {name: less(trial, name, both["ours"], both["theirs"], settings.level, relative) for name in names}


def difference(
    trial: Trial,
    ours: Floats,
    theirs: Floats,
    name: str = "log_loss",
    settings: JudgingSettings | None = None,
    relative: bool = False,
) -> Figure:
    """Return one of the `differences`."""
    return differences(trial, ours, theirs, settings, relative)[name]


def _less(ours: Floats, theirs: Floats, relative: bool) -> Floats:
    less = ours - theirs
    return less / np.where(theirs != 0, theirs, np.nan) if relative else less

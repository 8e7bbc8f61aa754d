"""What a training looks like: calibration, gains and what the model goes by. Numbers first, then figures that only draw them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.matrix.feature import Feature
from features.records.history import Floats
from models.close.model import Explained
from training.judging.evaluate import Evaluation
from training.samples.dataset import Dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {"close_model": "close model", "logistic": "logistic regression", "base_rate": "base rate"}
COLOURS = {"close_model": "#0b5fa5", "logistic": "#c8641b", "base_rate": "#767676"}
BINS = 10
MAX_ROWS = 2000
"""Moments that the beeswarm shows at most; more of them hide each other."""
MAX_FEATURES = 15
CONFIDENCE = 1.96
"""Standard errors of a 95 % interval."""


@dataclass(frozen=True)
class Calibration:
    """What was predicted and what came of it, by bands of the probability with the same number of leads each.

    Attributes
    ----------
    predicted, observed
        Mean probability, and share won, of each band.
    low, high
        95 % interval of the share won.
    leads
        Leads in each band: the sum of the weights of its moments.
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    leads: Floats


def calibration(y: Floats, probability: Floats, weight: Floats, bins: int = BINS) -> Calibration:
    """Compare probabilities (n,) with labels (n,) band by band; bands that would be empty are left out.

    The intervals are Wilson's (1927), with a lead counted as one however many moments it has.
    """
    order = np.argsort(probability, kind="stable")
    passed = np.cumsum(weight[order]) - weight[order] / 2
    band = np.minimum((passed / weight.sum() * bins).astype(int), bins - 1)
    leads: Floats = np.bincount(band, weight[order], bins).astype(np.float64)
    full = leads > 0
    n = leads[full]
    predicted = np.bincount(band, (weight * probability)[order], bins)[full] / n
    observed = np.bincount(band, (weight * y)[order], bins)[full] / n
    z = CONFIDENCE
    centre = (observed + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(observed * (1 - observed) / n + z**2 / (4 * n**2))
    return Calibration(predicted, observed, np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0), n)


def gains(y: Floats, probability: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the share of leads called, best first, and the share of the wins among them, both from 0 to 1.

    Ties are called together, so a model that cannot tell leads apart draws a straight line. Without a win the second share is NaN.
    """
    order = np.argsort(-probability, kind="stable")
    last_of_tie = np.append(np.diff(probability[order]) != 0, True)
    called, won = np.cumsum(weight[order])[last_of_tie], np.cumsum((weight * y)[order])[last_of_tie]
    wins = won[-1] if won[-1] > 0 else np.nan
    return np.append(0.0, called / called[-1]), np.append(0.0, won / wins)


def figures(dataset: Dataset, evaluation: Evaluation) -> dict[str, "Figure"]:
    """Return the figures of an evaluation by file name."""
    test = evaluation.test
    model = evaluation.fitted.model
    rows = test.rows[:: -(-len(test.rows) // MAX_ROWS)]
    close = calibration(test.y, evaluation.probability["close_model"], test.weight)
    curves = {name: gains(test.y, evaluation.probability[name], test.weight) for name in NAMES}
    return {
        "figures/calibration.png": plot_calibration(close, float(np.average(test.y, weights=test.weight))),
        "figures/gains.png": plot_gains(curves),
        "figures/beeswarm.png": plot_beeswarm(model.explain(dataset.X[rows]), model.blend.features),
    }


def plot_calibration(curve: Calibration, won: float) -> "Figure":
    """Draw what was promised against what was kept; `won` is the share of all leads that were won."""
    figure = blank(6.4, 6.0)
    axes = figure.subplots()
    top = min(1.0, 1.08 * max(float(curve.high.max()), float(curve.predicted.max())))
    axes.plot([0, top], [0, top], color="#767676", linewidth=1, linestyle="--", label="promise kept exactly")
    axes.axhline(won, color="#767676", linewidth=1, linestyle=":", label=f"all leads: {100 * won:.1f} %")
    errors = np.abs(np.array([curve.low, curve.high]) - curve.observed)
    axes.errorbar(
        curve.predicted,
        curve.observed,
        errors,
        fmt="o",
        color=COLOURS["close_model"],
        capsize=3,
        label=f"bands of about {curve.leads.mean():,.0f} leads, 95 % interval",
    )
    axes.set(xlim=(0, top), ylim=(0, top), xlabel="predicted probability of being won, mean of the band")
    axes.set_ylabel("share that was won")
    axes.set_title("Calibration on later leads", loc="left")
    axes.set_aspect("equal")
    _as_percent(axes)
    axes.legend(frameon=False, loc="upper left")
    return figure


def plot_gains(curves: Mapping[str, tuple[Floats, Floats]]) -> "Figure":
    """Draw how many of the wins are found by calling the best leads first."""
    figure = blank(6.8, 6.0)
    axes = figure.subplots()
    for name, (called, won) in curves.items():
        fifth = float(np.interp(0.2, called, won))
        label = f"{NAMES[name]}: {100 * fifth:.0f} % of the wins in the first 20 %"
        axes.plot(called, won, color=COLOURS[name], linewidth=2 if name == "close_model" else 1.3, label=label)
    axes.axvline(0.2, color="#b5b5b5", linewidth=1, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="leads called, the most likely first (share of leads)")
    axes.set_ylabel("wins found (share of wins)")
    axes.set_title("Gains on later leads", loc="left")
    _as_percent(axes)
    axes.legend(frameon=False, loc="lower right")
    return figure


def plot_beeswarm(explained: Explained, features: tuple[Feature, ...]) -> "Figure":
    """Draw the exact contributions of the strongest features, a dot a moment."""
    import shap

    figure = blank(10.5, 7.5)
    axes = figure.subplots()
    never = np.isnan(explained.X).all(axis=0)  # shap takes quantiles of the values, of which there must be one
    explanation = shap.Explanation(
        values=explained.contributions,
        base_values=np.full(len(explained.margin), explained.base_value),
        data=np.where(never, 0.0, explained.X),
        feature_names=[f"{feature.name} ({feature.unit})" if feature.unit else feature.name for feature in features],
    )
    shap.plots.beeswarm(
        explanation, max_display=MAX_FEATURES, ax=axes, plot_size=None, show=False, group_remaining_features=False
    )
    axes.set_xlabel("contribution to the log-odds of being won (right: for the lead, left: against it)", fontsize=10)
    axes.set_title("What the close model goes by (a dot is a moment of a lead; grey: not known)", loc="left")
    axes.tick_params(axis="y", labelsize=9)
    return figure


def blank(width: float, height: float) -> "Figure":
    """Return a figure that no window and no global state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _as_percent(axes: "Axes") -> None:
    from matplotlib.ticker import PercentFormatter

    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)

"""What a backtest looks like: quarter by quarter, how far off the models were and whether as many were won as promised."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from features.records.history import Floats
from training.judging.backtest import Backtest
from training.judging.plots import COLOURS, NAMES, blank
from training.metrics import Metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_NAMED = 16
"""Quarters that are named below the axis."""


def quarterly_figures(quarters: Mapping[str, Mapping[str, Metrics]], model: str, figure: str) -> Floats:
    """Return a figure (quarters,) of a model; NaN where too few outcomes support it."""
    told = (models[model].supported()[figure] for models in quarters.values())
    return np.array([np.nan if number is None else number for number in told], np.float64)


def plot_quarters(backtest: Backtest) -> "Figure":
    """Draw log loss of the models above won over expected of the close model, by quarter; gaps are not supported."""
    figure = blank(9.0, 6.8)
    losses, ratios = figure.subplots(2, 1, sharex=True)
    at = np.arange(len(backtest.by_quarter))
    for name, words in NAMES.items():
        style = {"color": COLOURS[name], "marker": "o", "markersize": 4}
        losses.plot(at, quarterly_figures(backtest.by_quarter, name, "log_loss"), label=words, **style)
    ratio = quarterly_figures(backtest.by_quarter, "close_model", "observed_over_expected")
    ratios.plot(at, ratio, color=COLOURS["close_model"], marker="o", markersize=4)
    ratios.axhline(1.0, color="#767676", linewidth=1, linestyle="--")
    losses.set_title("Models trained at each quarter's start, on the quarter that followed", loc="left")
    losses.set_ylabel("log loss (lower is better)")
    ratios.set_ylabel("won / expected (1 is right)")
    ratios.set_xlabel("quarter")
    step = -(-len(at) // MAX_NAMED)
    ratios.set_xticks(at[::step], list(backtest.by_quarter)[::step], rotation=45, ha="right")
    for axes in (losses, ratios):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    losses.legend(frameon=False, loc="lower right")
    return figure

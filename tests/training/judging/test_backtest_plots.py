"""The numbers behind the plot by quarter, and a figure that holds them, with gaps where nothing can be told."""

import numpy as np

from training.judging.backtest import Backtest
from training.judging.backtest_plots import plot_quarters, quarterly_figures
from training.metrics import Metrics, measure

MODELS = ("close_model", "logistic", "base_rate")


def measured(won: int) -> dict[str, Metrics]:
    y = np.repeat([1.0, 0.0], [won, 100])
    return {model: measure(y, np.where(y > 0, 0.5, 0.2), np.ones(len(y))) for model in MODELS}


QUARTERS = {"2026-Q1": measured(30), "2026-Q2": measured(3), "2026-Q3": measured(40)}


def test_a_quarter_with_too_few_outcomes_is_a_gap() -> None:
    told = quarterly_figures(QUARTERS, "close_model", "log_loss")
    assert np.isnan(told).tolist() == [False, True, False]
    assert told[0] == QUARTERS["2026-Q1"]["close_model"].log_loss


def test_the_figure_holds_each_quarter_of_each_model() -> None:
    figure = plot_quarters(Backtest(measured(73), QUARTERS, {}))
    losses, ratios = figure.axes
    assert len(losses.lines) == len(MODELS)
    assert np.asarray(losses.lines[0].get_ydata())[[0, 2]].tolist() == [
        QUARTERS[name]["close_model"].log_loss for name in ("2026-Q1", "2026-Q3")
    ]
    assert [label.get_text() for label in ratios.get_xticklabels()] == list(QUARTERS)
    assert np.asarray(ratios.lines[0].get_ydata())[2] == QUARTERS["2026-Q3"]["close_model"].observed_over_expected

"""The numbers behind the plots, worked by hand; and figures that hold what they should, without a window."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.records.history import Floats
from tests.models.company import dataset, evaluation, model
from training.judging.plots import calibration, figures, gains, plot_beeswarm

shares = st.floats(0, 1)


def test_calibration_worked_by_hand() -> None:
    # Two bands of two leads: 0.1 and 0.2 of which none was won, 0.6 and 0.8 of which one was.
    curve = calibration(np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.1, 0.8, 0.6, 0.2]), np.ones(4), bins=2)
    assert curve.predicted == pytest.approx([0.15, 0.7])
    assert curve.observed == pytest.approx([0.0, 0.5])
    assert curve.leads.tolist() == [2.0, 2.0]
    # Wilson for 1 of 2 at z = 1.96: (0.5 + 3.8416 / 4 ± 1.96 sqrt(0.25 / 2 + 3.8416 / 16)) / (1 + 3.8416 / 2)
    assert [curve.low[1], curve.high[1]] == pytest.approx([0.0945, 0.9055], abs=1e-4)


@given(data=st.data(), n=st.integers(1, 40))
def test_bands_hold_all_leads_and_their_interval_holds_what_was_observed(data: st.DataObject, n: int) -> None:
    p = data.draw(arrays(np.float64, n, elements=shares))
    y = data.draw(arrays(np.float64, n, elements=st.sampled_from((0.0, 1.0))))
    weight = data.draw(arrays(np.float64, n, elements=st.floats(0.1, 2)))
    curve = calibration(y, p, weight)
    assert curve.leads.sum() == pytest.approx(weight.sum())
    assert curve.leads @ curve.observed == pytest.approx(weight @ y)
    assert curve.leads @ curve.predicted == pytest.approx(weight @ p)
    assert (np.diff(curve.predicted) >= -1e-12).all()
    assert (curve.low - 1e-12 <= curve.observed).all()
    assert (curve.observed <= curve.high + 1e-12).all()


def test_gains_worked_by_hand() -> None:
    # Called in the order of 0.9 (won), then 0.5 and 0.5 together (one won), then 0.1.
    called, won = gains(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.5, 0.1, 0.9, 0.5]), np.ones(4))
    assert called.tolist() == [0.0, 0.25, 0.75, 1.0]
    assert won.tolist() == [0.0, 0.5, 1.0, 1.0]


@given(p=arrays(np.float64, 20, elements=shares), y=arrays(np.float64, 20, elements=st.sampled_from((0.0, 1.0))))
def test_gains_rise_to_all_wins(p: Floats, y: Floats) -> None:
    called, won = gains(y, p, np.ones(20))
    assert (called[0], called[-1]) == (0.0, 1.0)
    if y.any():
        assert (won[0], won[-1]) == (0.0, 1.0)
        assert (np.diff(won) >= 0).all()
    else:
        assert np.isnan(won[1:]).all()


def test_a_model_that_cannot_tell_leads_apart_draws_a_straight_line() -> None:
    called, won = gains(np.array([1.0, 0.0, 0.0]), np.full(3, 0.3), np.ones(3))
    assert called.tolist() == won.tolist() == [0.0, 1.0]


def test_figures_are_drawn_without_a_window_or_global_state() -> None:
    import matplotlib.pyplot as plt

    drawn = figures(dataset(), evaluation())
    assert list(drawn) == ["figures/calibration.png", "figures/gains.png", "figures/beeswarm.png"]
    assert plt.get_fignums() == []
    for figure in drawn.values():
        file = io.BytesIO()
        figure.savefig(file, format="png")
        assert len(file.getvalue()) > 10_000
        assert figure.axes[0].get_title(loc="left")
        assert figure.axes[0].get_xlabel()
    calibrated, gained, swarm = (figure.axes[0] for figure in drawn.values())
    assert (calibrated.get_ylabel(), gained.get_ylabel()) == ("share that was won", "wins found (share of wins)")
    names = {label.get_text().split(" (")[0] for label in swarm.get_yticklabels()}
    assert len(names) == 15
    assert names <= {feature.name for feature in model().features}


def test_the_beeswarm_shows_the_exact_contributions_strongest_first() -> None:
    explained = model().explain(dataset().X[:200])
    figure = plot_beeswarm(explained, model().features)
    shown = [label.get_text().split(" (")[0] for label in figure.axes[0].get_yticklabels()]
    strength = np.abs(explained.contributions).mean(axis=0)
    names = np.array([feature.name for feature in model().features])
    assert shown == names[np.argsort(-strength)][:15][::-1].tolist()
    drawn = np.concatenate([np.asarray(dots.get_offsets())[:, 0] for dots in figure.axes[0].collections])
    assert np.isclose(drawn.max(), explained.contributions.max())

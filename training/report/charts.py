"""The charts of the detail part, laid out: numbers become coordinates here, and the template only draws them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from features.records.history import Floats
from models.charts.axes import across, chart, in_percent, named, numbered, round_up, steps, svg_points, upward
from models.charts.chart import AxisMark, Chart, Line
from models.close.reasons.wording import fine_percent
from training.judging.backtest_plots import quarterly_figures
from training.judging.evaluate import CLOSE
from training.judging.plots import Calibration, calibration, gains
from training.metrics import Metrics
from training.metrics.groups import GroupFigure
from training.report.decisions import net_by_share
from training.report.material import Material
from training.report.words import count, fixed

SHOWN = {CLOSE: "This model", "scorecard": "Points scorecard", "base_rate": "Same chance for all"}
STYLES = {CLOSE: CLOSE, "scorecard": "scorecard", "arrival": "base_rate"}
"""How the orders in which leads may be worked are drawn."""


def charts(material: Material) -> Iterator[Chart]:
    """Yield the charts."""
    evaluation = material.result.grounds.evaluation
    test, probability = evaluation.test, evaluation.probability
    yield kept_promises(calibration(test.y, probability[CLOSE], test.weight))
    if test.y.any():
        yield wins_found({name: gains(test.y, probability[name], test.weight) for name in SHOWN if name in probability})
    if material.plan:
        yield net_worked(net_by_share(material.plan))
    told = [group for group in material.close.calibration["quarter"] if group.supported]
    if told:
        yield by_quarter(told)
    if material.backtest:
        yield backtested(material.backtest.by_quarter)


def kept_promises(curve: Calibration) -> Chart:
    """Lay out what was promised against what came, band by band."""
    top = round_up(max(float(curve.high.max()), float(curve.predicted.max())))
    x, y = across(0, top), upward(0, top)
    marks = [
        AxisMark(
            x(p), y(o), y(low), y(high), f"{fine_percent(p)} promised, {fine_percent(o)} closed, of {count(n, 'lead')}"
        )
        for p, o, low, high, n in zip(
            *(column.tolist() for column in (curve.predicted, curve.observed, curve.low, curve.high, curve.leads)),
            strict=True,
        )
    ]
    ticks = steps(0, top)
    return chart(
        "Promised and kept",
        "Each dot is a tenth of the leads, with its 95 % interval. On the dashed line, promises are kept exactly.",
        ("chance that was promised", "share that closed"),
        in_percent(ticks, x),
        in_percent(ticks, y),
        (Line(svg_points([x(0), x(top)], [y(0), y(top)]), "ideal", "promise kept exactly"),),
        tuple(marks),
    )


def wins_found(curves: Mapping[str, tuple[Floats, Floats]]) -> Chart:
    """Lay out how many of the wins are found by calling the best leads first."""
    x, y, grid = across(0, 1), upward(0, 1), np.linspace(0, 1, 51)
    lines = [
        Line(svg_points([x(at) for at in grid], [y(at) for at in np.interp(grid, *curve).tolist()]), name, SHOWN[name])
        for name, curve in curves.items()
    ]
    ticks = steps(0, 1)
    return chart(
        "Wins found by calling the best leads first",
        "The higher the line, the fewer calls in vain.",
        ("leads called, the most likely first", "wins found"),
        in_percent(ticks, x),
        in_percent(ticks, y),
        tuple(lines),
    )


def net_worked(nets: Mapping[str, Sequence[tuple[float, float]]]) -> Chart:
    """Lay out what working a share of the leads brings, by the order in which they are worked."""
    low = min(min(net for _, net in cuts) for cuts in nets.values())
    bottom = -round_up(-low) if low < 0 else 0.0
    x, y = across(0, 1), upward(bottom, 1)
    names = {CLOSE: "This model", "scorecard": "Points scorecard", "arrival": "As they come"}
    lines = [
        Line(svg_points([x(share) for share, _ in cuts], [y(net) for _, net in cuts]), STYLES[name], names[name])
        for name, cuts in nets.items()
    ]
    ticks = steps(0, 1)
    return chart(
        "What working only the best leads brings",
        "Revenue less the cost of working, where 100 % is the most that any cut brought.",
        ("leads worked", "net"),
        in_percent(ticks, x),
        in_percent(steps(bottom, 1), y),
        tuple(lines),
    )


def by_quarter(groups: Sequence[GroupFigure]) -> Chart:
    """Lay out won over expected wins by quarter."""
    top = round_up(min(max(group.high for group in groups), 4.0))
    x, y = across(-0.5, len(groups) - 0.5), upward(0, top)
    marks = [
        AxisMark(
            x(at),
            y(min(group.value, top)),
            y(group.low),
            y(min(group.high, top)),
            f"{group.name}: {fixed(group.value, 2)}",
        )
        for at, group in enumerate(groups)
    ]
    return chart(
        "Won for each expected, by quarter",
        "At 1 as many were won as promised; below it too much was promised.",
        ("quarter of the look", "won / expected"),
        named([group.name for group in groups], x),
        numbered(steps(0, top), y),
        (Line(svg_points([x(-0.5), x(len(groups) - 0.5)], [y(1), y(1)]), "ideal", "as promised"),),
        tuple(marks),
    )


def backtested(quarters: Mapping[str, Mapping[str, Metrics]]) -> Chart:
    """Lay out the log loss of models that were trained at each quarter's start."""
    names = [name for name in SHOWN if all(name in models for models in quarters.values())]
    losses = {name: quarterly_figures(quarters, name, "log_loss") for name in names}
    told = np.isfinite(losses[CLOSE])
    top = round_up(float(np.nanmax(np.concatenate([[0.0], *losses.values()]))))
    x, y = across(-0.5, len(quarters) - 0.5), upward(0, top)
    at = np.flatnonzero(told).tolist()
    lines = [
        Line(svg_points([x(quarter) for quarter in at], [y(loss) for loss in line[told].tolist()]), name, SHOWN[name])
        for name, line in losses.items()
    ]
    marks = [
        AxisMark(x(quarter), y(loss), y(loss), y(loss), f"{list(quarters)[quarter]}: {fixed(loss)}")
        for quarter, loss in zip(at, losses[CLOSE][told].tolist(), strict=True)
    ]
    return chart(
        "The past, tried anew quarter by quarter",
        "Log loss, lower is better: how far the chances were from what happened.",
        ("quarter", "log loss"),
        named(list(quarters), x),
        numbered(steps(0, top), y),
        tuple(lines),
        tuple(marks),
    )

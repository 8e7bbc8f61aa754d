"""A chart as a picture: mail shows no drawings of the web."""

import io
from importlib.util import find_spec
from typing import Any

from models.charts.chart import Chart

BLUE, GREY, INK = "#2b6cb0", "#bbbbbb", "#222222"
DOTS_PER_UNIT = 2.0
"""Dots of the picture for a unit of the chart, so that it is sharp on any screen."""
INCH = 100.0
"""Units of a chart in an inch of matplotlib."""


def can_draw() -> bool:
    """Return whether matplotlib is installed, as it is but in images that serve alone."""
    return find_spec("matplotlib") is not None


def as_png(chart: Chart) -> bytes:
    """Return a chart as a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(chart.width / INCH, chart.height / INCH), dpi=INCH * DOTS_PER_UNIT)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, chart.width), ylim=(chart.height, 0))
    axes.set_axis_off()
    _draw_axes(axes, chart)
    for line in chart.lines:
        points = [point.split(",") for point in line.points.split()]
        axes.plot([float(x) for x, _ in points], [float(y) for _, y in points], color=BLUE, linewidth=1.5)
    for mark in chart.marks:
        axes.plot([mark.x, mark.x], [mark.low, mark.high], color=INK, linewidth=1)
        axes.plot(mark.x, mark.y, "o", color=INK, markersize=4)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _draw_axes(axes: Any, chart: Chart) -> None:
    def write(x: float, y: float, text: str, **how: Any) -> None:
        axes.text(x, y, text, color=INK, fontsize=7, parse_math=False, **how)

    for tick in chart.y_ticks:
        axes.plot([chart.left, chart.right], [tick.at, tick.at], color=GREY, linewidth=0.6)
        write(chart.left - 6, tick.at, tick.text, ha="right", va="center")
    for tick in chart.x_ticks:
        write(tick.at, chart.bottom + 14, tick.text, ha="center", va="center")
    write((chart.left + chart.right) / 2, chart.height - 8, chart.across, ha="center", va="center")
    write(10, chart.bottom / 2, chart.upward, ha="center", va="center", rotation=90)

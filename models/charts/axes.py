"""Where things lie in a chart: margins, scales and ticks."""

from collections.abc import Callable, Sequence

import numpy as np

from models.charts.chart import AxisMark, AxisTick, Chart, Line

WIDTH, HEIGHT = 440.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 14.0, 12.0, 46.0
"""Margins, in which the axes are written."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
MAX_TICKS = 6
MAX_NAMED = 6
"""Names below an axis."""
Scale = Callable[[float], float]


def chart(
    title: str,
    note: str,
    axes: tuple[str, str],
    x_ticks: tuple[AxisTick, ...],
    y_ticks: tuple[AxisTick, ...],
    lines: tuple[Line, ...],
    marks: tuple[AxisMark, ...] = (),
) -> Chart:
    """Return a chart with its edges."""
    edges = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
    return Chart(title, note, WIDTH, HEIGHT, *edges, *axes, x_ticks, y_ticks, lines, marks)


def across(low: float, high: float, left: float = LEFT) -> Scale:
    """Return what tells where a number between two lies, from left to right."""
    return lambda at: round(left + (at - low) / (high - low) * (WIDTH - left - RIGHT), 1)


def upward(low: float, high: float) -> Scale:
    """Return what tells where a number between two lies, from the bottom up."""
    return lambda at: round(HEIGHT - BOTTOM - (at - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)


def clipped(scale: Scale, low: float, high: float) -> Scale:
    """Return a scale on which what lies beyond two numbers lies at them."""
    return lambda at: scale(min(max(at, low), high))


def _distance(top: float) -> float:
    """Return the distance of ticks up to a number."""
    return next((step for step in STEPS if top / step <= MAX_TICKS), top)


def round_up(top: float) -> float:
    """Return the next number that a tick stands at."""
    step = _distance(max(top, STEPS[0]))
    return float(np.ceil(round(max(top, STEPS[0]) / step, 6)) * step)


def steps(low: float, high: float) -> list[float]:
    """Return where ticks stand between two numbers: at whole steps, whatever the ends are.

    Examples
    --------
    >>> steps(0, 1), steps(0.63, 1.2)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.7, 0.8, 0.9, 1.0, 1.1, 1.2])
    """
    step = _distance(high - low)
    first, last = int(np.ceil(round(low / step, 6))), int(np.floor(round(high / step, 6)))
    return [round(step * number, 6) for number in range(first, last + 1)]


def digits_of(numbers: Sequence[float]) -> int:
    """Return how many decimals tell numbers of ticks apart and say each as it is.

    Examples
    --------
    >>> digits_of([0, 0.25, 0.5]), digits_of([1, 2]), digits_of([0.1, 0.2])
    (2, 0, 1)
    """
    return next((places for places in range(6) if all(round(one, places) == round(one, 6) for one in numbers)), 6)


def numbered(numbers: Sequence[float], scale: Scale) -> tuple[AxisTick, ...]:
    """Return ticks with their numbers, each with as many decimals as say it exactly."""
    digits = digits_of(numbers)
    return tuple(AxisTick(scale(at), f"{at:.{digits}f}") for at in numbers)


def in_percent(numbers: Sequence[float], scale: Scale) -> tuple[AxisTick, ...]:
    """Return ticks of shares, in per cent."""
    digits = digits_of([100 * at for at in numbers])
    return tuple(AxisTick(scale(at), f"{100 * at:.{digits}f} %") for at in numbers)


def named(names: Sequence[str], x: Scale) -> tuple[AxisTick, ...]:
    """Return ticks that name what stands at 0, 1, 2 and so on; some are left out where there are many."""
    every = -(-len(names) // MAX_NAMED)
    return tuple(AxisTick(x(at), name) for at, name in enumerate(names) if at % every == 0)


def svg_points(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Return points as SVG writes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in zip(xs, ys, strict=True))

"""Where things lie in a chart: margins, scales and ticks."""

from collections.abc import Callable, Sequence

import numpy as np

from training.report.page import Chart, Line, Mark, Tick

WIDTH, HEIGHT = 440.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 14.0, 12.0, 46.0
"""Margins, in which the axes are written."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
MOST_TICKS = 6
MOST_NAMED = 6
"""Names below an axis."""
Scale = Callable[[float], float]


def chart(
    title: str,
    note: str,
    axes: tuple[str, str],
    x_ticks: tuple[Tick, ...],
    y_ticks: tuple[Tick, ...],
    lines: tuple[Line, ...],
    marks: tuple[Mark, ...] = (),
) -> Chart:
    """Return a chart with its edges."""
    edges = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
    return Chart(title, note, WIDTH, HEIGHT, *edges, *axes, x_ticks, y_ticks, lines, marks)


def across(low: float, high: float) -> Scale:
    """Return what tells where a number between two lies, from left to right."""
    return lambda at: round(LEFT + (at - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)


def upward(low: float, high: float) -> Scale:
    """Return what tells where a number between two lies, from the bottom up."""
    return lambda at: round(HEIGHT - BOTTOM - (at - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)


def _distance(top: float) -> float:
    """Return the distance of ticks up to a number."""
    return next((step for step in STEPS if top / step <= MOST_TICKS), top)


def round_up(top: float) -> float:
    """Return the next number that a tick stands at."""
    step = _distance(max(top, STEPS[0]))
    return float(np.ceil(round(max(top, STEPS[0]) / step, 6)) * step)


def steps(low: float, high: float) -> list[float]:
    """Return where ticks stand between two numbers."""
    step = _distance(high - low)
    return [low + step * number for number in range(int(round((high - low) / step, 6)) + 1)]


def named(names: Sequence[str], x: Scale) -> tuple[Tick, ...]:
    """Return ticks that name what stands at 0, 1, 2 and so on; some are left out where there are many."""
    every = -(-len(names) // MOST_NAMED)
    return tuple(Tick(x(at), name) for at, name in enumerate(names) if at % every == 0)


def points(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Return points as SVG writes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in zip(xs, ys, strict=True))

"""A chart as it is laid out: only to be drawn."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Anchor = Literal["start", "middle", "end"]
FOLDER = Path(__file__).parent
TEMPLATES, STATIC = FOLDER / "template", FOLDER / "static"
"""Where the macro is that draws charts, and their style sheet."""


@dataclass(frozen=True)
class AxisMark:
    """A point of a chart with its intervals, in the chart's own coordinates; `text` tells it to those who cannot see.

    Attributes
    ----------
    low, high
        Ends of the upright interval.
    left, right
        Ends of the level one; both are `x` where there is none.
    """

    x: float
    y: float
    low: float
    high: float
    text: str
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True)
class Line:
    """A line of a chart: `points` as SVG writes them; `style` is a class of the style sheet, and one without a name is not in the key."""

    points: str
    style: str
    name: str = ""


@dataclass(frozen=True)
class AxisTick:
    """A mark of an axis, and what stands at it; `full` is what that is cut from, if it is cut."""

    at: float
    text: str
    full: str = ""


@dataclass(frozen=True)
class ChartText:
    """Words in a chart, from, around or up to a place; `style` is name or corner."""

    x: float
    y: float
    text: str
    style: Literal["name", "corner"] = "name"
    anchor: Anchor = "start"


@dataclass(frozen=True)
class Chart:
    """A chart, laid out; `left`, `right` and `bottom` are where the axes lie."""

    title: str
    note: str
    width: float
    height: float
    left: float
    right: float
    bottom: float
    across: str
    upward: str
    x_ticks: tuple[AxisTick, ...]
    y_ticks: tuple[AxisTick, ...]
    lines: tuple[Line, ...]
    marks: tuple[AxisMark, ...] = ()
    texts: tuple[ChartText, ...] = ()


@cache
def style_sheet() -> str:
    """Return the style sheet of charts; colours are those of the page around them."""
    return (STATIC / "chart.css").read_text(encoding="utf-8")

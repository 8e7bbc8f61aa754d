"""What the page says: every sentence and every figure on it, before anything is drawn."""

from dataclasses import dataclass
from typing import Literal

Mood = Literal["good", "bad", "unsure", "plain"]
"""Whether something is as one would wish, is not, or cannot be told; or just is."""


@dataclass(frozen=True)
class Answer:
    """One of the page's questions, answered: in one sentence, then in a few more."""

    question: str
    mood: Mood
    answer: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """The model beside something that it must beat.

    Attributes
    ----------
    found
        Share of the wins that it puts into the best fifth of the leads, in words.
    bar
        The same from 0 to 1 for the eye; None where too few outcomes support it.
    verdict
        Whether the model is better than it.
    """

    name: str
    found: str
    bar: float | None
    mood: Mood
    verdict: str


@dataclass(frozen=True)
class Band:
    """Leads that were called about equally likely, and what became of them.

    Attributes
    ----------
    bar, tick
        Share that closed, and that was promised, from 0 to 1; None where too few outcomes support it.
    """

    name: str
    sentence: str
    mood: Mood
    verdict: str
    bar: float | None
    tick: float | None


@dataclass(frozen=True)
class Driver:
    """An obstacle, and how much of what moves the scores speaks to it."""

    name: str
    meaning: str
    share: str
    bar: float
    most: str


@dataclass(frozen=True)
class Source:
    """A value of a channel, and how its leads close against what they promised."""

    name: str
    mood: Mood
    verdict: str
    sentence: str


@dataclass(frozen=True)
class LeftOut:
    """Something that the model did not learn from or was not judged on, and why."""

    what: str
    why: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A check of the gate, as a person would ask it, and its figures."""

    name: str
    mood: Mood
    verdict: str
    evidence: str


@dataclass(frozen=True)
class Table:
    """A table of the detail part; the first column names the rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A point of a chart with its interval, in the chart's own coordinates; `text` tells it to those who cannot see."""

    x: float
    y: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line of a chart: `points` as SVG writes them; `style` is a class of the style sheet."""

    points: str
    style: str
    name: str = ""


@dataclass(frozen=True)
class Tick:
    """A mark of an axis, and what stands at it."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart, laid out: only to be drawn; `left`, `right` and `bottom` are where the axes lie."""

    title: str
    note: str
    width: float
    height: float
    left: float
    right: float
    bottom: float
    across: str
    upward: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole page, from what a manager reads in three minutes to the detail."""

    title: str
    subtitle: str
    better: Answer
    compared_by: str
    comparisons: tuple[Comparison, ...]
    checks: tuple[Check, ...]
    trust: Answer
    bands: tuple[Band, ...]
    driven: Answer
    drivers: tuple[Driver, ...]
    changed: Answer
    sources: tuple[Source, ...]
    omitted: Answer
    left_out: tuple[LeftOut, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    scorecard: tuple[str, ...]
    terms: tuple[str, ...]
    footer: str

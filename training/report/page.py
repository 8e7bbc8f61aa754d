"""What the page says: every sentence and every figure on it, before anything is drawn."""

from dataclasses import dataclass
from typing import Literal

from models.charts.chart import Chart

Mood = Literal["good", "bad", "unsure", "plain"]
"""Whether something is as one would wish, is not, or cannot be told; or just is."""


@dataclass(frozen=True)
class ReportAnswer:
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
class ReportBand:
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
class ReportDriver:
    """An obstacle, and how much of what moves the scores speaks to it."""

    name: str
    meaning: str
    share: str
    bar: float
    most: str


@dataclass(frozen=True)
class ReportSource:
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
class ReportCheck:
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
class ReportDocument:
    """The whole page, from what a manager reads in three minutes to the detail."""

    title: str
    subtitle: str
    better: ReportAnswer
    compared_by: str
    comparisons: tuple[Comparison, ...]
    checks: tuple[ReportCheck, ...]
    trust: ReportAnswer
    bands: tuple[ReportBand, ...]
    driven: ReportAnswer
    drivers: tuple[ReportDriver, ...]
    changed: ReportAnswer
    sources: tuple[ReportSource, ...]
    omitted: ReportAnswer
    left_out: tuple[LeftOut, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    scorecard: tuple[str, ...]
    terms: tuple[str, ...]
    footer: str

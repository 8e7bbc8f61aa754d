"""Pictures of what outcomes say of people."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

BLUE, GREY = "#2b6cb0", "#888888"


def draw_reps(report: Mapping[str, Any], file: Path) -> None:
    """Draw both skills of each rep side by side, and closing as a funnel plot, from `RepsReport.to_json`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    skills, funnel = figure.subplots(1, 2)
    _draw_skills(skills, report)
    _draw_funnel(funnel, report)
    figure.suptitle(fill(report["warning"], 110), fontsize=9)
    figure.savefig(file)


def _draw_skills(axes: Any, report: Mapping[str, Any]) -> None:
    both = [row for row in _people(report) if row["closing"] is not None and row["generating"] is not None]
    for row in both:
        across = [[row["closing"] - row["closing_low"]], [row["closing_high"] - row["closing"]]]
        up = [[row["generating"] - row["generating_low"]], [row["generating_high"] - row["generating"]]]
        axes.errorbar(row["closing"], row["generating"], xerr=across, yerr=up, fmt="o", color=BLUE, elinewidth=0.6)
        _name(axes, row["rep_id"], (row["closing"], row["generating"]))
    axes.axvline(1, color=GREY, linewidth=0.8)
    axes.axhline(1, color=GREY, linewidth=0.8)
    axes.set(xlabel="closing: won / expected", ylabel="generating: promise of the leads brought", title="Two skills")


def _people(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of reps alone: agents are in units of their own."""
    return [row for row in report["reps"] if row["actor"] == "rep"]


def _name(axes: Any, rep_id: str, place: tuple[float, float]) -> None:
    """Write a rep's id beside a point, as it is: between two dollar signs stands no formula."""
    axes.annotate(rep_id, place, xytext=(4, 4), textcoords="offset points", parse_math=False)


def _draw_funnel(axes: Any, report: Mapping[str, Any]) -> None:
    """Draw raw wins over expected against the expected wins, within the limits of luck (90 %)."""
    from scipy import stats

    rows = [row for row in _people(report) if row["closing"] is not None]
    for row in rows:
        axes.plot(row["expected"], row["won"] / row["expected"], "o", color=BLUE)
        _name(axes, row["rep_id"], (row["expected"], row["won"] / row["expected"]))
    most = max((row["expected"] for row in rows), default=10.0)
    expected = [most * (0.05 + step / 50) for step in range(55)]
    for quantile in (0.05, 0.95):
        axes.plot(expected, [stats.poisson.ppf(quantile, due) / due for due in expected], color=GREY, linewidth=0.8)
    axes.axhline(1, color=GREY, linewidth=0.8)
    axes.set(xlabel="expected wins", ylabel="won / expected", title="Closing, and what luck alone does")

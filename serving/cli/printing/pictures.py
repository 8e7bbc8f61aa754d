"""Pictures of what outcomes say of people."""

from pathlib import Path
from textwrap import fill
from typing import Any

from models.accountability.pictures import with_both_skills
from models.accountability.reps import WARNING, RepSkills, RepsReport

BLUE, GREY = "#2b6cb0", "#888888"


def draw_reps(report: RepsReport, file: Path) -> None:
    """Draw both skills of each rep side by side, and closing as a funnel plot; agents are in units of their own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    skills, funnel = figure.subplots(1, 2)
    _draw_skills(skills, report.of("rep"))
    _draw_funnel(funnel, report.of("rep"))
    figure.suptitle(fill(WARNING, 110), fontsize=9)
    figure.savefig(file)


def _draw_skills(axes: Any, reps: list[RepSkills]) -> None:
    for rep_id, closing, generating in with_both_skills(reps):
        across = [[closing.value - closing.low], [closing.high - closing.value]]
        up = [[generating.value - generating.low], [generating.high - generating.value]]
        axes.errorbar(closing.value, generating.value, xerr=across, yerr=up, fmt="o", color=BLUE, elinewidth=0.6)
        _name(axes, rep_id, (closing.value, generating.value))
    axes.axvline(1, color=GREY, linewidth=0.8)
    axes.axhline(1, color=GREY, linewidth=0.8)
    axes.set(xlabel="closing: won / expected", ylabel="generating: promise of the leads brought", title="Two skills")


def _name(axes: Any, rep_id: str, place: tuple[float, float]) -> None:
    """Write a rep's id beside a point, as it is: between two dollar signs stands no formula."""
    axes.annotate(rep_id, place, xytext=(4, 4), textcoords="offset points", parse_math=False)


def _draw_funnel(axes: Any, reps: list[RepSkills]) -> None:
    """Draw raw wins over expected against the expected wins, within the limits of luck (90 %)."""
    from scipy import stats

    rows = [row for row in reps if row.closing is not None]
    for row in rows:
        axes.plot(row.expected, row.won / row.expected, "o", color=BLUE)
        _name(axes, row.rep_id, (row.expected, row.won / row.expected))
    most = max((row.expected for row in rows), default=10.0)
    expected = [most * (0.05 + step / 50) for step in range(55)]
    for quantile in (0.05, 0.95):
        axes.plot(expected, [stats.poisson.ppf(quantile, due) / due for due in expected], color=GREY, linewidth=0.8)
    axes.axhline(1, color=GREY, linewidth=0.8)
    axes.set(xlabel="expected wins", ylabel="won / expected", title="Closing, and what luck alone does")

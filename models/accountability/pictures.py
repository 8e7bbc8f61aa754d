"""Sources and reps as charts: the same in the report of a training and on the pages."""

from collections.abc import Sequence

from models.accountability.accounts import SourceAccount
from models.accountability.change import RangedFigure
from models.accountability.reps import RepSkills
from models.charts.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    across,
    clipped,
    in_percent,
    numbered,
    round_up,
    steps,
    svg_points,
    upward,
)
from models.charts.chart import AxisMark, AxisTick, Chart, ChartText, Line
from models.charts.labels import LETTER, place_labels, short

ROW = 24.0
"""Height of a line with one source."""
LONGEST_NAME = 20
LEAST_SPAN = 0.2
"""A skill's axis reaches at least so far to both sides of the values: differences within it are no more than luck makes."""


def sources_chart(rows: Sequence[SourceAccount], channel: str) -> Chart | None:
    """Return how each source closes, a line a source with its interval; None where of none enough is known."""
    known = [(row.value or "not known", closed) for row in rows if (closed := row.closed) is not None]
    if not known:
        return None
    top, names = round_up(max(closed.high for _, closed in known)), [name for name, _ in known]
    left = 12.0 + LETTER * min(max(map(len, names)), LONGEST_NAME)
    bottom = TOP + ROW * len(known)
    x = across(0, top, left)
    marks, ticks = [], []
    for at, (name, (share, low, high)) in enumerate(known):
        y = TOP + ROW * (at + 0.5)
        text = f"{name}: {100 * share:.0f} % won, {100 * low:.0f} to {100 * high:.0f}"
        marks.append(AxisMark(x(share), y, y, y, text, x(low), x(high)))
        ticks.append(AxisTick(y, short(name, LONGEST_NAME), name if len(name) > LONGEST_NAME else ""))
    return Chart(
        "How each source closes",
        "Share of its latest leads that are won, with its 90 % interval; those first that made or lost most money.",
        WIDTH,
        bottom + BOTTOM,
        left,
        WIDTH - RIGHT,
        bottom,
        f"share that is won, by {channel.replace('_', ' ')}",
        "",
        in_percent(steps(0, top), x),
        tuple(ticks),
        (),
        tuple(marks),
    )


def skills_chart(rows: Sequence[RepSkills]) -> Chart | None:
    """Return both skills of reps, closing to the right and generating upward; None where fewer than two are known.

    The axes reach as far as the skills do, not as far as what luck may be in them: an interval ends at the edge.
    """
    both = with_both_skills(rows)
    if len(both) < 2:
        return None
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    x_low, x_high = _span([closing.value for _, closing, _ in both])
    y_low, y_high = _span([generating.value for *_, generating in both])
    x, y = clipped(across(x_low, x_high), x_low, x_high), clipped(upward(y_low, y_high), y_low, y_high)
    marks = tuple(_skills(rep_id, closing, generating, x, y) for rep_id, closing, generating in both)
    extremes = sorted(range(len(both)), key=lambda at: -abs(marks[at].x - x(1)) - abs(marks[at].y - y(1)))
    corners = (
        ChartText(right - 4, TOP + 12, "closes more, brings better", "corner", "end"),
        ChartText(LEFT + 4, TOP + 12, "brings better, closes less", "corner"),
        ChartText(right - 4, bottom - 6, "closes more, brings worse", "corner", "end"),
        ChartText(LEFT + 4, bottom - 6, "less in both", "corner"),
    )
    return Chart(
        "Both skills side by side",
        "A dot is a rep, with the 90 % interval of both; the dashed lines are the team. The same numbers stand in the table.",
        WIDTH,
        HEIGHT,
        LEFT,
        right,
        bottom,
        "closing: won for each expected",
        "generating: promise of the leads brought",
        numbered(steps(x_low, x_high), x),
        numbered(steps(y_low, y_high), y),
        (
            Line(svg_points([LEFT, right], [y(1), y(1)]), "ideal", "the team"),
            Line(svg_points([x(1), x(1)], [bottom, TOP]), "ideal"),
        ),
        marks,
        (
            *corners,
            *place_labels([(marks[at].x, marks[at].y, both[at][0]) for at in extremes], LEFT, right, bottom),
        ),
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return between what an axis lies: all values and 1, with room around them, never below nothing."""
    low, high = min(1.0, *values), max(1.0, *values)
    room = max(LEAST_SPAN, (high - low) / 5)
    return max(low - room, 0.0), high + room


def with_both_skills(rows: Sequence[RepSkills]) -> list[tuple[str, RangedFigure, RangedFigure]]:
    """Return the reps of whom both skills are known, with closing and generating."""
    return [
        (row.rep_id, closing, generating)
        for row in rows
        if (closing := row.closing_skill) is not None and (generating := row.generating_skill) is not None
    ]


def _skills(rep_id: str, closing: RangedFigure, generating: RangedFigure, x: Scale, y: Scale) -> AxisMark:
    text = "; ".join(
        f"{name} {skill.value:.2f}, {skill.low:.2f} to {skill.high:.2f}"
        for name, skill in (("closing", closing), ("generating", generating))
    )
    return AxisMark(
        x(closing.value),
        y(generating.value),
        y(generating.low),
        y(generating.high),
        f"{rep_id}: {text}",
        x(closing.low),
        x(closing.high),
    )

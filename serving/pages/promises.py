"""Promised against came: what first scores promised by month, and how many of those leads were won in time, as a chart."""

import numpy as np

from features.records.clock import to_datetime
from features.settings.schema import LeadSchema
from models.charts.axes import across, chart, named, numbered, round_up, steps, svg_points, upward
from models.charts.chart import AxisMark, Chart, Line
from models.decision.rates import jeffreys_interval
from serving.store.first_scores import Promises

MAX_MONTHS = 12
MIN_WINS = 20.0
"""Wins that were promised in all months together, from which on it is said how they were kept."""


def by_month(promises: Promises, now: int, schema: LeadSchema) -> Chart | None:
    """Return the chart of the latest months; None where too little was promised to say how it was kept."""
    if promises.probability.sum() < MIN_WINS:
        return None
    names = [f"{to_datetime(now - int(ago)).astimezone(schema.zone):%Y-%m}" for ago in promises.scored_ago]
    months = sorted(set(names))[-MAX_MONTHS:]
    rows = []
    for month in months:
        here = np.array([name == month for name in names])
        leads, won = int(here.sum()), int(promises.won[here].sum())
        low, high = (leads * share for share in jeffreys_interval(won, leads))
        rows.append((month, float(promises.probability[here].sum()), won, low, high, leads))
    top = round_up(max(max(promised, high) for _, promised, _, _, high, _ in rows))
    x, y = across(-0.5, len(rows) - 0.5), upward(0, top)
    marks = tuple(
        AxisMark(x(at), y(won), y(low), y(high), f"{month}: {promised:.1f} promised, {won:,} won, of {leads:,} leads")
        for at, (month, promised, won, low, high, leads) in enumerate(rows)
    )
    line = svg_points([x(at) for at in range(len(rows))], [y(promised) for _, promised, *_ in rows])
    return chart(
        "Promised and came",
        "Wins by the month in which leads were scored first, of those whose time has passed; a dot is what came, with its 90 % interval.",
        ("month of the first score", "wins"),
        named([month for month, *_ in rows], x),
        numbered(steps(0, top), y),
        (Line(line, "close_model", "promised"),),
        marks,
    )

"""Promised against came: each month's own sums, and nothing where too little was promised."""

import numpy as np

from features.records.clock import DAY
from features.settings.schema import LeadSchema
from serving.pages.promises import by_month
from serving.store.first_scores import Promises

NOW = 20_500 * DAY  # 16 February 2026
SCHEMA = LeadSchema()


def promises(*months: tuple[int, int, float, int]) -> Promises:
    """By how many days ago: leads, the probability of each, and how many were won."""
    ago, probability, won = [], [], []
    for days, leads, share, wins in months:
        ago += [days * DAY] * leads
        probability += [share] * leads
        won += [place < wins for place in range(leads)]
    return Promises(np.array(probability), np.array(ago, np.int64), np.array(won, bool), 0)


def test_each_month_has_what_it_promised_and_what_came() -> None:
    chart = by_month(promises((120, 100, 0.3, 20), (150, 50, 0.2, 12)), NOW, SCHEMA)
    assert chart is not None
    assert [mark.text for mark in chart.marks] == [
        "2025-09: 10.0 promised, 12 won, of 50 leads",
        "2025-10: 30.0 promised, 20 won, of 100 leads",
    ]
    for mark in chart.marks:
        assert mark.high <= mark.y <= mark.low <= chart.bottom


def test_too_little_promised_is_no_chart_and_a_year_is_the_most() -> None:
    assert by_month(promises((120, 100, 0.19, 20)), NOW, SCHEMA) is None
    assert by_month(promises(), NOW, SCHEMA) is None
    chart = by_month(promises(*((30 * month + 90, 50, 0.3, 9) for month in range(20))), NOW, SCHEMA)
    assert chart is not None
    assert len(chart.marks) == 12

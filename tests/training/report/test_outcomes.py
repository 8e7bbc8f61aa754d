"""What the report says of sources, the funnel and reps: the figures of the reports themselves, drawn where they lie."""

from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import pytest

from features.records.clock import DAY
from features.simulation import WorldSettings
from models.accountability.settings import AccountabilitySettings
from models.decision.settings import DecisionSettings
from tests.models import company
from tests.training.report.materials import first
from training.report.compute import compute
from training.report.outcomes import OutcomeReports, outcome_charts, outcome_tables, outcomes_of
from training.report.show import render

FLOODED = WorldSettings(leads=3000, seed=3).steady().flooded()
SETTINGS = AccountabilitySettings(fewest_expected=2)


@cache
def outcomes() -> OutcomeReports:
    return outcomes_of(company.checked(FLOODED).history, SETTINGS, DecisionSettings())


def test_tables_hold_the_figures_of_the_reports() -> None:
    sources, funnel, reps = outcome_tables(outcomes())
    account = outcomes().sources.rows[0]
    assert sources.rows[0][:3] == (
        f"{account.verdict.value} ({account.verdict.channel})",
        account.verdict.verdict,
        f"{account.leads:,}",
    )
    assert [row[0].removesuffix(" (young)") for row in funnel.rows] == [row.value for row in outcomes().funnel.cohorts]
    assert [row[0] for row in reps.rows] == [row.rep_id for row in outcomes().reps.rows]
    for table in (sources, funnel, reps):
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_what_nobody_recorded_is_not_called_too_few() -> None:
    sources, *_ = outcome_tables(outcomes())
    cost, per_cost = (sources.columns.index(name) for name in ("cost", "revenue by cost"))
    assert {(row[cost], row[per_cost]) for row in sources.rows} == {("not known", "not known")}


def test_leads_that_nobody_qualifies_are_told_before_anything_about_closers() -> None:
    *_, reps = outcome_tables(outcomes())
    assert outcomes().unqualified
    assert reps.note.startswith(outcomes().unqualified[0])
    changed = compute(replace(first(), outcomes=outcomes())).changed
    assert changed.more[: len(outcomes().unqualified)] == outcomes().unqualified


def test_charts_lie_within_their_edges_and_tell_each_mark() -> None:
    titles = []
    for chart in outcome_charts(outcomes()):
        titles.append(chart.title)
        assert chart.marks
        assert all(line.name or line.style == "ideal" for line in chart.lines)
        for mark in chart.marks:
            assert (
                mark.left is None
                or mark.right is None
                or chart.left <= mark.left <= mark.x <= mark.right <= chart.right
            )
            assert chart.left <= mark.x <= chart.right
            assert 0 <= mark.high <= mark.y <= mark.low <= chart.bottom
            assert mark.text
    assert titles == ["How each source closes", "The funnel, by quarter of creation", "Both skills side by side"]


def test_the_page_shows_them_and_stays_well_formed() -> None:
    html = render(compute(replace(first(), outcomes=outcomes())))
    for said in ("The funnel", "Reps: two skills", "not assigned at random", "are not being qualified"):
        assert said in html
    for part in html.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + part.split("</svg>")[0] + "</svg>")


@pytest.mark.parametrize("days", [0, 1])
def test_before_there_is_anything_nothing_is_shown(days: int) -> None:
    history = company.checked(FLOODED).history
    empty = history.as_known_at(int(history.leads.created_at.min()) - days * DAY - 1)
    nothing = outcomes_of(empty, SETTINGS, DecisionSettings())
    assert list(outcome_tables(nothing)) == []
    assert list(outcome_charts(nothing)) == []

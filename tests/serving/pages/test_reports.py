"""Pages of sources, funnel and reps: the figures of the reports, and what is to be read first."""

from functools import cache
from typing import Any

import pytest

from features.world import WorldSettings
from models.accountability.accounts import hold_to_account
from models.accountability.funnel import funnel
from models.accountability.reps import judge_reps
from models.accountability.settings import AccountabilitySettings
from serving.pages.render import Frame, render
from serving.pages.reports import ReportPage, draw_skills, funnel_page, reps_page, sources_page
from serving.reports import Wanted, of_rep
from tests.models import company

FLOODED = WorldSettings(leads=3000, seed=3).steady().flooded()
SETTINGS = AccountabilitySettings(fewest_expected=2)


@cache
def told() -> dict[str, Any]:
    history = company.checked(FLOODED).history
    until = history.known_until
    return {
        "sources": hold_to_account(history, SETTINGS, until).to_json(),
        "funnel": funnel(history, SETTINGS, until).to_json(),
        "reps": judge_reps(history, SETTINGS, until).to_json(),
    }


def pages() -> dict[str, ReportPage]:
    return {
        "sources": sources_page(told()["sources"], "/s"),
        "funnel": funnel_page(told()["funnel"], "/f"),
        "reps": reps_page(told()["reps"], "/r"),
    }


@pytest.mark.parametrize("kind", ["sources", "funnel", "reps"])
def test_a_page_has_its_tables_whole_and_what_is_wrong_first(kind: str) -> None:
    page = pages()[kind]
    html = render("report", Frame(), page=page)
    assert page.tables
    for table in page.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert any("webinar" in notice for notice in page.notices)
    assert html.index('class="notice"') < html.index("<table")


def test_figures_are_those_of_the_report() -> None:
    row, (skills, *_) = told()["reps"]["reps"][0], pages()["reps"].tables
    assert skills.rows[0][:3] == (row["rep_id"], f"{row['leads']:,}", f"{row['won']:,}")
    newest = pages()["funnel"].tables[0].rows[0]
    assert newest[0] == f"{told()['funnel']['cohorts'][-1]['value']} (young)"


def test_the_picture_shows_every_rep_within_it_and_the_better_closer_to_the_right() -> None:
    picture = pages()["reps"].picture
    assert picture is not None
    both = [row for row in told()["reps"]["reps"] if row["closing"] is not None and row["generating"] is not None]
    assert [rep.name for rep in picture.reps] == [row["rep_id"] for row in both]
    assert [rep.x for rep in picture.reps] == sorted((rep.x for rep in picture.reps), reverse=True)
    for rep in picture.reps:
        assert 0 <= rep.left <= rep.x <= rep.right <= picture.width
        assert 0 <= rep.top <= rep.y <= rep.bottom <= picture.height


def test_a_rep_reads_own_numbers_and_the_spread_and_no_other_name() -> None:
    own = of_rep(Wanted("reps"), told()["reps"], "R07", "brought_by")
    html = render("report", Frame(), page=reps_page(own, "/r"))
    assert "R07" in html
    assert "How they are spread" in html
    assert [row["rep_id"] for row in told()["reps"]["reps"] if row["rep_id"] in html] == ["R07"]
    assert draw_skills(own["reps"]) is None

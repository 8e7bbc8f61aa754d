"""Pages of sources, funnel and reps: the figures of the reports, and what is to be read first."""

from functools import cache

import pytest

from features.simulation import WorldSettings
from features.simulation.agents import with_agents
from models.accountability.accounts import SourceAccounts, hold_to_account
from models.accountability.funnel import Funnel, FunnelRow, funnel
from models.accountability.pictures import skills_chart
from models.accountability.reps import RepsReport, judge_reps
from models.accountability.settings import AccountabilitySettings
from serving.analytics.reports import of_rep
from serving.pages.render import Frame, render
from serving.pages.reports import ReportPage, funnel_page, funnel_stages, reps_page, sources_page
from tests.models import company
from tests.models.accountability.rows import a_cohort

FLOODED = WorldSettings(leads=3000, seed=3).steady().flooded()
SETTINGS = AccountabilitySettings(fewest_expected=2)


@cache
def accounts() -> SourceAccounts:
    history = company.checked(FLOODED).history
    return hold_to_account(history, SETTINGS, history.known_until)


@cache
def stages() -> Funnel:
    history = company.checked(FLOODED).history
    return funnel(history, SETTINGS, history.known_until)


@cache
def skills() -> RepsReport:
    history = company.checked(FLOODED).history
    return judge_reps(history, SETTINGS, history.known_until)


def pages() -> dict[str, ReportPage]:
    return {
        "sources": sources_page(accounts(), "/s"),
        "funnel": funnel_page(stages(), "/f"),
        "reps": reps_page(skills(), "/r"),
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
    row, (table, *_) = skills().rows[0], pages()["reps"].tables
    assert table.rows[0][:3] == (row.rep_id, f"{row.leads:,}", f"{row.won:,}")
    newest = pages()["funnel"].tables[0].rows[0]
    assert newest[0] == f"{stages().cohorts[-1].value} (young)"


def seen_by(rep_id: str, report: RepsReport) -> RepsReport:
    seen = of_rep(report, rep_id, "brought_by")
    assert isinstance(seen, RepsReport)
    return seen


def test_agents_stand_in_tables_of_their_own_where_there_are_any() -> None:
    assert not [table.title for kind in ("reps", "funnel") for table in pages()[kind].tables if "gent" in str(table)]
    history, _ = with_agents(company.checked(FLOODED).history, {"desk 1": 1.0, "desk 2": 0.5}, 0.6, seed=4)
    report = judge_reps(history, SETTINGS, history.known_until)
    page = reps_page(report, "/r")
    (agents,) = (table for table in page.tables if table.title == "Agents, by version")
    assert (agents.columns[0], {row[0] for row in agents.rows}) == ("Agent", {"desk 1", "desk 2"})
    assert "desk 1" not in {row[0] for row in page.tables[0].rows}
    assert seen_by("desk 1", report).rows == ()
    shown = funnel_page(funnel(history, SETTINGS, history.known_until), "/f")
    (touched,) = (table for table in shown.tables if table.title.startswith("By who touched them first"))
    assert {row[0] for row in touched.rows} >= {"a person", "an agent"}
    assert "an agent" in render("report", Frame(), page=shown)


def test_the_picture_shows_every_rep_within_it_and_the_better_closer_to_the_right() -> None:
    picture = pages()["reps"].picture
    assert picture is not None
    both = [row.rep_id for row in skills().rows if row.closing is not None and row.generating is not None]
    assert [mark.text.partition(":")[0] for mark in picture.marks] == both
    assert [mark.x for mark in picture.marks] == sorted((mark.x for mark in picture.marks), reverse=True)


def test_a_rep_reads_own_numbers_and_the_spread_and_no_other_name() -> None:
    own = seen_by("R07", skills())
    html = render("report", Frame(), page=reps_page(own, "/r"))
    assert "R07" in html
    assert "How they are spread" in html
    assert [row.rep_id for row in skills().rows if row.rep_id in html] == ["R07"]
    assert skills_chart(own.rows) is None


def test_a_note_says_of_which_sources_money_is_what_they_lost() -> None:
    assert "where a source is in watch or alarm, less what its missing wins" in pages()["sources"].notes[0]


def test_intervals_lie_on_one_axis_and_one_dimension_is_open() -> None:
    page = pages()["sources"]
    rows = accounts().rows
    first, *others = page.tables
    assert not first.is_folded
    assert all(table.is_folded for table in others)
    drawn = [one for one in first.intervals if one is not None]
    assert drawn
    assert len(first.intervals) == len(first.rows)
    for one in drawn:
        assert 0 <= one.left <= one.x + 0.1
        assert one.x <= one.left + one.width + 0.1
        assert one.left + one.width <= 100.2
    highest = max(row.close_high for row in rows if row.channel == first.title.replace(" ", "_") and row.close_high)
    assert float(first.axis.removesuffix(" %")) >= round(100 * highest) - 0.5
    html = render("report", Frame(), page=page)
    assert 'class="badge against">alarm<' in html or 'class="badge warn">watch<' in html


def test_the_funnel_is_of_the_latest_leads_that_have_had_their_time() -> None:
    cohorts = [a_cohort("2026-01", 0, 0.9, 0.4, 0.1, 0.2), a_cohort("2026-02", 1, 0.5, 0.1, 0.0, 0.01)]
    bars, of = funnel_stages(cohorts)
    assert [(stage.name, stage.share) for stage in bars] == [
        ("Leads", "100 %"),
        ("Responded", "90 %"),
        ("Suspects", "40 %"),
        ("Prospects", "10 %"),
        ("Won", "20 %"),
    ]
    assert "2026-01" in of
    assert "More are won than were prospects" in of
    for stage in bars:
        assert stage.x + stage.width / 2 == pytest.approx(50, abs=0.11)
    assert "More are won" not in funnel_stages([a_cohort("a", 0, 0.9, 0.4, 0.3, 0.2)])[1]
    assert "More are won" not in funnel_stages([a_cohort("a", 0, None, None, None, 0.2)])[1]


@pytest.mark.parametrize("cohorts", [[], [a_cohort("a", 1, 1, 1, 1, 1)], [a_cohort("a", 0, 1, 1, 1, None)]])
def test_without_leads_that_have_had_their_time_there_is_no_funnel(cohorts: list[FunnelRow]) -> None:
    assert funnel_stages(cohorts) == ((), "")


def test_shares_are_the_darker_the_higher_they_are_in_their_column() -> None:
    table = pages()["funnel"].tables[0]
    place = table.columns.index("Won")
    shares = [
        (float(row[place].split(" ")[0]), heat[place])
        for row, heat in zip(table.rows, table.heat, strict=True)
        if row[place] != "–"
    ]
    assert [heat for _, heat in sorted(shares)] == sorted(heat for _, heat in shares if heat is not None)
    assert {heat[table.columns.index("Leads")] for heat in table.heat} == {None}
    assert 'class="heat h9"' in render("report", Frame(), page=pages()["funnel"])


def test_a_company_without_leads_has_pages_that_say_so() -> None:
    history = company.checked(FLOODED).history
    nothing = history.as_known_at(int(history.leads.created_at.min()) - 1)
    until = nothing.known_until
    for page in (
        sources_page(hold_to_account(nothing, SETTINGS, until), "/s"),
        funnel_page(funnel(nothing, SETTINGS, until), "/f"),
        reps_page(judge_reps(nothing, SETTINGS, until), "/r"),
    ):
        assert "There is nothing to tell yet" in render("report", Frame(), page=page)


def test_amounts_are_in_the_currency_that_is_named() -> None:
    assert "Amounts are in CHF." in render("report", Frame(), page=sources_page(accounts(), "/s", "CHF"))
    assert "Amounts are in" not in render("report", Frame(), page=sources_page(accounts(), "/s"))

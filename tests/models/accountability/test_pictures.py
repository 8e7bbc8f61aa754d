"""Sources and reps as charts: of people, not of sources, nothing is drawn among sources; and a heap is spread out."""

from dataclasses import replace

import pytest

from features.simulation import WorldSettings
from models.accountability.accounts import hold_to_account
from models.accountability.channels import in_order, main_channel
from models.accountability.pictures import skills_chart, sources_chart
from models.accountability.reps import RepSkills
from models.accountability.settings import AccountabilitySettings, CostSettings
from tests.models import company
from tests.models.accountability.rows import a_rep, a_source


def test_the_main_channel_is_where_leads_come_from_and_no_person() -> None:
    history = company.checked(WorldSettings(leads=3000, seed=3)).history
    settings = AccountabilitySettings(costs=CostSettings(channel="none_such"))
    accounts = hold_to_account(history, settings, history.known_until)
    by_rep = [row for row in accounts.rows if row.verdict.channel == "brought_by"]
    assert by_rep
    first = replace(accounts, rows=(*by_rep, *(row for row in accounts.rows if row not in by_rep)))
    assert in_order(first)[0] == "brought_by"
    assert main_channel(first) not in ("brought_by", "team")


def test_the_channel_that_money_is_spent_on_stands_first() -> None:
    accounts = hold_to_account(company.checked(WorldSettings(leads=3000, seed=3)).history, AccountabilitySettings(), 0)
    rows = (a_source("R1", channel="team"), a_source("web"), a_source("R2", channel="team"))
    settings = AccountabilitySettings(costs=CostSettings(channel="source"))
    assert in_order(replace(accounts, rows=rows, settings=settings)) == ["source", "team"]


@pytest.mark.parametrize(
    ("reps", "drawn"),
    [
        ([], False),
        ([a_rep("R1", 1.0, 1.0)], False),
        ([a_rep("R1", 1.0, None), a_rep("R2", None, 1.2)], False),
        ([a_rep("R1", 0.9, 1.1), a_rep("R2", 1.1, 0.9)], True),
    ],
)
def test_skills_are_drawn_of_two_reps_of_whom_both_are_known(reps: list[RepSkills], drawn: bool) -> None:
    assert (skills_chart(reps) is not None) == drawn


def test_skills_that_lie_close_fill_the_picture() -> None:
    chart = skills_chart([a_rep(f"R{at}", 0.9 + at / 50, 1.1 - at / 50) for at in range(11)])
    assert chart is not None
    xs = [mark.x for mark in chart.marks]
    assert (
        max(xs) - min(xs) > (chart.right - chart.left) / 4
    )  # from nothing to the widest interval it would be a fifteenth
    for mark in chart.marks:
        assert mark.left is not None
        assert mark.right is not None
        assert chart.left <= mark.left <= mark.x <= mark.right <= chart.right
        assert 0 <= mark.high <= mark.y <= mark.low <= chart.bottom
    assert [line.name for line in chart.lines] == ["the team", ""]
    names = [text.text for text in chart.texts if text.style == "name"]
    assert {"R0", "R10"} <= set(names)


def test_every_source_has_a_line_with_its_name_however_long() -> None:
    long = "Выставка «Транспорт и логистика» в Екатеринбурге"
    chart = sources_chart([a_source(long, 0.2), a_source(None, 0.1), a_source("few")], "lead_source")
    assert chart is not None
    assert [(tick.full or tick.text) for tick in chart.y_ticks] == [long, "not known"]
    assert all(len(tick.text) <= 20 for tick in chart.y_ticks)
    assert chart.across == "share that is won, by lead source"
    assert sources_chart([a_source("few")], "source") is None

"""The overview: sums that hold, a plan by the record alone, and nothing where there is too little to say."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from features.records.clock import DAY
from features.settings.schema import LeadSchema
from models.close.record import CalibrationBand, VersionRecord
from models.decision.routes import Prices
from models.decision.settings import DecisionSettings
from serving.pages.overview import capacity_of, overview_page, plan_of
from serving.pages.render import Frame, render
from serving.store.overview import OpenLeads, open_leads
from serving.store.records import NewLead
from serving.store.store import Store

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def a_record(*bands: tuple[float, float, float]) -> VersionRecord:
    """Bands by their lower end, leads and wins."""
    lows = [low for low, _, _ in bands]
    return VersionRecord(
        tested_since=SINCE,
        bands=tuple(
            CalibrationBand(low=low, high=high, leads=leads, won=won, expected=won)
            for (low, leads, won), high in zip(bands, [*lows[1:], 1.0], strict=True)
        ),
    )


def test_the_plan_adds_up_the_record_from_the_best_leads_down() -> None:
    plan = plan_of(a_record((0.0, 700, 30), (0.2, 200, 40), (0.5, 100, 30)), DecisionSettings())
    assert plan is not None
    assert plan.sentence == "The 30 % of earlier leads that were called 20 % or more hold 70 % of the wins."
    # Of 1,000 leads, 900 and 700 are below the cut, each of 125 minutes.
    assert [(cut.least, cut.leads, cut.wins, cut.hours) for cut in plan.cuts] == [
        ("50 %", "10 %", "30 %", "1,875"),
        ("20 %", "30 %", "70 %", "1,458"),
    ]
    xs = [float(place.split()[0]) for place in plan.line.removeprefix("M").split("L")]
    assert xs == sorted(xs)


def test_net_is_in_the_currency_and_only_where_amounts_are_known() -> None:
    record = a_record((0.0, 700, 30), (0.2, 200, 40), (0.5, 100, 30))
    # A lead costs 125 minutes of a rep at 60 an hour: 125. Of 1,000 leads 100 are won: 30 of the best 100, 70 of the best 300.
    plan = plan_of(record, DecisionSettings(), 1000.0, "EUR")
    assert plan is not None
    assert [(cut.least, cut.net) for cut in plan.cuts] == [("50 %", "17,500"), ("20 %", "32,500"), ("All", "−25,000")]
    assert plan.money == (
        "Working from 20 % on would have brought most: 32,500 EUR net of 1,000 leads, against −25,000 EUR by working all."
    )
    shown = render("overview", Frame(), page=overview_page([], plan, LeadSchema(), "A model.", 0))
    assert "Net of 1,000 leads, EUR" in shown
    assert "32,500" in shown
    dear = plan_of(record, DecisionSettings(), 9000.0)
    assert dear is not None
    assert dear.money == "No cut would have brought more than working all of them: 775,000 net of 1,000 leads."
    cheap = plan_of(record, DecisionSettings(), 10.0)
    assert cheap is not None
    assert (
        cheap.money
        == "No cut would have paid for its work: from 50 % on it is −12,200 net of 1,000 leads, by working all −124,000."
    )
    bare = plan_of(record, DecisionSettings())
    assert bare is not None
    assert (bare.money, [cut.least for cut in bare.cuts]) == ("", ["50 %", "20 %"])
    assert "Net" not in render("overview", Frame(), page=overview_page([], bare, LeadSchema(), "A model.", 0))


@pytest.mark.parametrize("record", [None, a_record((0.0, 100, 19)), a_record((0.0, 0, 0))])
def test_too_few_wins_are_no_plan(record: VersionRecord | None) -> None:
    assert plan_of(record, None) is None


def test_what_is_to_be_won_has_its_range_and_unowned_leads_are_named() -> None:
    some = [OpenLeads("rep", 10, 10, 3, 4.0, 2.25, 5 * DAY), OpenLeads(None, 2, 0, 2, 0.0, 0.0, DAY)]
    page = overview_page(some, None, LeadSchema(), "A model.", 9 * DAY)
    shown = render("overview", Frame(), page=page)
    assert [figure.value for figure in page.figures] == ["12", "4", "3"]
    assert "2 have no score" in shown
    assert "2 to 6 by chance alone" in shown  # 4 ± 1.645 · 1.5
    assert "the oldest came in 4 days ago" in shown
    assert "Fewer, better leads" not in shown
    assert re.search(r'href="/pages/leads\?whose=everyone&amp;route=rep">Rep</a>', shown)


def test_a_company_without_leads_has_none() -> None:
    page = overview_page([], None, LeadSchema(), "A model.", 0)
    assert [figure.value for figure in page.figures] == ["0"]


def test_open_leads_are_summed_by_route(store: Store) -> None:
    with store.writing(10 * DAY) as transaction:
        for lead_id in ("L1", "L2"):
            transaction.add_lead(NewLead(lead_id, {}, created_at=3 * DAY))
    (found,) = store.ask(open_leads)
    assert found == OpenLeads(None, 2, 0, 2, 0.0, 0.0, 3 * DAY)


def test_what_is_being_computed_is_said_and_what_an_hour_is_worth_stands_in_the_currency() -> None:
    page = overview_page(
        [], None, LeadSchema(), "A model.", 0, capacity=capacity_of(Prices(0.0, 1.0), "CHF"), is_waiting=True
    )
    shown = render("overview", Frame(), page=page)
    assert "is being computed" in shown
    assert "Reps have time for every lead that is worth it" in shown
    assert "the qualifying team is worth 60 CHF beyond its cost" in shown

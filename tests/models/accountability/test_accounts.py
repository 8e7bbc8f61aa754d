"""Accounts of sources: worked by hand, their order, and their laws."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records.clock import DAY
from features.simulation import SOURCES
from models.accountability.accounts import SourceAccount, SourceAccounts, hold_to_account
from models.accountability.settings import AccountabilitySettings, CostSettings
from tests.models import company
from tests.models.accountability.companies import Batch, history_of, shuffled

TODAY = 1000
PAST = (Batch("web", 300, 820, 3000, 600), Batch("fair", 300, 820, 1500, 300), Batch("tiny", 700, 800, 8, 1))
COMPANY = (*PAST, Batch("web", 820, TODAY, 1000, 200), Batch("fair", 820, TODAY, 500, 20))
SETTINGS = AccountabilitySettings(costs=CostSettings(per_lead={"web": 10.0, "fair": 30.0}))
WORLD = AccountabilitySettings(costs=CostSettings(per_lead={each.name: each.cost for each in SOURCES}))


def accounts(batches: tuple[Batch, ...] = COMPANY, settings: AccountabilitySettings = SETTINGS) -> SourceAccounts:
    return hold_to_account(history_of(batches, TODAY), settings, TODAY * DAY)


def by_value(told: SourceAccounts) -> dict[str | None, SourceAccount]:
    return {row.verdict.value: row for row in told.rows}


def test_an_account_is_added_up_by_hand() -> None:
    web = by_value(accounts())["web"]
    # Of 365 days: 1,000 leads since day 820, and 185 of the 520 days before, every fifth won; each win brings 100.
    assert web.leads == pytest.approx(1000 + 3000 * 185 / 520, abs=1)
    assert web.cost == 10 * web.leads
    assert web.won == pytest.approx(0.2 * (web.leads - 20 / 180 * 1000), rel=0.02)
    assert web.revenue == 100 * web.won
    assert web.close_rate == pytest.approx(0.2, rel=0.03)
    # Costs of leads that had no time to be won do not count yet: 5 leads at 10 a win.
    assert web.cost_per_win == pytest.approx(50, rel=0.03)
    assert web.revenue_per_cost == pytest.approx(2, rel=0.03)
    for rate in (web.close_rate_now, web.close_rate_last_quarter, web.close_rate_a_year_ago):
        assert rate == pytest.approx(0.2, rel=0.06)


def test_now_is_told_beside_the_last_quarter_and_a_year_ago() -> None:
    fair = by_value(accounts())["fair"]
    assert fair.close_rate_now == pytest.approx(0.04, abs=0.01)
    assert fair.close_rate_last_quarter == pytest.approx(0.04, abs=0.01)
    assert fair.close_rate_a_year_ago == pytest.approx(0.2, rel=0.06)


def test_money_lost_or_made_orders_the_sources() -> None:
    rows = accounts().rows
    assert [row.verdict.value for row in rows] == ["web", "fair", "tiny"]
    web, fair, _ = rows
    assert web.money == pytest.approx(100 * web.won - 5 * 10 * web.won, rel=0.03)
    assert fair.verdict.verdict == "alarm"
    assert fair.money == pytest.approx(-100 * fair.verdict.wins_lost)


def test_wins_without_an_amount_make_what_those_with_one_do() -> None:
    history = history_of(COMPANY, TODAY)
    amount = np.where(np.arange(len(history.outcomes)) % 4 == 0, history.outcomes.amount, np.nan)
    partly = replace(history, outcomes=replace(history.outcomes, amount=amount))
    told = by_value(hold_to_account(partly, SETTINGS, TODAY * DAY))["web"]
    assert 0 < told.priced < told.won / 3
    assert told.revenue == 100 * told.priced
    assert told.money == pytest.approx(by_value(accounts())["web"].money)


def test_what_too_few_leads_support_is_not_told() -> None:
    tiny = by_value(accounts())["tiny"]
    assert (tiny.leads, tiny.close_rate, tiny.close_rate_now, tiny.response_rate, tiny.cost) == (
        8,
        None,
        None,
        None,
        None,
    )


def test_without_answers_nothing_is_expected_by_them_and_without_costs_nothing_per_cost() -> None:
    web = by_value(accounts(settings=AccountabilitySettings()))["web"]
    assert (web.expected, web.cost, web.costed, web.revenue_per_cost, web.cost_per_win) == (None, None, 0, None, None)


def test_the_simulated_company_is_held_to_account_by_its_answers_and_its_ladder() -> None:
    history = company.checked().history
    rows = hold_to_account(history, WORLD, history.known_until).rows
    sources = [row for row in rows if row.verdict.channel == "source"]
    assert sum(row.expected or 0 for row in sources) == pytest.approx(sum(row.won for row in sources), rel=0.35)
    web = by_value(hold_to_account(history, WORLD, history.known_until))["web search"]
    assert sum(share or 0 for share in (web.name, web.target, web.suspect, web.prospect)) == pytest.approx(1)
    assert web.cost == 15 * web.leads
    assert any("for a known reason" in row.loss_reason for row in rows)


@given(st.integers(1, 900))
@settings(max_examples=10, deadline=None)
def test_what_is_recorded_later_changes_nothing(days: int) -> None:
    history = company.checked().history
    past = history.known_until - days * DAY
    then = hold_to_account(history.as_known_at(past), WORLD, past)
    assert hold_to_account(history, WORLD, past).to_json() == then.to_json()


def test_the_order_of_leads_is_irrelevant() -> None:
    history = history_of(COMPANY, TODAY)
    assert hold_to_account(shuffled(history, 1), SETTINGS, TODAY * DAY).to_json() == accounts().to_json()


def test_accounts_are_plain_json_and_a_frame() -> None:
    told = accounts()
    content = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert [row["value"] for row in content["sources"]] == told.frame()["value"].tolist()
    assert {"verdict_ratio", "close_rate", "says"} <= set(told.frame().columns)
    assert np.isfinite(told.frame()["money"]).all()


def test_before_the_first_lead_there_are_no_accounts() -> None:
    assert hold_to_account(history_of(COMPANY, TODAY), SETTINGS, 10 * DAY).rows == ()


def test_costs_of_a_field_that_is_no_channel_are_refused() -> None:
    schema = company.checked().history.schema
    with pytest.raises(ValueError, match="'budget' is no channel: use one of source, campaign"):
        AccountabilitySettings(costs=CostSettings(channel="budget")).check(schema)

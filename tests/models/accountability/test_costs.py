"""What leads cost, worked by hand."""

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.spend import Spend
from models.accountability.costs import lead_costs
from models.accountability.record import record_at
from models.accountability.settings import CostSettings
from tests.models.accountability.companies import Batch, history_of

# January 1970 has the days 0 to 30: ten leads of web, of which six by day 15; February has five of fair.
HISTORY = history_of((Batch("web", 0, 25, 10, 2), Batch("fair", 31, 50, 5, 1), Batch(None, 0, 25, 3, 1)), 60)
JANUARY = Spend(np.array(["web", "web"], np.object_), np.array([0, 0]), np.array([60.0, 40.0]))


def costs_of(
    settings: CostSettings, spend: Spend | None = None, day: int = 60
) -> tuple[dict[str | None, float], object]:
    record = record_at(HISTORY, day * DAY)
    costs = lead_costs(record, settings, spend)
    names = record.history.leads.channels["source"]
    return {name: float(costs.of_lead[names == name].sum()) for name in ("web", "fair", None)}, costs.unassigned


def test_a_lead_costs_what_leads_of_its_source_cost() -> None:
    told, _ = costs_of(CostSettings(per_lead={"web": 5.0}))
    assert told["web"] == 50
    assert np.isnan(told["fair"])
    assert np.isnan(told[None])


def test_what_was_spent_in_a_month_is_shared_among_its_leads_and_goes_before_the_cost_of_a_lead() -> None:
    told, unassigned = costs_of(CostSettings(per_lead={"web": 5.0, "fair": 7.0}), JANUARY)
    assert told["web"] == pytest.approx(100)
    assert told["fair"] == 35
    assert unassigned == {}


def test_of_the_current_month_the_part_that_has_passed_is_spent_and_a_later_one_not_yet() -> None:
    told, _ = costs_of(CostSettings(), JANUARY, day=15)
    assert told["web"] == pytest.approx(100 * 15 / 31)
    later = Spend(np.array(["web"], np.object_), np.array([1]), np.array([60.0]))
    assert costs_of(CostSettings(), later, day=20)[1] == {}


def test_what_was_spent_without_a_lead_is_told() -> None:
    without = Spend(np.array(["radio", "web"], np.object_), np.array([0, 1]), np.array([30.0, 20.0]))
    assert costs_of(CostSettings(), without)[1] == {"radio": 30.0, "web": 20.0}


def test_costs_of_a_channel_that_no_lead_has_are_unknown() -> None:
    record = record_at(HISTORY, 60 * DAY)
    assert np.isnan(lead_costs(record, CostSettings(channel="campaign", per_lead={"web": 1.0}), None).of_lead).all()

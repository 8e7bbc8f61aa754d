"""What a fall points to where the leads' answers get worse, somewhat: worked by hand, against the same fall with answers as before."""

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.accountability.falls import Fall
from models.accountability.reps import judge_reps
from models.accountability.settings import AccountabilitySettings

SCHEMA = LeadSchema(
    fields={
        "budget": LeadField(role="answer", obstacle="money", values=("none", "some"), ordered=True),
        "source": LeadField(role="channel"),
    },
    horizon_days=60,
)
TODAY, NOW_DAYS, CHANCE = 1_000, 180, {0: 0.1, 1: 0.5}
"""Leads with a budget close five times as often."""


def company(with_budget_now: float, closing_now: float = 1.0, leads: int = 12_000) -> History:
    """Return a company in which six in ten had a budget before, and a share of those of now has; closers may win less of the same leads."""
    rng = np.random.default_rng(4)
    created = np.sort(rng.uniform(0, TODAY - 61, leads))
    now = created >= TODAY - NOW_DAYS
    budget = (rng.random(leads) < np.where(now, with_budget_now, 0.6)).astype(np.float64)
    chance = np.where(budget > 0, CHANCE[1], CHANCE[0]) * np.where(now, closing_now, 1.0)
    won = rng.random(leads) < chance
    created_at = (created * DAY).astype(np.int64)
    closed_at = created_at + 20 * DAY
    reps = np.array([f"R{number}" for number in range(8)], np.object_)[rng.integers(0, 8, leads)]
    outcomes = Outcomes(
        np.arange(leads, dtype=np.int32), closed_at, closed_at, won, np.where(won, 100.0, np.nan), rep_id=reps
    )
    ids = np.array([f"L{number}" for number in range(leads)], np.object_)
    channels = {"source": np.full(leads, "web", np.object_)}
    return History(SCHEMA, Leads(ids, created_at, {"budget": budget}, channels), Events.none(), outcomes, TODAY * DAY)


def falls(history: History) -> tuple[Fall, ...]:
    return judge_reps(history, AccountabilitySettings(), history.known_until).falls


def test_a_fall_that_worse_answers_foretell_points_to_the_leads() -> None:
    (fall,) = falls(company(with_budget_now=0.4))  # .4 · .5 + .6 · .1 = .26 instead of .34
    assert fall.points_to == "the leads"
    assert "they close about as that promises" in fall.evidence


@pytest.mark.parametrize(("with_budget_now", "closing_now"), [(0.6, 1.0), (0.57, 1.0), (0.6, 0.7), (0.4, 0.5)])
def test_no_other_fall_does(with_budget_now: float, closing_now: float) -> None:
    assert all(fall.points_to != "the leads" for fall in falls(company(with_budget_now, closing_now)))

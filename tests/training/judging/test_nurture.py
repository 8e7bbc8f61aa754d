"""What comes of nurturing: counted by hand on leads that climb, and by nothing that was recorded later."""

from dataclasses import replace

import numpy as np

from features.records.clock import DAY, NEVER
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import EventKind
from features.settings.ladder import LadderSettings, Requirement, StepCondition
from features.settings.schema import LeadSchema
from models.decision.routes import NURTURE, REP, ROUTES
from training.judging.logged_decisions import Decided
from training.judging.nurture import nurtured

ASKS = Requirement(any_of=(StepCondition(kind="call"),))
SCHEMA = LeadSchema(
    kinds={"call": EventKind(obstacle="trust", actor="lead")},
    ladder=LadderSettings(suspect=(ASKS,), prospect=(ASKS,)),
    horizon_days=90,
)


def company() -> History:
    """Five leads of day 0: the second calls on day 30, the third on day 100, the fourth is won on day 50."""
    ids = np.array([f"L{number}" for number in range(5)], np.object_)
    lead, time = np.array([1, 2], np.int32), np.array([30, 100], np.int64) * DAY
    events = Events.none()
    events = replace(
        events,
        lead=lead,
        kind=np.zeros(2, events.kind.dtype) + SCHEMA.event_codes["call"],
        occurred_at=time,
        recorded_at=time,
        value=np.full(2, np.nan),
        actor=np.zeros(2, events.actor.dtype),
    )
    won_at = np.array([50 * DAY])
    outcomes = Outcomes(np.array([3], np.int32), won_at, won_at, np.array([True]), np.array([100.0]))
    return History(SCHEMA, Leads(ids, np.zeros(5, np.int64), {}, {}), events, outcomes, 200 * DAY)


def decided() -> Decided:
    route = np.array([NURTURE, NURTURE, NURTURE, NURTURE, REP], np.int8)
    obstacle = np.array(["money", "money", "money", None, "need"], np.object_)
    propensity = np.zeros((5, len(ROUTES)))
    propensity[np.arange(5), route] = 1.0
    none = np.zeros(5)
    ids = np.array([f"L{number}" for number in range(5)], np.object_)
    return Decided(ids, np.full(5, 1), none, none, route, propensity, np.full(5, NEVER), obstacle)


def test_leads_that_climb_or_are_won_within_the_horizon_have_come_back() -> None:
    money, nothing = nurtured(company(), decided())

    assert (money.obstacle, money.leads, money.rose, money.won) == ("money", 3, 1, 0)  # the call of day 100 is too late
    assert (nothing.obstacle, nothing.leads, nothing.rose, nothing.won) == (None, 1, 1, 1)
    assert money.low < money.share == 1 / 3 < money.high


def test_later_records_change_nothing() -> None:
    assert nurtured(company(), decided(), 95 * DAY) == nurtured(company().as_known_at(95 * DAY), decided())
    assert nurtured(company(), decided(), 40 * DAY) == ()  # no horizon has passed

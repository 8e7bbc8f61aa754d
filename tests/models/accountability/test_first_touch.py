"""Who touched a lead first: by when it happened, people and agents alone."""

from __future__ import annotations

import numpy as np

from features.records.clock import DAY
from features.records.history import Events
from features.settings.fields import ACTORS
from models.accountability.first_touch import touched_first
from models.accountability.funnel import funnel
from models.accountability.record import record_at
from models.accountability.settings import AccountabilitySettings
from tests.models.accountability.test_funnel import CALL, EVENTS, WON, history_of

REP, AGENT, LEAD, MARKETING = (ACTORS.index(name) for name in ("rep", "agent", "lead", "marketing"))


def touches(*some: tuple[int, int, float]) -> Events:
    """Events by lead, actor and the day on which they occurred; recorded in the order given."""
    lead, actor, day = (np.array(column) for column in zip(*some, strict=True))
    recorded = np.arange(len(some)) + 50 * DAY
    kind = np.full(len(some), CALL, np.int16)
    at = (day * DAY).astype(np.int64)
    return Events(lead.astype(np.int32), kind, at, recorded, np.ones(len(some)), actor.astype(np.int8))


def test_the_touch_that_occurred_first_counts_and_no_lead_and_no_letter_to_many() -> None:
    history = history_of(100, EVENTS, WON, 100)
    some = (
        (0, REP, 2),
        (0, AGENT, 1),
        (1, REP, 1),
        (1, AGENT, 2),
        (2, LEAD, 1),
        (3, MARKETING, 1),
        (4, AGENT, 3),
        (5, REP, 3),
    )
    together = ((6, AGENT, 3), (6, REP, 3), (7, -1, 1))
    other = history.__class__(
        history.schema, history.leads, touches(*some, *together), history.outcomes, history.known_until
    )
    groups = touched_first(record_at(other, 100 * DAY))
    told = [groups.names[code][1] for code in groups.position[0][:8]]
    assert told == ["agent", "person", None, None, "agent", "person", "person", None]


def test_the_funnel_tells_each_lead_once_by_who_touched_it_first() -> None:
    history = history_of(100, EVENTS, WON, 100)
    report = funnel(history, AccountabilitySettings(), 100 * DAY)
    (row,) = report.first_touch
    assert (row.channel, row.value, row.leads) == ("first_touch", "person", 100)
    assert report.to_json()["first_touch"][0]["value"] == "person"
    assert row.won == report.cohorts[0].won

"""How soon leads are touched: those who wait count, few are drawn to all, and too few are no figure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.clock import DAY, HOUR
from serving.pages.speed import half_touched, speed_of
from serving.store.first_touch import FirstTouch, first_touches
from serving.store.records import NewEvent, NewLead
from serving.store.store import Store


def touched(hours: float | None, **others: str) -> FirstTouch:
    told = {"route": None, "source": None, "rep": None} | others
    return FirstTouch(0, None if hours is None else int(hours * HOUR), **told)


@given(st.lists(st.integers(0, 200), min_size=1))
def test_without_those_who_wait_it_is_the_lower_median(hours: list[int]) -> None:
    half = half_touched([touched(one) for one in hours], 900 * HOUR)
    assert half == sorted(hours)[(len(hours) - 1) // 2]


def test_who_waits_longer_than_others_makes_it_longer_and_who_has_just_come_does_not() -> None:
    quick = [touched(1.0)] * 10
    assert half_touched([*quick, *[touched(None)] * 11], 90 * HOUR) == math.inf
    just_came = FirstTouch(90 * HOUR - 1, None, None, None, None)
    assert half_touched([*quick, *[just_came] * 11], 90 * HOUR) == 1.0


def test_groups_are_drawn_to_all_and_small_ones_are_left_out() -> None:
    touches = (
        [touched(1.0, source="выставка")] * 40 + [touched(30.0, source="mail")] * 40 + [touched(1.0, rep="R1")] * 19
    )
    speed = speed_of(touches, 900 * HOUR, 20)
    assert speed is not None
    assert speed.sentence.startswith("Of 99 leads of the last 90 days, half were touched within 1 hour; 0 have")
    ((name, rows),) = speed.tables
    assert name == "Source"
    assert [row.name for row in rows] == ["выставка", "mail"]
    assert rows[1].median == "10 hours"  # exp((40 ln 30 + 20 ln 1) / 60)
    assert rows[1].bar == 100


@pytest.mark.parametrize("touches", [[], [touched(1.0)] * 19, [touched(None)] * 50])
def test_too_few_or_none_touched_is_no_figure(touches: list[FirstTouch]) -> None:
    assert speed_of(touches, 900 * HOUR, 20) is None


def test_the_first_touch_is_a_rep_s_after_the_lead_came_in(store: Store) -> None:
    with store.writing(DAY) as transaction:
        for lead_id, created in (("L1", 0), ("L2", 0), ("old", -200 * DAY)):
            transaction.add_lead(NewLead(lead_id, {}, created_at=created))
    told = [
        NewEvent("L1", "mail", 2 * HOUR, text=None),
        NewEvent("L1", "call", 5 * HOUR, rep_id="R1"),
        NewEvent("L1", "call", 9 * HOUR, rep_id="R2"),
        NewEvent("old", "call", 3 * HOUR),
    ]
    store.add_events(told, DAY)
    found = store.ask(first_touches, -90 * DAY, ["call"])
    assert sorted(found, key=lambda one: one.touched_at or 0) == [
        FirstTouch(0, None, None, None, None),
        FirstTouch(0, 5 * HOUR, None, None, "R1"),
    ]

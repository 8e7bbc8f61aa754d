"""The timeline of a block of leads: order, binary search, and keys that never overflow."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.asof import KEY_LIMIT, Extent, Timeline
from features.matrix.block import cuts
from features.records.clock import DAY
from tests.features.strategies import START, YEAR_1, YEAR_9999, Case, cases, events_of, times


def timeline_of(case: Case) -> Timeline:
    events = case.history.events
    return Timeline.of(events, np.arange(len(events)), 0, Extent.of(events.recorded_at, events.occurred_at))


@given(cases())
def test_a_timeline_holds_every_event_in_the_order_of_lead_and_recording(case: Case) -> None:
    sorted_events, events = timeline_of(case).events, case.history.events
    order = list(zip(sorted_events.lead.tolist(), sorted_events.recorded_at.tolist(), strict=True))
    assert order == sorted(zip(events.lead.tolist(), events.recorded_at.tolist(), strict=True))


@given(cases(), times())
def test_until_finds_the_events_recorded_by_a_time(case: Case, time: int) -> None:
    timeline, events = timeline_of(case), case.history.events
    leads = np.arange(len(case.history.leads), dtype=np.int32)
    for lead, position in zip(leads, timeline.until(leads, np.full(len(leads), time)), strict=True):
        earlier = (events.lead < lead).sum()
        assert position == earlier + ((events.lead == lead) & (events.recorded_at <= time)).sum()


def test_events_recorded_together_are_ordered_by_what_they_say() -> None:
    """By when it occurred, then kind, actor and value; the row that comes first in each order is marked by its value."""
    rows = [
        (0, 1, START - DAY, START, 3.0, 1),
        (0, 0, START, START, 7.0, 2),
        (0, 1, START, START, 9.0, 0),
        (0, 1, START, START, 5.0, 1),
        (0, 1, START, START, 6.0, 1),
        (0, 1, START, START, np.nan, 1),
    ]
    for order in permutations(range(len(rows))):
        timeline = Timeline.of(events_of([rows[row] for row in order]), np.arange(6), 0, Extent(START - DAY, DAY + 2))
        np.testing.assert_array_equal(timeline.events.value, [3.0, 7.0, 9.0, 5.0, 6.0, np.nan])


@given(cases(), st.integers(1, 9))
def test_cuts_hold_every_moment_once_with_all_events_of_its_lead(case: Case, records: int) -> None:
    history, moments = case.history, case.moments
    every = cuts(history, moments, records)
    assert sorted(row for cut in every for row in cut.moments) == list(range(len(moments)))
    for cut in every:
        leads = set(moments.lead[cut.moments].tolist())
        theirs = {row for row, lead in enumerate(history.events.lead.tolist()) if lead in leads}
        assert theirs <= set(cut.events.tolist())
        assert min(leads) >= cut.first


@given(cases(), st.integers(1, 9))
def test_keys_stay_within_64_bits(case: Case, records: int) -> None:
    for cut in cuts(case.history, case.moments, records):
        leads = np.append(case.moments.lead[cut.moments], case.history.events.lead[cut.events])
        assert (int(leads.max()) - cut.first + 1) * cut.extent.span <= KEY_LIMIT


def test_all_of_the_calendar_fits_a_key() -> None:
    extent = Extent.of(np.array([YEAR_1, YEAR_9999]))
    assert extent.most_leads * extent.span <= KEY_LIMIT
    assert extent.most_leads >= 10
    rows = [(lead, 0, time, time, np.nan, 0) for lead in range(extent.most_leads) for time in (YEAR_1, YEAR_9999)]
    timeline = Timeline.of(events_of(rows), np.arange(len(rows)), 0, extent)
    leads = np.arange(extent.most_leads, dtype=np.int32)
    assert timeline.until(leads, np.full(len(leads), YEAR_9999)).tolist() == (2 * leads + 2).tolist()
    assert timeline.until(leads, np.full(len(leads), YEAR_9999 - 1)).tolist() == (2 * leads + 1).tolist()
    assert timeline.until(leads, np.full(len(leads), YEAR_1 - 1)).tolist() == (2 * leads).tolist()

"""The funnel: worked by hand, against the truth of a simulated company, and its laws."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records.clock import DAY
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import ACTORS, EventKind, LeadField
from features.settings.schema import LeadSchema
from models.accountability.funnel import funnel
from models.accountability.record import record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.stages import response_after
from tests.models import company
from tests.models.accountability import companies

FEW = AccountabilitySettings(fewest_leads=1)
SETTINGS = AccountabilitySettings()
SCHEMA = LeadSchema(
    fields={
        "source": LeadField(role="channel"),
        "needs": LeadField(role="answer", type="flag", obstacle="need"),
        "asks": LeadField(role="answer", type="flag", obstacle="desire"),
    },
    kinds={"reply": EventKind(obstacle="trust", actor="lead"), "call": EventKind(obstacle="trust", actor="rep")},
    horizon_days=60,
    ladder={  # type: ignore[arg-type]
        "suspect": [{"any_of": [{"field": "needs"}]}],
        "prospect": [{"any_of": [{"field": "asks"}]}],
    },
)
REPLY, CALL, NEEDS, ASKS = (SCHEMA.event_codes[name] for name in ("reply", "call", "needs", "asks"))


def history_of(leads: int, events: list[tuple[int, int, float]], won: dict[int, float], known_until: int) -> History:
    """Leads of day 0 with events of (lead, kind, day), and wins by the day on which they were recorded."""
    n = len(events)
    lead, kind, day = (np.array(column) for column in zip(*events, strict=True))
    times = (day * DAY).astype(np.int64)
    actor = np.where(kind == CALL, ACTORS.index("rep"), ACTORS.index("lead")).astype(np.int8)
    happened = Events(lead.astype(np.int32), kind.astype(np.int16), times, times, np.ones(n), actor)
    closed = (np.array(list(won.values())) * DAY).astype(np.int64)
    ended = Outcomes(
        np.array(list(won), np.int32), closed, closed, np.ones(len(won), np.bool_), np.full(len(won), 10.0)
    )
    fields = {name: np.full(leads, np.nan) for name in ("needs", "asks")}
    ids = np.array([f"L{number}" for number in range(leads)], np.object_)
    told = Leads(ids, np.zeros(leads, np.int64), fields, {"source": np.full(leads, "web", np.object_)})
    return History(SCHEMA, told, happened, ended, known_until * DAY)


EVENTS = [
    *((lead, REPLY, 2.0 + lead / 10) for lead in range(40)),
    *((lead, CALL, 1.0) for lead in range(100)),
    *((lead, NEEDS, 10.0) for lead in range(30)),
    *((lead, ASKS, 14.0) for lead in range(20)),
]
WON = {**dict.fromkeys(range(12), 34.0), **dict.fromkeys(range(90, 93), 5.0)}


def test_stages_are_counted_and_timed_by_hand() -> None:
    (row,) = funnel(history_of(100, EVENTS, WON, 100), SETTINGS, 100 * DAY).cohorts
    assert (row.channel, row.value, row.leads, row.immature) == ("month", "1970-01", 100, 0)
    assert (row.responded, row.suspects, row.prospects, row.won, row.skipped) == (40, 30, 20, 15, 3)
    assert (row.response_rate, row.suspect_rate, row.prospect_rate, row.close_rate) == (0.4, 0.3, 0.2, 0.15)
    # The median of the replies; of those who replied at 2.0 to 4.9 and needed at 10; at once; from day 14 to 34, of 12 prospects.
    assert row.days_to_response == pytest.approx(3.9, abs=0.11)
    assert row.days_to_suspect == pytest.approx(6.5, abs=0.11)
    assert (row.days_to_prospect, row.days_to_won) == (4.0, 20.0)


def test_an_answer_counts_as_a_response_unless_the_settings_name_the_kinds() -> None:
    history = history_of(3, [(0, REPLY, 2.0), (1, NEEDS, 3.0), (2, CALL, 1.0)], {0: 5.0}, 100)
    record = record_at(history, 100 * DAY)
    assert (response_after(record, SETTINGS) > 0).tolist() == [True, True, False]
    named = SETTINGS.model_copy(update={"response_kinds": ("reply",)})
    assert (response_after(record, named) > 0).tolist() == [True, False, False]


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'letter' is no kind of events: use one of reply, call, needs, asks"):
        AccountabilitySettings(response_kinds=("letter",)).check(SCHEMA)


def test_a_young_cohort_does_not_look_bad_for_being_young() -> None:
    # Every fifth lead is won, after 20 days: of those created in the last 20 days, none is known to be yet.
    steady = companies.history_of((companies.Batch("web", 300, 1000, 7000, 1400),), 1000)
    old, young = funnel(steady, SETTINGS, 1000 * DAY).cohorts[-2:]
    assert young.immature == young.leads > 200
    assert young.won < 0.07 * young.leads
    assert old.close_rate == pytest.approx(0.2, rel=0.05)
    assert young.close_rate == pytest.approx(0.2, rel=0.2)


def test_no_more_can_be_won_than_are_not_lost_already() -> None:
    """Where leads end sooner than those before, their age says too little of what is to come: then no rate is told."""

    def young(lost: int) -> float | None:
        old, new = 200, 100
        created = np.repeat([0, 95 * DAY], [old, new])
        # Of the old, 80 were won on day 50; of the new, at 5 days of age, 30 are won and some are lost.
        won = [*range(80), *range(old, old + 30)]
        ended = [*won, *range(old + 30, old + 30 + lost)]
        closed = np.where(np.array(ended) < old, 50 * DAY, 98 * DAY)
        early = [*range(20)]  # of the old, as many were won by the third day as makes a tenth of all
        closed[early] = 3 * DAY
        ids = np.array([f"L{number}" for number in range(old + new)], np.object_)
        leads = Leads(
            ids,
            created,
            {name: np.full(old + new, np.nan) for name in ("needs", "asks")},
            {"source": np.full(old + new, "web", np.object_)},
        )
        outcomes = Outcomes(
            np.array(ended, np.int32), closed, closed, np.arange(len(ended)) < len(won), np.full(len(ended), 10.0)
        )
        empty = Events(
            np.empty(0, np.int32),
            np.empty(0, np.int16),
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0),
            np.empty(0, np.int8),
        )
        return funnel(History(SCHEMA, leads, empty, outcomes, 100 * DAY), FEW, 100 * DAY).cohorts[-1].close_rate

    assert young(0) == 1.0
    assert young(1) is None


@pytest.mark.parametrize("won", [7, 10, 19, 30, 93])
def test_a_cohort_that_has_ended_is_told_whatever_its_rate(won: int) -> None:
    """As much is won as is not lost, to the last digit."""
    history = history_of(100, [(0, REPLY, 2.0)], dict.fromkeys(range(won), 10.0), 100)
    ended = Outcomes(
        np.arange(100, dtype=np.int32),
        np.full(100, 10 * DAY),
        np.full(100, 10 * DAY),
        np.arange(100) < won,
        np.full(100, 10.0),
    )
    (row,) = funnel(replace(history, outcomes=ended), SETTINGS, 100 * DAY).cohorts
    assert row.close_rate == won / 100


def test_of_a_cohort_of_this_week_only_its_count_is_told() -> None:
    history = company.checked().history
    row = funnel(history, SETTINGS, company_month_start(history) + 2 * DAY).cohorts[-1]
    assert row.immature == row.leads > 0
    assert (row.close_rate, row.close_low, row.days_to_won) == (None, None, None)


def company_month_start(history: History) -> int:
    month = np.datetime64(history.known_until, "us").astype("datetime64[M]") - 3
    return int(month.astype("datetime64[us]").astype(np.int64))


def test_months_and_quarters_and_sources_hold_every_lead_once() -> None:
    history = company.checked().history
    for by in ("month", "quarter"):
        told = funnel(history, SETTINGS, history.known_until, by)
        assert sum(row.leads for row in told.cohorts) == len(history.leads)
        assert sum(row.won for row in told.cohorts) == record_at(history, history.known_until).won.sum()
    latest = record_at(history, history.known_until).created(365)
    for channel in history.schema.channels:
        assert sum(row.leads for row in told.sources if row.channel == channel) == latest.sum()


@given(st.integers(20, 900))
@settings(max_examples=15)
def test_what_is_recorded_later_changes_nothing(days: int) -> None:
    history = company.checked().history
    past = history.known_until - days * DAY
    assert funnel(history, FEW, past) == funnel(history.as_known_at(past), FEW, past)


def test_the_order_of_leads_is_irrelevant() -> None:
    history = company.checked().history
    order = np.random.default_rng(3).permutation(len(history.leads))
    moved = replace(history.of_leads(np.arange(len(history.leads))), leads=history.leads.take(order))
    position = np.argsort(order).astype(np.int32)
    moved = replace(
        moved,
        events=replace(history.events, lead=position[history.events.lead]),
        outcomes=replace(history.outcomes, lead=position[history.outcomes.lead]),
    )
    assert funnel(moved, SETTINGS, history.known_until) == funnel(history, SETTINGS, history.known_until)


def test_before_the_first_lead_the_funnel_is_empty() -> None:
    history = company.checked().history
    told = funnel(history, SETTINGS, int(history.leads.created_at.min()) - DAY)
    assert (told.cohorts, told.sources, told.unqualified) == ((), (), ())
    assert told.frame().empty


def test_the_funnel_is_plain_json() -> None:
    history = company.checked().history
    content = json.loads(json.dumps(funnel(history, SETTINGS, history.known_until).to_json(), allow_nan=False))
    assert set(content["cohorts"][0]) == set(content["sources"][0])

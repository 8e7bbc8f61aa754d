"""When a lead is scored and what became of it: a table worked by hand, the laws of time, and weights that undo censoring."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from features.records.clock import DAY, to_microseconds
from features.records.history import Events, History, Leads, Moments, creations
from features.records.parsing.values import encode
from features.settings.fields import EventKind
from features.settings.schema import LeadSchema
from tests.features.strategies import Case, cases, end_of_own_day, moments_of, outcomes_of, texts, times
from tests.models.company import dataset
from training.samples.moments import Labels, labels_known_at, moment_weights, moments_at_ages, open_leads

SCHEMA = LeadSchema(fields={}, kinds={"call": EventKind(obstacle="trust")}, horizon_days=90)


def history(
    created_days: list[float], outcomes: list[tuple[int, float, float, bool]], known_days: float = 1000
) -> History:
    """Return a history of leads and of outcomes (lead, closed, recorded, won); times in days."""
    created = (np.array(created_days) * DAY).astype(np.int64)
    leads = Leads(texts([f"L{number}" for number in range(len(created))]), created, {}, {})
    rows = [(lead, int(closed * DAY), int(recorded * DAY), won) for lead, closed, recorded, won in outcomes]
    return History(SCHEMA, leads, Events.none(), outcomes_of(rows), int(known_days * DAY))


@dataclass(frozen=True)
class Row:
    """A lead created on day 0 and its outcomes (closed, recorded, won); what is known on some day of its creation's label."""

    what: str
    outcomes: tuple[tuple[float, float, bool], ...]
    day: float
    won: bool
    determined: bool
    matured: bool
    after: float


TABLE = [
    Row("open, horizon not over", (), 60, False, False, False, 60),
    Row("open, horizon over", (), 90, False, True, True, 90),
    Row("open, a moment before the horizon is over", (), 89.99, False, False, False, 89.99),
    Row("won in time", ((40, 41, True),), 60, True, True, False, 41),
    Row("won in time, long ago", ((40, 41, True),), 200, True, True, True, 41),
    Row("won, not recorded yet", ((40, 70, True),), 60, False, False, False, 60),
    Row("won on the last day of the horizon", ((90, 90, True),), 90, True, True, True, 90),
    Row("won after the horizon", ((91, 91, True),), 200, False, True, True, 90),
    Row("lost", ((40, 41, False),), 60, False, True, False, 41),
    Row("won in time, recorded after the horizon, before that", ((80, 120, True),), 100, False, True, True, 90),
    Row("won in time, recorded after the horizon, after that", ((80, 120, True),), 120, True, True, True, 90),
    Row("lost, then corrected to won", ((40, 41, False), (40, 50, True)), 60, True, True, False, 50),
    Row("lost, the correction not recorded yet", ((40, 41, False), (40, 70, True)), 60, False, True, False, 41),
    Row("won, then corrected to lost", ((40, 41, True), (45, 50, False)), 60, False, True, False, 50),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_a_label_worked_by_hand(row: Row) -> None:
    made = history([0], [(0, *outcome) for outcome in row.outcomes])
    (label,) = rows_of(labels_known_at(made, moments_of([(0, 0)]), int(row.day * DAY)))
    assert label == (row.won, row.determined, row.matured, int(row.after * DAY))


ARRIVAL = LeadSchema.model_validate(
    {
        "horizon_days": 90,
        "time_zone": "Europe/Berlin",
        "decided_by": "arrival",
        "fields": {"arrival": {"role": "context", "type": "date"}},
    }
)
MAY_1 = to_microseconds(datetime(2026, 5, 1, 12, tzinfo=UTC))


def guest(arrival: str | None, closed: str | None = None, recorded: str | None = None) -> History:
    """Return a history of one lead of 1 May 2026, noon, decided on a day in Berlin and won at some time UTC."""
    day = math.nan if arrival is None else encode(ARRIVAL.fields["arrival"], arrival, ARRIVAL.zone)
    leads = Leads(texts(["L0"]), np.array([MAY_1]), {"arrival": np.array([day])}, {})
    at = [to_microseconds(datetime.fromisoformat(f"{time}+00:00")) for time in (closed, recorded or closed) if time]
    return History(
        ARRIVAL, leads, Events.none(), outcomes_of([(0, at[0], at[1], True)] if at else []), MAY_1 + 999 * DAY
    )


@pytest.mark.parametrize(
    ("closed", "won"),
    [
        ("2026-05-12T10:00:00", True),
        ("2026-05-12T21:59:59", True),  # one second before midnight in Berlin
        ("2026-05-12T22:00:00", False),
        ("2026-06-01T10:00:00", False),  # within the horizon of 90 days, which does not hold
    ],
)
def test_a_lead_with_a_day_of_its_own_is_won_by_the_end_of_that_day_where_it_is(closed: str, won: bool) -> None:
    made = guest("2026-05-12", closed)
    (label,) = rows_of(labels_known_at(made, moments_of([(0, MAY_1)]), made.known_until))
    assert label[:3] == (won, True, True)


@pytest.mark.parametrize(("at", "matured"), [("2026-05-12T21:59:59", False), ("2026-05-12T22:00:00", True)])
def test_a_label_matures_on_the_lead_s_own_day(at: str, matured: bool) -> None:
    cutoff = to_microseconds(datetime.fromisoformat(f"{at}+00:00"))
    for settling in (0, 3):
        made = guest("2026-05-12")
        labels = labels_known_at(made, moments_of([(0, MAY_1)]), cutoff + settling * DAY, settling)
        assert (labels.matured[0], labels.determined[0]) == (matured, matured)


def test_own_days_and_the_horizon_stand_in_one_history() -> None:
    for closed, by_horizon in (
        ("2026-07-30T11:00:00", True),
        ("2026-07-30T13:00:00", False),
    ):  # 90 days after 1 May, noon
        for arrival in (None, "2026-04-30"):  # a day that had ended before the lead came in decides nothing
            made = guest(arrival, closed)
            assert labels_known_at(made, moments_of([(0, MAY_1)]), made.known_until).won.tolist() == [by_horizon]
        far = guest("2027-05-12", "2027-05-12T12:00:00")
        assert labels_known_at(far, moments_of([(0, MAY_1)]), far.known_until).won.tolist() == [True]


def test_no_moment_is_later_than_the_lead_s_own_day() -> None:
    made = guest("2026-05-02")  # it ends 34 hours after noon of the first, UTC
    assert (moments_at_ages(made, (0, 1, 2, 3), made.known_until).as_of - MAY_1).tolist() == [0, DAY]
    on_the_day = guest("2026-05-01")
    assert (moments_at_ages(on_the_day, (0, 1), made.known_until).as_of - MAY_1).tolist() == [0]


def test_settling_waits_for_late_records() -> None:
    made = history([0], [(0, 80, 120, True)])
    moment = moments_of([(0, 0)])
    known = [rows_of(labels_known_at(made, moment, day * DAY, settling_days=40))[0] for day in (100, 119, 120, 130)]
    assert known == [
        (False, False, False, 100 * DAY),
        (False, False, False, 119 * DAY),
        (True, True, False, 120 * DAY),
        (True, True, True, 120 * DAY),
    ]


def rows_of(labels: Labels) -> list[tuple[bool, bool, bool, int]]:
    columns = (labels.won, labels.determined, labels.matured, labels.determined_after)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(case=cases(), cutoff=times(), settling=st.integers(0, 40))
def test_labels_equal_the_rule_written_plainly(case: Case, cutoff: int, settling: int) -> None:
    labels = labels_known_at(case.history, case.moments, cutoff, settling)
    outcomes = case.history.outcomes
    known = sorted(
        (recorded, closed, won, lead)
        for lead, closed, recorded, won in zip(
            *(column.tolist() for column in (outcomes.lead, outcomes.closed_at, outcomes.recorded_at, outcomes.won)),
            strict=True,
        )
        if recorded <= cutoff
    )
    for (lead, as_of), (won, determined, matured, _) in zip(case.of_each, rows_of(labels), strict=True):
        of_lead = [(closed, ended_won) for _, closed, ended_won, whose in known if whose == lead]
        own = end_of_own_day(case.history, lead)
        until = as_of + case.history.schema.horizon_days * DAY if own is None else own
        assert matured == (max(until, as_of) + settling * DAY <= cutoff)
        assert determined == (bool(of_lead) or matured)
        assert won == bool(of_lead and of_lead[-1][1] and as_of <= of_lead[-1][0] <= until)


@given(case=cases(), cutoff=times())
def test_labels_known_at_a_time_use_no_later_record(case: Case, cutoff: int) -> None:
    outcomes = case.history.outcomes
    later = outcomes.recorded_at > cutoff
    bent = replace(outcomes, won=outcomes.won ^ later, closed_at=np.where(later, 0, outcomes.closed_at))
    gone = replace(case.history, outcomes=outcomes.take(~later))
    expected = rows_of(labels_known_at(case.history, case.moments, cutoff))
    assert rows_of(labels_known_at(replace(case.history, outcomes=bent), case.moments, cutoff)) == expected
    assert rows_of(labels_known_at(gone, case.moments, cutoff)) == expected


@given(case=cases(), first=times(), second=times())
def test_what_has_matured_stays_so(case: Case, first: int, second: int) -> None:
    early, late = (labels_known_at(case.history, case.moments, time) for time in sorted((first, second)))
    assert (late.matured >= early.matured).all()
    assert (late.determined >= early.determined).all()


@given(case=cases(), settling=st.integers(0, 3))
def test_the_order_of_outcomes_changes_no_label(case: Case, settling: int) -> None:
    outcomes = case.history.outcomes
    reversed_ = replace(case.history, outcomes=outcomes.take(np.arange(len(outcomes))[::-1]))
    cutoff = case.history.known_until
    expected = rows_of(labels_known_at(case.history, case.moments, cutoff, settling))
    assert rows_of(labels_known_at(reversed_, case.moments, cutoff, settling)) == expected


def test_moments_worked_by_hand() -> None:
    # Open; closed on day 5; closed on day 3 to the minute; created on day 995; closed before it was created.
    made = history([0, 0, 0, 995, 10], [(1, 5, 20, True), (2, 3, 3, False), (4, 9, 9, False)])
    moments = moments_at_ages(made, (0, 3, 10, 30), 1000 * DAY)
    day = (moments.as_of / DAY).tolist()
    assert list(zip(moments.lead.tolist(), day, strict=True)) == [
        (0, 0), (0, 3), (0, 10), (0, 30), (1, 0), (1, 3), (1, 10), (2, 0), (3, 995), (3, 998), (4, 10),
    ]  # fmt: skip
    over = labels_known_at(made, moments, 1000 * DAY).over
    assert list(zip(moments.lead[over].tolist(), (moments.as_of[over] / DAY).tolist(), strict=True)) == [
        (1, 10),
        (4, 10),
    ]
    assert not labels_known_at(made, moments, 8 * DAY).over.any()


@given(case=cases())
def test_every_moment_weighs_the_same_and_together_they_count_the_leads(case: Case) -> None:
    weight = moment_weights(case.moments)
    assert len(set(weight.tolist())) <= 1
    assert weight.sum() == pytest.approx(len(set(case.moments.lead.tolist())))


@given(case=cases(), days=st.integers(1, 60))
def test_when_a_lead_ends_changes_no_weight_beside_another(case: Case, days: int) -> None:
    """The weight of a moment over that of another is the same, however many more moments a lead turns out to have."""
    assume(len(case.moments) > 1)
    longer = Moments(
        np.append(case.moments.lead, case.moments.lead[:1]), np.append(case.moments.as_of, case.moments.as_of[0] + days)
    )
    now, then = moment_weights(case.moments), moment_weights(longer)[:-1]
    np.testing.assert_allclose(now / now[0], then / then[0], rtol=1e-12)


def test_no_moment_has_no_weight() -> None:
    assert len(moment_weights(moments_of([]))) == 0


# Censoring

LEADS, DAYS = 20_000, 360
WINS, WIN_DAYS, LOSS_DAYS, NEVER_CLOSED = 0.2, 30.0, 60.0, 0.4
TRUTH = WINS * (1 - np.exp(-90 / WIN_DAYS))
"""Share of leads won within 90 days, 0.190: wins take an exponential time of 30 days on average."""


def cohort() -> History:
    """Return leads that came in evenly over a year; wins close first, and many lost leads are never closed."""
    rng = np.random.default_rng(8)
    created = np.sort(rng.random(LEADS)) * DAYS
    won = rng.random(LEADS) < WINS
    closed = created + rng.exponential(np.where(won, WIN_DAYS, LOSS_DAYS))
    closed[~won & (rng.random(LEADS) < NEVER_CLOSED)] = np.inf
    known = np.flatnonzero(closed <= DAYS)
    rows = [(int(lead), closed[lead], closed[lead], bool(won[lead])) for lead in known]
    return history(created.tolist(), rows, DAYS)


COHORT = cohort()
AT_CREATION = Moments(np.arange(LEADS, dtype=np.int32), COHORT.leads.created_at)
ERROR = float(np.sqrt(TRUTH * (1 - TRUTH) / LEADS))


def test_closed_leads_alone_promise_too_much() -> None:
    labels = labels_known_at(COHORT, AT_CREATION, DAYS * DAY)
    closed = np.zeros(LEADS, np.bool_)
    closed[COHORT.outcomes.lead] = True
    assert labels.won[closed].mean() > 1.3 * TRUTH
    assert labels.won[labels.matured].mean() == pytest.approx(TRUTH, abs=4 * ERROR)


def test_open_leads_are_those_without_outcome() -> None:
    company = dataset().history
    open_now = open_leads(company)
    assert set(open_now.lead) == set(range(len(company.leads))) - set(company.outcomes.lead)
    assert set(open_now.as_of) == {company.known_until}


@given(cases(), times(), st.integers(0, 400 * DAY))
def test_a_lead_that_nobody_follows_any_more_stays_as_it_was_known_then(case: Case, time: int, later: int) -> None:
    known = case.history.as_known_at(time)
    silent = replace(known, leads=replace(known.leads, followed_until=np.full(len(known.leads), time)))
    then, now = (labels_known_at(one, creations(one), at) for one, at in ((known, time), (silent, time + later)))
    assert rows_of(now) == rows_of(then)
    ages = (0, 7, 30)
    then_at, now_at = (moments_at_ages(one, ages, at) for one, at in ((known, time), (silent, time + later)))
    assert (now_at.as_of.tolist(), now_at.lead.tolist()) == (then_at.as_of.tolist(), then_at.lead.tolist())

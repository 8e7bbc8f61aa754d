"""When a lead is scored and what became of it: a table worked by hand, the laws of time, and weights that undo censoring."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.clock import DAY
from features.history import Events, History, Leads, Moments
from features.settings import EventKind, LeadSchema
from tests.features.strategies import Case, cases, moments_of, outcomes_of, texts, times
from tests.models.company import dataset
from training.moments import Labels, labels_known_at, lead_weights, moments_at_ages, open_leads, training_weights

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
    horizon = case.history.schema.horizon_days * DAY
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
        assert matured == (as_of + horizon + settling * DAY <= cutoff)
        assert determined == (bool(of_lead) or matured)
        assert won == bool(of_lead and of_lead[-1][1] and as_of <= of_lead[-1][0] <= as_of + horizon)


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
def test_every_lead_weighs_the_same_in_total(case: Case) -> None:
    weight = lead_weights(case.moments)
    total = np.bincount(case.moments.lead, weight)
    assert total[np.unique(case.moments.lead)] == pytest.approx(1.0)


def test_no_moment_has_no_weight() -> None:
    assert len(lead_weights(moments_of([]))) == 0


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


def test_closed_leads_alone_promise_too_much_and_weights_undo_it() -> None:
    labels = labels_known_at(COHORT, AT_CREATION, DAYS * DAY)
    closed = np.zeros(LEADS, np.bool_)
    closed[COHORT.outcomes.lead] = True
    assert labels.won[closed].mean() > 1.3 * TRUTH
    weights = training_weights(AT_CREATION, labels, DAYS * DAY, most_weight=50.0)
    assert np.average(labels.won, weights=weights.weight) == pytest.approx(TRUTH, abs=4 * ERROR)
    assert weights.weight[labels.determined].sum() == pytest.approx(LEADS, rel=0.02)


def test_only_determined_moments_weigh() -> None:
    labels = labels_known_at(COHORT, AT_CREATION, DAYS * DAY)
    weights = training_weights(AT_CREATION, labels, DAYS * DAY, most_weight=50.0)
    assert ((weights.weight > 0) == labels.determined).all()
    assert (weights.weight[labels.determined] >= 1).all()


def test_the_limit_cuts_weights_and_says_how_many() -> None:
    cutoff = 120 * DAY  # few have been watched for 90 days, so waiting that long weighs much
    some = AT_CREATION.take(AT_CREATION.as_of <= cutoff)
    labels = labels_known_at(COHORT, some, cutoff)
    free, cut = (training_weights(some, labels, cutoff, most) for most in (1000.0, 2.0))
    assert free.clipped == 0.0
    assert cut.weight.max() == 2.0 < free.weight.max()
    assert cut.clipped == pytest.approx(np.mean(free.weight[labels.determined] > 2.0))


def test_where_all_is_determined_every_weight_is_that_of_the_lead() -> None:
    labels = labels_known_at(COHORT, AT_CREATION, 5000 * DAY)
    assert training_weights(AT_CREATION, labels, 5000 * DAY, 5.0).weight.tolist() == [1.0] * LEADS


def test_open_leads_are_those_without_outcome() -> None:
    company = dataset().history
    open_now = open_leads(company)
    assert set(open_now.lead) == set(range(len(company.leads))) - set(company.outcomes.lead)
    assert set(open_now.as_of) == {company.known_until}

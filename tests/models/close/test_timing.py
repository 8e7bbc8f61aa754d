"""How soon outcomes become known, and what is expected of a day: by hand, and against what happens."""

import numpy as np
import pytest

from features.clock import DAY
from features.history import Events, History, Leads, Outcomes
from features.settings import LeadField, LeadSchema
from models.close.timing import Timing, keep_ledger

SCHEMA = LeadSchema(fields={"source": LeadField(role="channel")}, horizon_days=10)


def history(created: list[float], outcomes: list[tuple[int, float, bool]], known_until: float = 1000) -> History:
    """Return leads created on days, with outcomes (lead, day closed and recorded, won)."""
    lead, day, won = (list(column) for column in zip(*outcomes, strict=True)) if outcomes else ([], [], [])
    times = (np.array(day, np.float64) * DAY).astype(np.int64)
    ids = np.array([str(number) for number in range(len(created))], np.object_)
    leads = Leads(
        ids, (np.array(created) * DAY).astype(np.int64), {}, {"source": np.full(len(created), "web", np.object_)}
    )
    ended = Outcomes(np.array(lead, np.int32), times, times, np.array(won, np.bool_), np.full(len(lead), np.nan))
    return History(SCHEMA, leads, Events.none(), ended, int(known_until * DAY))


def test_timing_counts_wins_among_wins_and_losses_among_the_others() -> None:
    won = np.array([True, True, True, True, False, False])
    after = np.array([0.5, 0.9, 2.0, 9.0, 1.0, 10.0]) * DAY
    timing = Timing.of(won, after.astype(np.int64), 10)
    assert timing.won == [0.5, 0, 0.25, 0, 0, 0, 0, 0, 0, 0.25, 0]
    assert timing.lost == [0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def test_what_is_expected_of_a_lead_that_stays_open_worked_by_hand() -> None:
    # p = 1/2; of wins one half is recorded on day 0 and one half on day 2; of other leads one half is lost on day 1.
    timing = Timing([0.5, 0.0, 0.5], [0.0, 0.5, 0.0])
    ledger = keep_ledger(history([100], []), np.array([0.5]), timing, np.array([0]), 1, range(100, 104))
    # Day 0: 1/2 * 1/2. Day 2: still open are 1/4 that will be won and 1/4 that will not.
    assert ledger.expected[:, 0] == pytest.approx([0.25, 0.0, 0.5, 0.0])
    assert ledger.won.sum() == 0


def test_a_closed_lead_is_expected_of_no_more() -> None:
    timing = Timing([0.25] * 4, [0.0] * 4)
    ended = history([100, 100], [(0, 101.5, True), (1, 100.5, False)])
    ledger = keep_ledger(ended, np.array([0.5, 0.5]), timing, np.array([0, 1]), 2, range(100, 104))
    assert ledger.won.tolist() == [[0, 0], [1, 0], [0, 0], [0, 0]]
    assert (ledger.expected[:, 0] > 0).tolist() == [True, True, False, False]
    assert (ledger.expected[:, 1] > 0).tolist() == [True, False, False, False]


def test_the_slope_is_that_of_the_expectation() -> None:
    timing = Timing([0.2, 0.3, 0.5], [0.1, 0.2, 0.1])
    leads, step = history([100, 100.5, 101], []), 1e-6
    margin = np.array([-1.0, 0.3, 2.0])

    def expected(shift: float) -> np.ndarray:
        p = 1 / (1 + np.exp(-(margin + shift)))
        return keep_ledger(leads, p, timing, np.zeros(3, np.int64), 1, range(100, 106)).expected

    p = 1 / (1 + np.exp(-margin))
    slope = keep_ledger(leads, p, timing, np.zeros(3, np.int64), 1, range(100, 106)).slope
    np.testing.assert_allclose((expected(step) - expected(-step)) / (2 * step), slope, atol=1e-6)


def test_leads_that_came_in_before_the_first_day_are_not_entered() -> None:
    ended = history([99, 100], [(0, 101.0, True), (1, 101.0, True)])
    timing = Timing([0.25] * 4, [0.0] * 4)
    both = keep_ledger(ended, np.array([0.5, 0.5]), timing, np.array([0, 1]), 2, range(100, 104))
    assert both.won.sum(axis=0).tolist() == [0, 1]
    assert (both.expected.sum(axis=0) > 0).tolist() == [False, True]


def test_what_is_expected_comes_true_on_the_average() -> None:
    rng = np.random.default_rng(4)
    n, p = 40_000, 0.3
    created = rng.integers(0, 60, n)
    won = rng.random(n) < p
    age = np.where(won, rng.integers(0, 10, n), rng.integers(0, 20, n))
    closed = [
        (lead, float(created[lead] + age[lead]), bool(won[lead])) for lead in range(n) if won[lead] or age[lead] < 10
    ]
    timing = Timing([0.1] * 10 + [0.0], [0.05] * 10 + [0.0])
    made = history(created.astype(float).tolist(), closed)
    ledger = keep_ledger(made, np.full(n, p), timing, np.zeros(n, np.int64), 1, range(20, 60))
    assert ledger.won.sum() == pytest.approx(ledger.expected.sum(), rel=0.03)

"""What a cut would have kept: worked by hand, and by predictions of the simulated company that were made before."""

from pathlib import Path

import numpy as np
import pytest

from features.records.clock import DAY
from models.decision.settings import DecisionSettings, Effort
from tests.models.company import SETTINGS, checked, dataset
from training.fitting.fit import TooFewOutcomesError
from training.judging.backtest import CalendarQuarter, predict_quarter, predict_quarters
from training.judging.evaluate import CLOSE
from training.judging.plan import ALL, ARRIVAL, NONE, SCORECARD, MaturedLeads, by_arrival, past_leads, plan

HOURLY = DecisionSettings(rep=Effort(minutes_per_attempt=60, attempts=1, cost_per_hour=100, capacity=0.3))


def ten_leads() -> MaturedLeads:
    """Ten leads, three won for 1,000, 500 and 500; the model ranks two of these first, the scorecard none."""
    won = np.array([True, True, False, False, False, True, False, False, False, False])
    amount = np.array([1000.0, 500, 0, 0, 0, 500, 0, 0, 0, 0])
    down, up = np.arange(10), np.arange(10)[::-1]
    return MaturedLeads(won, amount, {CLOSE: down, SCORECARD: up, ARRIVAL: np.roll(down, 5)})


def test_cut_by_hand() -> None:
    result = plan(ten_leads(), HOURLY)
    cut = next(one for one in result.cuts if one.share == 0.2)

    assert (cut.leads, cut.wins_kept, cut.close_rate) == (2, 2 / 3, 1.0)
    assert (cut.revenue_kept, cut.hours_freed) == (0.75, 8.0)
    assert cut.net == 1500 - 2 * 100
    assert cut.net_by == {SCORECARD: -200.0, ARRIVAL: 500 - 200}
    assert result.net_of_all == 2000 - 10 * 100
    assert result.said(0.2).startswith("Working the best 20 % of 10 past leads would have kept 67 % of wins")


def test_all_leads_keep_everything_and_gain_nothing() -> None:
    everything = plan(ten_leads(), HOURLY).cuts[-1]

    assert (everything.wins_kept, everything.wins_low, everything.revenue_kept) == (1.0, 1.0, 1.0)
    assert everything.hours_freed == 0
    assert {name: gain.value for name, gain in everything.gains.items()} == {
        ALL: 0.0,
        NONE: everything.net,
        SCORECARD: 0.0,
        ARRIVAL: 0.0,
    }
    assert (everything.gains[ALL].low, everything.gains[ALL].high) == (0.0, 0.0)


def test_a_cut_is_held_against_every_other_way_of_working() -> None:
    cut = next(one for one in plan(ten_leads(), HOURLY).cuts if one.share == 0.2)
    gains = {name: gain.value for name, gain in cut.gains.items()}

    assert gains == {ALL: 1300.0 - 1000, NONE: 1300.0, SCORECARD: 1300.0 + 200, ARRIVAL: 1300.0 - 300}
    assert all(gain.low <= gain.value <= gain.high for gain in cut.gains.values())


def test_the_interval_of_a_gain_is_as_wide_as_its_leads_allow() -> None:
    rng = np.random.default_rng(3)
    n, best = 4000, np.arange(4000)
    won = rng.random(n) < np.linspace(0.4, 0.0, n)
    leads = MaturedLeads(
        won, np.where(won, 1000.0, 0.0), {CLOSE: best, SCORECARD: rng.permutation(n), ARRIVAL: rng.permutation(n)}
    )
    gain = next(one for one in plan(leads, HOURLY).cuts if one.share == 0.3).gains[NONE]
    net = np.where(best < 1200, leads.amount - 100, 0.0)

    # The sum of n terms of this spread: 3.29 standard errors from end to end.
    assert gain.high - gain.low == pytest.approx(2 * 1.645 * net.std() * np.sqrt(n), rel=0.2)


def test_arrival_takes_the_first_of_each_week() -> None:
    days = np.array([0, 1, 2, 3, 7, 8, 9, 10])

    assert sorted(by_arrival(days * DAY)[:4].tolist()) == [0, 1, 4, 5]


def test_past_leads_count_once_and_are_predicted_out_of_time(tmp_path: Path) -> None:
    predicted = predict_quarters(dataset(), SETTINGS, tmp_path, checked().fingerprint, cores=1, latest=3)
    leads = past_leads(dataset(), SETTINGS, list(predicted.values()))
    result = plan(leads, SETTINGS.decision)
    kept = [cut.wins_kept for cut in result.cuts]

    assert all(sorted(order.tolist()) == list(range(result.leads)) for order in leads.orders.values())
    assert kept == sorted(kept)
    assert kept[2] > 0.3  # the best 30 % hold more than 30 % of the wins
    assert all(cut.wins_low <= cut.wins_kept <= cut.wins_high for cut in result.cuts)


def test_nothing_predicted_is_told() -> None:
    with pytest.raises(TooFewOutcomesError, match="A plan needs past leads"):
        past_leads(dataset(), SETTINGS, [])


def test_quarter_without_moments_is_left_out() -> None:
    after = dataset().history.known_until + DAY

    assert (
        predict_quarter(dataset(), SETTINGS, CalendarQuarter("later", after, after + DAY)).why
        == "it has no moments to predict"
    )


def test_where_every_lead_is_worth_its_work_no_cut_is_recommended() -> None:
    leads = MaturedLeads(np.ones(10, np.bool_), np.full(10, 1000.0), ten_leads().orders)
    first, *others = plan(leads, HOURLY).compared()

    assert first == "No cut would have brought more than working all of them: 9,000."
    assert others[0].startswith("The best 30 % would have brought neither more nor less than as many by the points")
    assert others[1].startswith("The best 30 % would have brought LESS than working all leads: by 6,300 ")

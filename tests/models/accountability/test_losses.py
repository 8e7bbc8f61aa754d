"""Why sources lose leads: counted by hand, as of a date, and silent where the reasons do not tell."""

from dataclasses import replace

import numpy as np
import pytest

from features.clock import DAY
from features.history import History
from models.accountability.losses import LossShares, ReasonShare, loss_shares
from models.decision.rates import interval
from tests.models import company
from tests.models.accountability.companies import Batch, history_of

TODAY = 400
BATCHES = (Batch("web", 0, 200, 60, 0), Batch("fair", 0, 200, 30, 10))


def with_reasons(by_source: dict[str, list[str | None]]) -> History:
    """The company of `BATCHES`, whose lost leads name these reasons in turn."""
    history = history_of(BATCHES, TODAY)
    source = history.leads.channels["source"]
    turns = dict.fromkeys(by_source, 0)
    reason = np.full(len(history.outcomes), None, np.object_)
    for row in np.flatnonzero(~history.outcomes.won):
        name = source[history.outcomes.lead[row]]
        reason[row] = by_source[name][turns[name] % len(by_source[name])]
        turns[name] += 1
    return replace(history, outcomes=replace(history.outcomes, reason=reason))


def shares(history: History, as_of: int = TODAY) -> LossShares:
    return loss_shares(history, {"X1": "trust"}, as_of * DAY)


def test_shares_by_hand() -> None:
    told = shares(with_reasons({"web": ["no budget", "no budget", "X1", None], "fair": ["unsubscribed"]}))
    first, second, *others = told.of("source", "web")

    assert (first.reason, first.lost, first.told, first.leads) == (
        "money",
        60,
        45,
        30,
    )  # of each four, two of three told
    assert (second.reason, second.leads, second.share) == ("trust", 15, 1 / 3)
    assert (first.low, first.high) == interval(30, 45)
    assert {row.leads for row in others} == {0}
    assert told.of("source", "fair") == ()
    assert told.said("source", "web").startswith("No money: 67 %")
    assert told.said("source", "fair") == "Why it loses leads is not recorded."


def test_reasons_that_are_as_common_are_not_told_apart() -> None:
    told = shares(with_reasons({"web": ["no budget", "no need"], "fair": ["no need"]}))

    assert told.said("source", "web") == (
        "No need or no money: 50 and 50 % of the 60 leads that it lost for a known reason."
    )
    assert [row.value for row in told.rows[:: len(told.of("source", "web"))]] == ["web", "fair"]


def test_where_many_reasons_are_as_common_none_stands_out() -> None:
    told = shares(with_reasons({"web": ["no budget", "no need", "bad timing", "no trust"], "fair": ["no need"]}))

    assert told.said("source", "web") == "Of the 60 leads that it lost for a known reason, no reason stands out."


def test_one_loss_is_no_share() -> None:
    rows = [
        ReasonShare("source", "web", 3, 1, "trust", 1, 1.0, 0.2, 1.0),
        ReasonShare("source", "web", 3, 1, "need", 0, 0, 0, 0.8),
    ]

    assert LossShares(tuple(rows)).said("source", "web") == "The one lead that it lost for a known reason: no trust."


def test_later_records_change_nothing() -> None:
    history = with_reasons({"web": ["no budget", "no need"], "fair": ["X1"]})
    then = history.as_known_at(150 * DAY)

    assert shares(history, 150) == shares(then, 150)
    assert shares(history, 150) != shares(history)


def test_every_told_loss_of_the_simulated_company_counts_once_a_channel() -> None:
    history = company.checked().history
    frame = loss_shares(history, {}, history.known_until).frame()
    final = history.outcomes.last_of_each_lead()

    assert frame.groupby("channel")["leads"].sum().to_dict() == dict.fromkeys(
        history.schema.channels, np.count_nonzero(~final.won)
    )
    assert frame.groupby(["channel", "value"], dropna=False)["share"].sum().to_numpy() == pytest.approx(1.0)

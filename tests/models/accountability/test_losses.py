"""Why sources lose leads: counted by hand, as of a date, and silent where the reasons do not tell."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.history import History
from models.accountability.losses import LossShares, ReasonShare, loss_shares
from models.decision.rates import jeffreys_interval
from models.decision.settings import LossReason
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
    return loss_shares(history, {"X1": "trust"}, as_of * DAY, 20)


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
    assert (first.low, first.high) == jeffreys_interval(30, 45)
    assert {row.leads for row in others} == {0}
    assert told.of("source", "fair") == ()
    # 30 or more of 45 by luck: .018, times six reasons more than one in twenty, so both are named.
    assert told.said("source", "web").startswith("No money or no trust: 67 and 33 %")
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


@pytest.mark.parametrize(("lost", "said"), [(1, "1 lead"), (19, "19 leads")])
def test_few_losses_are_no_share(lost: int, said: str) -> None:
    rows = ReasonShare("source", "web", 30, lost, "trust", lost, 1.0, 0.9, 1.0)
    other = ReasonShare("source", "web", 30, lost, "need", 0, 0, 0, 0.1)

    assert LossShares((rows, other), 20).said("source", "web") == (
        f"It lost {said} for a known reason: too few to say why it loses them."
    )


def test_a_reason_is_the_commonest_where_luck_would_not_put_it_so_far_ahead() -> None:
    def said(first: int, second: int, sources: int) -> str:
        shares: tuple[tuple[LossReason, int], ...] = (("trust", first), ("need", second))
        rows = [
            ReasonShare("source", f"s{source}", 99, 40, reason, leads, leads / 40, *jeffreys_interval(leads, 40))
            for source in range(sources)
            for reason, leads in shares
        ]
        return LossShares(tuple(rows), 20).said("source", "s0")

    assert said(30, 10, 1).startswith("No trust: 75 %")  # ten or fewer of forty: .0011, times five reasons
    assert said(30, 10, 20).startswith("No trust or no need: 75 and 25 %")  # and times twenty sources
    assert said(25, 15, 1).startswith("No trust or no need: 62 and 38 %")  # fifteen or fewer: .077


def test_later_records_change_nothing() -> None:
    history = with_reasons({"web": ["no budget", "no need"], "fair": ["X1"]})
    then = history.as_known_at(150 * DAY)

    assert shares(history, 150) == shares(then, 150)
    assert shares(history, 150) != shares(history)


def test_every_told_loss_of_the_simulated_company_counts_once_a_channel() -> None:
    history = company.checked().history
    frame = loss_shares(history, {}, history.known_until, 20).frame()
    final = history.outcomes.last_of_each_lead()

    assert frame.groupby("channel")["leads"].sum().to_dict() == dict.fromkeys(
        history.schema.channels, np.count_nonzero(~final.won)
    )
    assert frame.groupby(["channel", "value"], dropna=False)["share"].sum().to_numpy() == pytest.approx(1.0)

"""Sources held to account: what each cost, what its leads were like, what became of them, and what that made or lost.

Beside the verdict, which holds a source against its own past, an account adds up the leads of the longest window. Leads that are still
young count by their exposure, their cost included, so that what has not come yet is not held against what has been spent.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.records.clock import to_datetime
from features.records.history import Floats, History, Moments
from features.records.spend import Spend
from features.settings.ladder import STEPS
from models.accountability.change import RangedFigure, ranged, rate, share_interval
from models.accountability.costs import Costs, lead_costs
from models.accountability.expectation import expected_by_answers
from models.accountability.groups import Groups
from models.accountability.losses import LossShares, loss_shares
from models.accountability.record import LeadsAsOf, Mask, record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.source_verdict import SourceVerdict
from models.accountability.sources import SourceVerdicts, plain, says, verdicts, worst_first
from models.accountability.stages import STAGES, stages_of
from models.accountability.together import fell_together
from models.decision.ladder import Ladder
from models.decision.settings import DecisionSettings

CALLED = ("alarm", "watch")


@dataclass(frozen=True)
class SourceAccount:
    """One value of a channel; None stands for what too few leads or wins support, or what nobody recorded.

    Attributes
    ----------
    leads, won
        Created in the longest window, and won so far.
    cost, costed
        What they cost, and of how many that is known; None if of none.
    name, target, suspect, prospect
        Share of the leads that stand on each step of the ladder.
    response_rate, close_rate, close_low, close_high
        Of all leads, as it will be when they have matured, the close rate with its 90 % interval.
    expected
        Wins by now if leads closed by their own answers alone, wherever they came from.
    close_rate_now, close_rate_last_quarter, close_rate_a_year_ago
        Of the leads of the shortest window, of the window before it, and of the same a year ago.
    revenue, priced
        Amounts of the wins, and of how many there is one.
    revenue_per_cost, cost_per_win
        Of the leads whose cost is known.
    money
        What the source made, its revenue less its cost, a win without an amount counting what a win is worth; where it is called, what it
        lost, the wins that are missing times the same.
    loss_reason
        Why it loses most, in a sentence.
    """

    verdict: SourceVerdict
    leads: int
    won: int
    cost: float | None
    costed: int
    name: float | None
    target: float | None
    suspect: float | None
    prospect: float | None
    response_rate: float | None
    close_rate: float | None
    close_low: float | None
    close_high: float | None
    expected: float | None
    close_rate_now: float | None
    close_rate_last_quarter: float | None
    close_rate_a_year_ago: float | None
    revenue: float | None
    priced: int
    revenue_per_cost: float | None
    cost_per_win: float | None
    money: float
    loss_reason: str

    @property
    def channel(self) -> str:
        """The channel that it is a value of."""
        return self.verdict.channel

    @property
    def value(self) -> str | None:
        """The value of the channel, None for leads that do not say it."""
        return self.verdict.value

    @property
    def is_called(self) -> bool:
        """Whether it is in alarm or watched."""
        return self.verdict.verdict in CALLED

    @property
    def closed(self) -> RangedFigure | None:
        """The close rate with its interval."""
        return ranged(self.close_rate, self.close_low, self.close_high)

    @property
    def course(self) -> tuple[float | None, float | None, float | None]:
        """The close rate a year ago, last quarter and now."""
        return self.close_rate_a_year_ago, self.close_rate_last_quarter, self.close_rate_now

    def to_json(self, settings: AccountabilitySettings) -> dict[str, Any]:
        """Return plain values: the account, with what the verdict rests on under `evidence`."""
        verdict = {name: plain(value) for name, value in asdict(self.verdict).items()}
        own = {name: plain(value) for name, value in asdict(self).items() if name != "verdict"}
        keys = {name: verdict.pop(name) for name in ("channel", "value", "verdict")}
        return {**keys, **own, "says": says(self.verdict, settings), "evidence": verdict}


@dataclass(frozen=True)
class SourceAccounts:
    """Every value of every channel as of a date (microseconds UTC), by how much money it made or lost.

    Attributes
    ----------
    losses
        Why each value loses leads, of the leads of the longest window.
    unassigned
        What was spent, by value, in months in which no lead of that value came.
    together
        That all leads fell, not those in alarm alone, in words; empty where that is not so.
    """

    as_of: int
    settings: AccountabilitySettings
    rows: tuple[SourceAccount, ...]
    losses: LossShares
    unassigned: dict[str, float]
    together: str = ""

    @property
    def days(self) -> int:
        """The longest window, whose leads are added up."""
        return self.settings.windows_days[-1]

    def says(self, row: SourceAccount) -> str:
        """Say why a source has its verdict."""
        return says(row.verdict, self.settings)

    @property
    def verdicts(self) -> SourceVerdicts:
        """The verdicts alone, the worst first."""
        return SourceVerdicts(self.as_of, self.settings, worst_first(row.verdict for row in self.rows), self.together)

    def frame(self) -> pd.DataFrame:
        """Return a row for each value; what its verdict rests on is in columns that begin with "verdict_"."""
        rows = [row.to_json(self.settings) for row in self.rows]
        return pd.DataFrame(
            [{**row, **{f"verdict_{name}": value for name, value in row.pop("evidence").items()}} for row in rows]
        )

    def to_json(self) -> dict[str, Any]:
        """Return the accounts as plain values."""
        return {
            "as_of": to_datetime(self.as_of).isoformat(),
            "days": self.days,
            "cost_channel": self.settings.costs.channel,
            "unassigned": self.unassigned,
            "together": self.together,
            "sources": [row.to_json(self.settings) for row in self.rows],
            "losses": self.losses.to_json(),
        }


def hold_to_account(
    history: History,
    settings: AccountabilitySettings,
    as_of: int,
    decision: DecisionSettings | None = None,
    spend: Spend | None = None,
) -> SourceAccounts:
    """Hold every value of every channel to account by what was recorded by a date (microseconds UTC).

    Parameters
    ----------
    decision
        Says what recorded reasons mean, and what a win is worth where no amount is known.
    spend
        What was spent by month, where the settings name such a table.
    """
    decision = decision or DecisionSettings()
    record = record_at(history, as_of)
    groups = Groups.of(record.history.leads)
    latest = record.created(settings.windows_days[-1])
    losses = loss_shares(
        record.history.of_leads(np.flatnonzero(latest)), decision.reasons, as_of, settings.fewest_leads
    )
    costs = lead_costs(record, settings.costs, spend)
    sums = _Sums.of(record, groups, latest, costs, settings)
    judged = verdicts(record, groups, settings)
    rows = [row for row in _rows(judged, sums, losses, settings, decision.amount) if row.leads]
    rows.sort(key=lambda row: (-abs(row.money), row.verdict.channel, row.verdict.value or ""))
    together = fell_together(record, groups, judged, settings)
    return SourceAccounts(as_of, settings, tuple(rows), losses, costs.unassigned, together)


@dataclass(frozen=True)
class _Sums:
    """What is added up over the leads of each group (g,); `steps` (steps, g), and the wins and exposures of three windows."""

    leads: Floats
    won: Floats
    exposure: Floats
    steps: Floats
    responded: Floats
    response_exposure: Floats
    expected: Floats | None
    revenue: Floats
    priced: Floats
    cost: Floats
    costed: Floats
    ripe_cost: Floats
    costed_won: Floats
    costed_revenue: Floats
    windows: tuple[tuple[Floats, Floats], ...]

    @classmethod
    def of(
        cls, record: LeadsAsOf, groups: Groups, latest: Mask, costs: Costs, settings: AccountabilitySettings
    ) -> "_Sums":
        stages, responded = stages_of(record, settings), STAGES.index("responded")
        known, cost = latest & ~np.isnan(costs.of_lead), np.nan_to_num(costs.of_lead)
        priced, amount = latest & record.won & ~np.isnan(record.amount), np.nan_to_num(record.amount)
        step = _steps(record)
        answers = expected_by_answers(record) * record.exposure if record.history.schema.answers else None
        add = groups.add_up
        return cls(
            leads=add(latest),
            won=add(latest & record.won),
            exposure=add(latest * record.exposure),
            steps=np.stack([add(latest & (step == number)) for number in range(len(STEPS))]),
            responded=add(latest & stages.passed[:, responded]),
            response_exposure=add(latest * stages.exposure[:, responded]),
            expected=None if answers is None else add(latest * answers),
            revenue=add(priced * amount),
            priced=add(priced),
            cost=add(known * cost),
            costed=add(known),
            ripe_cost=add(known * cost * record.exposure),
            costed_won=add(known & record.won),
            costed_revenue=add(known * priced * amount),
            windows=tuple(
                (add(chosen & record.won), add(chosen * record.exposure)) for chosen in _windows(record, settings)
            ),
        )


def _windows(record: LeadsAsOf, settings: AccountabilitySettings) -> Iterator[Mask]:
    """Yield which leads are of now, of the window before it, and of the same a year ago."""
    days = settings.windows_days[0]
    for ago in (0, days, 365):
        yield record.created(days + ago, ago)


def _steps(record: LeadsAsOf) -> np.ndarray:
    """Return the step on which each lead stands at the date (n,)."""
    history, ladder = record.history, Ladder(record.history.schema)
    leads = np.arange(len(history.leads), dtype=np.int32)
    return ladder.steps(ladder.met(history, Moments(leads, np.full(len(leads), record.as_of))))


def _rows(
    judged: list[SourceVerdict], sums: _Sums, losses: LossShares, settings: AccountabilitySettings, amount: float
) -> Iterator[SourceAccount]:
    fewest, fewest_won = settings.fewest_leads, settings.fewest_expected
    low, high = share_interval(sums.won, sums.exposure)
    close, answered = np.minimum(rate(sums.won, sums.exposure), 1), rate(sums.responded, sums.response_exposure)
    worth = _worth(sums, fewest_won, amount)
    for g, verdict in enumerate(judged):
        told, of_cost = sums.exposure[g] >= fewest, sums.costed_won[g] >= fewest_won and sums.ripe_cost[g] > 0
        made = sums.revenue[g] + (sums.won[g] - sums.priced[g]) * worth[g] - sums.ripe_cost[g]
        missing = max(verdict.wins_lost, 0.0) * worth[g]
        name, target, suspect, prospect = (
            _if(sums.leads[g] >= fewest, count / max(sums.leads[g], 1)) for count in sums.steps[:, g]
        )
        now, last_quarter, a_year_ago = (
            _if(exposure[g] >= fewest, min(won[g] / max(exposure[g], 1), 1.0)) for won, exposure in sums.windows
        )
        yield SourceAccount(
            verdict,
            leads=int(sums.leads[g]),
            won=int(sums.won[g]),
            cost=_if(sums.costed[g] > 0, sums.cost[g]),
            costed=int(sums.costed[g]),
            name=name,
            target=target,
            suspect=suspect,
            prospect=prospect,
            response_rate=_if(sums.response_exposure[g] >= fewest, min(answered[g], 1.0)),
            close_rate=_if(told, close[g]),
            close_low=_if(told, low[g]),
            close_high=_if(told, high[g]),
            expected=None if sums.expected is None else float(sums.expected[g]),
            close_rate_now=now,
            close_rate_last_quarter=last_quarter,
            close_rate_a_year_ago=a_year_ago,
            revenue=_if(sums.priced[g] > 0, sums.revenue[g]),
            priced=int(sums.priced[g]),
            revenue_per_cost=_if(of_cost, sums.costed_revenue[g] / max(sums.ripe_cost[g], 1e-9)),
            cost_per_win=_if(of_cost, sums.ripe_cost[g] / max(sums.costed_won[g], 1)),
            money=-missing if verdict.verdict in CALLED else float(made),
            loss_reason=losses.said(verdict.channel, verdict.value),
        )


def _worth(sums: _Sums, fewest: float, amount: float) -> Floats:
    """Return what a win of each group is worth: its own mean where enough amounts are known, the mean of all, or the settings'."""
    priced = float(sums.priced.sum())
    usual = float(sums.revenue.sum()) / priced if priced else amount
    return np.where(sums.priced >= fewest, rate(sums.revenue, sums.priced), usual)


def _if(supported: bool | np.bool_, figure: float) -> float | None:
    return float(figure) if supported else None

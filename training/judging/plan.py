"""What fewer, better leads would have kept and saved: each cut through matured past leads, by predictions made before they ended."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.records.clock import DAY, Microseconds
from features.records.history import Floats
from models.close.reasons.wording import counted
from models.decision.rates import jeffreys_interval
from models.decision.settings import DecisionSettings
from training.fitting.fit import TooFewOutcomesError
from training.judging.amounts import won_amounts
from training.judging.backtest import Prediction
from training.judging.evaluate import CLOSE
from training.metrics import JudgingSettings
from training.metrics.bootstrap import replicate_counts
from training.metrics.figure import Estimate, interval
from training.samples.dataset import Dataset
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

CUTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
SCORECARD, ARRIVAL = "scorecard", "arrival"
ALL, NONE = "all", "none"
"""What a cut is held against, beside as many leads in other orders: working all leads, and none."""
BOOTSTRAP = JudgingSettings(replicates=200, level=0.9)
Order = NDArray[np.int64]
AGAINST = {
    "scorecard": "as many by the points scorecard",
    "all": "working all leads",
    "arrival": "as many in order of arrival",
}
"""What a cut is held against, in words, the nearest rival first."""


@dataclass(frozen=True)
class MaturedLeads:
    """Past leads that have matured, n rows: whether each was won, for how much (0 if not), and its rank by name of the order."""

    won: NDArray[np.bool_]
    amount: Floats
    orders: Mapping[str, Order]


@dataclass(frozen=True)
class Cut:
    """What working the best share of the leads would have come to; shares from 0 to 1, money in the currency of the amounts.

    Attributes
    ----------
    wins_kept, wins_low, wins_high
        Share of all wins, with a 90 % interval (bootstrap over leads, with the cut where it is).
    close_rate, close_low, close_high
        Of the leads that are worked, with a 90 % interval (Jeffreys).
    revenue_kept
        Share of all revenue.
    hours_freed
        What reps would not have spent.
    net
        Revenue less the cost of working: to be held against `net` of all leads, 0 of none, and the orders of `net_by`.
    net_by
        The same of as many leads by the points scorecard, and in order of arrival.
    gains
        By how much more this brings than `all`, `none` and as many leads of `net_by`, with 90 % intervals.
    """

    share: float
    leads: int
    wins_kept: float
    wins_low: float
    wins_high: float
    close_rate: float
    close_low: float
    close_high: float
    revenue_kept: float
    hours_freed: float
    net: float
    net_by: Mapping[str, float]
    gains: Mapping[str, Estimate]


@dataclass(frozen=True)
class ResampledCuts:
    """Replicates by cut (cuts, r): the share of the wins kept, and what the cut brings beyond each other way of working."""

    wins: Floats
    gains: Mapping[str, Floats]


@dataclass(frozen=True)
class Plan:
    """Every cut through past leads, and what all of them came to."""

    leads: int
    wins: int
    revenue: float
    net_of_all: float
    amounts_known: bool
    cuts: tuple[Cut, ...]

    def said(self, share: float = 0.3) -> str:
        """Say in a sentence what a cut would have kept and saved."""
        cut = min(self.cuts, key=lambda one: abs(one.share - share))
        kept = f"{100 * cut.wins_kept:.0f} % of wins ({100 * cut.wins_low:.0f} to {100 * cut.wins_high:.0f})"
        best = f"Working the best {100 * cut.share:.0f} % of {counted(self.leads, 'past lead', 'past leads')}"
        return f"{best} would have kept {kept} and freed {cut.hours_freed:,.0f} hours."

    def compared(self, share: float = 0.3) -> tuple[str, ...]:
        """Say how a cut stands to other ways of working, the nearest rival first, each in a sentence.

        It is the cut that would have brought most; where that is all leads, this is said, and how the cut of a share stands.
        """
        best = max(self.cuts, key=lambda cut: cut.net)
        every: tuple[str, ...] = ()
        if best.leads == self.leads:
            every = (f"No cut would have brought more than working all of them: {self.net_of_all:,.0f}.",)
            best = min(self.cuts, key=lambda one: abs(one.share - share))
        told = {name: (words, best.gains[name]) for name, words in AGAINST.items() if name in best.gains}
        return every + tuple(
            f"The best {100 * best.share:.0f} % would have brought {_against(gain, words)}."
            for words, gain in told.values()
            if not math.isnan(gain.value)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "said": self.said(), "compared": self.compared()}


def _against(gain: Estimate, words: str) -> str:
    """Say how a cut stands to another way of working, as far as the interval bears it.

    Examples
    --------
    >>> _against(Estimate(-50.0, -90.0, -10.0), "as many by the points scorecard")
    'LESS than as many by the points scorecard: by 50 (10 to 90)'
    """
    if gain.low > 0:
        return f"more than {words}: by {gain.value:,.0f} ({gain.low:,.0f} to {gain.high:,.0f})"
    if gain.high < 0:
        return f"LESS than {words}: by {-gain.value:,.0f} ({-gain.high:,.0f} to {-gain.low:,.0f})"
    return f"neither more nor less than {words} as far as chance can tell: {gain.value:+,.0f} ({gain.low:+,.0f} to {gain.high:+,.0f})"


def past_leads(dataset: Dataset, settings: TrainingSettings, predictions: Sequence[Prediction]) -> MaturedLeads:
    """Return the leads that were predicted as they came in and have matured, each once.

    Raises
    ------
    TooFewOutcomesError
        If there are none.
    """
    history = dataset.history
    labels = labels_known_at(history, dataset.moments, history.known_until, settings.settling_days)
    created_at = history.leads.created_at
    at_first = dataset.moments.as_of == created_at[dataset.moments.lead]
    counts = at_first & labels.counted
    parts = [(one, counts[one.rows]) for one in predictions if len(one.probability)]
    rows = np.concatenate([one.rows[of] for one, of in parts]) if parts else np.empty(0, np.int64)
    if not len(rows) or not labels.won[rows].any():
        raise TooFewOutcomesError(
            "A plan needs past leads that were predicted, matured and won, got none: wait for more outcomes."
        )
    lead, won = dataset.moments.lead[rows], labels.won[rows]
    by = {name: np.concatenate([one.probability[name][of] for one, of in parts]) for name in (CLOSE, SCORECARD)}
    orders = {name: np.argsort(-p, kind="stable") for name, p in by.items()}
    orders[ARRIVAL] = by_arrival(created_at[lead])
    return MaturedLeads(won, won_amounts(history, lead, won, settings.decision), orders)


def by_arrival(created_at: Microseconds) -> Order:
    """Return leads in the order in which a team works them that takes them as they come, week by week, until its time is up."""
    order = np.lexsort((created_at, created_at // (7 * DAY)))
    week = created_at[order] // (7 * DAY)
    starts = np.flatnonzero(np.diff(week, prepend=week[0] - 1))
    sizes = np.diff(starts, append=len(week))
    place = (np.arange(len(week)) - np.repeat(starts, sizes)) / np.repeat(sizes, sizes)
    return order[np.argsort(place, kind="stable")]


def plan(leads: MaturedLeads, settings: DecisionSettings) -> Plan:
    """Return what each cut through past leads would have kept and saved."""
    net = leads.amount - settings.rep.cost
    resampled = _resampled(leads, net)
    cuts = tuple(_cut(leads, settings, at, resampled) for at in range(len(CUTS)))
    known = bool(len(np.unique(leads.amount[leads.won])) > 1)
    return Plan(len(net), int(leads.won.sum()), float(leads.amount.sum()), float(net.sum()), known, cuts)


def _cut(leads: MaturedLeads, settings: DecisionSettings, at: int, resampled: ResampledCuts) -> Cut:
    n, total = len(leads.won), int(leads.won.sum())
    count = _count(at, n)
    worked = leads.orders[CLOSE][:count]
    won, cost = int(leads.won[worked].sum()), settings.rep.cost
    wins_low, wins_high = interval(resampled.wins[at], BOOTSTRAP.level)
    close_low, close_high = jeffreys_interval(won, count, BOOTSTRAP.level)
    nets = {name: float(leads.amount[order[:count]].sum() - cost * count) for name, order in leads.orders.items()}
    net = nets.pop(CLOSE)
    against = {ALL: float(leads.amount.sum() - cost * n), NONE: 0.0, **nets}
    return Cut(
        share=CUTS[at],
        leads=count,
        wins_kept=won / total,
        wins_low=wins_low,
        wins_high=wins_high,
        close_rate=won / count,
        close_low=close_low,
        close_high=close_high,
        revenue_kept=float(leads.amount[worked].sum() / leads.amount.sum()),
        hours_freed=(n - count) * settings.rep.minutes / 60,
        net=net,
        net_by=nets,
        gains={
            name: Estimate(net - other, *interval(resampled.gains[name][at], BOOTSTRAP.level))
            for name, other in against.items()
        },
    )


def _count(at: int, leads: int) -> int:
    return max(1, round(CUTS[at] * leads))


def _resampled(leads: MaturedLeads, net: Floats) -> ResampledCuts:
    """Return the replicates of the bootstrap over leads; a cut keeps its leads, each counted as often as it is drawn."""
    n = len(net)
    within = {name: _within(order) for name, order in leads.orders.items()}
    values = np.concatenate([within[CLOSE] * leads.won, *(cut * net for cut in within.values()), [leads.won, net]])
    batches = [(values @ counts, counts.sum(axis=0)) for counts in replicate_counts(n, BOOTSTRAP)]
    drawn = np.concatenate([size for _, size in batches])
    sums = np.concatenate([summed for summed, _ in batches], axis=1)
    wins, *nets = np.split(sums[:-2], len(within) + 1)
    by = {name: n * kept / drawn for name, kept in zip(within, nets, strict=True)}
    ours = by.pop(CLOSE)
    all_won = np.where(sums[-2] > 0, sums[-2], np.nan)  # of no wins there is no share
    others = {ALL: n * sums[-1] / drawn, NONE: np.zeros(len(drawn)), **by}
    return ResampledCuts(wins / all_won, {name: ours - other for name, other in others.items()})


def _within(order: Order) -> Floats:
    """Return for each cut (cuts, n) whether each lead lies in it."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return np.array([place < _count(at, len(order)) for at in range(len(CUTS))], np.float64)

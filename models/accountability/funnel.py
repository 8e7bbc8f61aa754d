"""The funnel: how many leads respond, become suspects and prospects and are won, and how long each step takes.

By the time of creation and by source. Leads that are still young count by as much as could be known of them by now, so a recent cohort does not look bad
for being recent; where that is too little, nothing is said of it, nor where more would be won than are not lost already: these then ended sooner
than leads did before. The time of a step is the median among those who take it within
the horizon, each weighted by the inverse of the share of leads that are old enough for it to be seen.

Source: inverse probability of censoring weights, Robins & Rotnitzky 1992.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, NEVER, Microseconds, to_datetime
from features.records.history import Floats, History
from models.accountability.change import RangedFigure, ranged, rate, share_interval
from models.accountability.first_touch import touched_first
from models.accountability.groups import Cohort, Groups
from models.accountability.record import LeadsAsOf, Mask, record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import plain
from models.accountability.stages import Stages, stages_of
from models.accountability.unqualified import Unqualified, find_unqualified

MIN_STEPS = 10
"""Of fewer leads that took a step, no median time is told."""


@dataclass(frozen=True)
class FunnelRow:
    """A cohort or a source.

    Attributes
    ----------
    channel, value
        A channel and its value, None for leads that do not say it; of a cohort "month" or "quarter", and which.
    leads, immature
        How many there are, and how many of them are younger than the horizon.
    responded, suspects, prospects, won
        How many have come so far by now.
    skipped
        How many of the won never were prospects on record.
    response_rate, suspect_rate, prospect_rate, close_rate
        Of all leads, as it will be when they have matured; None where too few have had the time.
    close_low, close_high
        The 90 % interval of the close rate.
    days_to_response, days_to_suspect, days_to_prospect, days_to_won
        From the stage before, the median among those who have both on record, 0 for who had come further already; None where too few
        leads have matured or took the step.
    """

    channel: str
    value: str | None
    leads: int
    immature: int
    responded: int
    suspects: int
    prospects: int
    won: int
    skipped: int
    response_rate: float | None
    suspect_rate: float | None
    prospect_rate: float | None
    close_rate: float | None
    close_low: float | None
    close_high: float | None
    days_to_response: float | None
    days_to_suspect: float | None
    days_to_prospect: float | None
    days_to_won: float | None

    @property
    def closed(self) -> RangedFigure | None:
        """The close rate with its interval."""
        return ranged(self.close_rate, self.close_low, self.close_high)

    @property
    def toucher(self) -> str:
        """Who touched them first, in words, of a row of `Funnel.first_touch`."""
        return {"person": "a person", "agent": "an agent"}.get(self.value or "", "nobody yet")


@dataclass(frozen=True)
class Funnel:
    """The funnel as of a date (microseconds UTC).

    Attributes
    ----------
    unqualified
        Where leads are not being qualified, by the rule of thumb.
    cohorts
        By the time of creation, the earliest first.
    sources
        By every value of every channel, of the leads of the longest window; those with most leads first.
    first_touch
        By who touched them first, of the same leads: "person", "agent", or None where nobody has.
    """

    as_of: int
    horizon_days: int
    unqualified: tuple[Unqualified, ...]
    cohorts: tuple[FunnelRow, ...]
    sources: tuple[FunnelRow, ...]
    first_touch: tuple[FunnelRow, ...] = ()

    @property
    def has_agents(self) -> bool:
        """Whether agents touched any of the leads first."""
        return any(row.value == "agent" for row in self.first_touch)

    def frame(self) -> pd.DataFrame:
        """Return a row for each cohort and each source."""
        rows = [asdict(row) for row in (*self.cohorts, *self.sources, *self.first_touch)]
        return pd.DataFrame(rows, columns=list(FunnelRow.__dataclass_fields__))

    def to_json(self) -> dict[str, Any]:
        """Return the funnel as plain values."""
        return {
            "as_of": to_datetime(self.as_of).isoformat(),
            "horizon_days": self.horizon_days,
            "unqualified": [each.to_json() for each in self.unqualified],
            "cohorts": [_plain(row) for row in self.cohorts],
            "sources": [_plain(row) for row in self.sources],
            "first_touch": [_plain(row) for row in self.first_touch],
        }


def _plain(row: FunnelRow) -> dict[str, object]:
    return {name: plain(value) for name, value in asdict(row).items()}


def funnel(history: History, settings: AccountabilitySettings, as_of: int, by: Cohort = "month") -> Funnel:
    """Return the funnel by what was recorded by a date (microseconds UTC)."""
    record = record_at(history, as_of)
    stages = stages_of(record, settings)
    leads = record.history.leads
    everything, latest = np.ones(len(leads), np.bool_), record.created(settings.windows_days[-1])
    cohorts = tuple(_rows(record, stages, Groups.by_creation(leads, by), everything, settings))
    sources = [row for row in _rows(record, stages, Groups.of(leads), latest, settings) if row.leads]
    sources.sort(key=lambda row: (-row.leads, row.channel, row.value or ""))
    touched = tuple(row for row in _rows(record, stages, touched_first(record), latest, settings) if row.leads)
    horizon = record.history.schema.horizon_days
    return Funnel(as_of, horizon, find_unqualified(record, settings), cohorts, tuple(sources), touched)


def _rows(
    record: LeadsAsOf, stages: Stages, groups: Groups, chosen: Mask, settings: AccountabilitySettings
) -> Iterator[FunnelRow]:
    leads, immature = groups.add_up(chosen), groups.add_up(chosen & ~record.matured)
    passed = np.stack([groups.add_up(chosen & column) for column in stages.passed.T], axis=1)
    exposed = np.stack([groups.add_up(chosen * column) for column in stages.exposure.T], axis=1)
    shares = np.minimum(rate(passed, exposed), 1.0)
    low, high = share_interval(passed[:, -1], exposed[:, -1])
    skipped = groups.add_up(chosen & stages.passed[:, -1] & ~stages.passed[:, -2])
    can_be_won = rate(groups.add_up(chosen & ~_lost(record.history)), leads)
    for g, (channel, value) in enumerate(groups.names):
        told = exposed[g] >= settings.fewest_leads
        told[-1] &= shares[g, -1] <= can_be_won[g]
        rates = [float(share) if enough else None for share, enough in zip(shares[g], told, strict=True)]
        limits = [float(limit[g]) if told[-1] else None for limit in (low, high)]
        of_group = np.flatnonzero(chosen & groups.holds(g))
        yield FunnelRow(
            channel,
            value,
            int(leads[g]),
            int(immature[g]),
            *(int(count) for count in (*passed[g], skipped[g])),
            *rates,
            *limits,
            *_step_days(stages.after[of_group], record.age[of_group], record.matured[of_group], settings),
        )


def _lost(history: History) -> Mask:
    """Return which leads (n,) have ended as lost."""
    final = history.outcomes.last_of_each_lead()
    lost = np.zeros(len(history.leads), np.bool_)
    lost[final.lead[~final.won]] = True
    return lost


def _step_days(
    after: Microseconds, age: Microseconds, matured: Mask, settings: AccountabilitySettings
) -> Iterator[float | None]:
    """Yield the median days of each step of some leads."""
    ages = np.sort(age)
    for before, column in zip((np.zeros(len(after), np.int64), *after.T[:-1]), after.T, strict=True):
        took = (column != NEVER) & (before != NEVER)
        if took.sum() < MIN_STEPS or matured.sum() < settings.fewest_leads:
            yield None
            continue
        later = np.maximum(column, before)[took]
        old_enough = len(ages) - np.searchsorted(ages, later)
        yield _median(later - before[took], 1 / old_enough) / DAY


def _median(spans: NDArray[np.int64], weight: Floats) -> float:
    order = np.lexsort((weight, spans))
    total = np.cumsum(weight[order])
    return float(spans[order][np.searchsorted(total, total[-1] / 2)])

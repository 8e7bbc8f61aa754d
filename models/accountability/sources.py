"""Sources gone bad: how each channel value closes now against before, and whether that is more than luck.

Now are the leads of the latest quarter, half-year or year, before are those of the year ahead of it; immature leads count by their
exposure. Every window is tried, and the risk is corrected for that, so that a large source is found out soon and a small one in time.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.records.clock import DAY, to_datetime
from features.records.history import Floats, History
from models.accountability.change import Periods, fall_p, false_discovery_rates, power_of, rate, ratio_interval
from models.accountability.groups import Groups
from models.accountability.record import LeadsAsOf, Mask, exposure, record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.source_verdict import VERDICTS, SourceVerdict, Verdict
from models.accountability.together import fell_together
from models.close.reasons.wording import counted

MONTHS = np.array((1, 2, 3, 4, 5, 6, 8, 10, 12, 18, 24, 36, 60))
"""After how many months a fall may be said to show, as far as the longest window reaches: what has left it shows no more."""
EVEN = 0.5
DAYS_A_MONTH, DAYS_A_QUARTER = 365.25 / 12, 365.25 / 4


@dataclass(frozen=True)
class SourceVerdicts:
    """Every value of every channel as of a date (microseconds UTC): the worst verdict first, then by wins lost.

    Attributes
    ----------
    together
        That all leads fell, not those in alarm alone, in words; empty where that is not so.
    """

    as_of: int
    settings: AccountabilitySettings
    rows: tuple[SourceVerdict, ...]
    together: str = ""

    def frame(self) -> pd.DataFrame:
        """Return a row for each value."""
        return pd.DataFrame([asdict(row) for row in self.rows], columns=list(SourceVerdict.__dataclass_fields__))

    def to_json(self) -> dict[str, Any]:
        """Return the verdicts as plain values; what is not defined is None."""
        rows = [{**asdict(row), "says": says(row, self.settings)} for row in self.rows]
        return {
            "as_of": to_datetime(self.as_of).isoformat(),
            "together": self.together,
            "sources": [{name: plain(value) for name, value in row.items()} for row in rows],
        }


def plain(value: object) -> object:
    """Return None for a number that is not defined, any other value as it is."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def judge_sources(history: History, settings: AccountabilitySettings, as_of: int) -> SourceVerdicts:
    """Judge every value of every channel by what was recorded by a date (microseconds UTC)."""
    record = record_at(history, as_of)
    groups = Groups.of(record.history.leads)
    rows = verdicts(record, groups, settings)
    return SourceVerdicts(as_of, settings, worst_first(rows), fell_together(record, groups, rows, settings))


def worst_first(rows: Iterable[SourceVerdict]) -> tuple[SourceVerdict, ...]:
    """Return the verdicts on groups with leads: the worst first, then by wins lost."""
    present = [row for row in rows if row.leads]
    present.sort(key=lambda row: (VERDICTS.index(row.verdict), -row.wins_lost, row.channel, row.value or ""))
    return tuple(present)


def verdicts(record: LeadsAsOf, groups: Groups, settings: AccountabilitySettings) -> list[SourceVerdict]:
    """Return the verdict on each group, in their order."""
    periods = [periods_of(record, groups, settings, days) for days in settings.windows_days]
    usual = settings.usual_change
    tellable = _tellable(periods[-1], settings)
    looks = max(len(periods) * int(tellable.sum()), 1)
    p = np.array([fall_p(each, usual) for each in periods]).reshape(len(periods), len(groups))
    power = np.array([power_of(each, settings.fall, settings.watch / looks, usual) for each in periods])
    rates = np.ones(len(groups))
    rates[tellable] = false_discovery_rates(np.minimum(len(periods) * p.min(axis=0)[tellable], 1.0))
    flow = groups.add_up(record.created(settings.windows_days[-1])) / _observed_days(record, settings)
    months = _shows_after(record, periods[-1], flow, settings, settings.watch / looks)
    verdict = [_verdict(float(q), float(most), settings) for q, most in zip(rates, power.max(axis=0), strict=True)]
    window = [
        int(np.argmin(p[:, g]) if verdict[g] in ("alarm", "watch") else _shortest(power[:, g], settings))
        for g in range(len(groups))
    ]
    leads = [groups.add_up(record.created(days)) for days in settings.windows_days]
    ratios = [ratio_interval(each) for each in periods]
    found = []
    for g, (channel, value) in enumerate(groups.names):
        w = window[g]
        ratio, low, high = (float(part[g]) for part in ratios[w])
        found.append(
            SourceVerdict(
                channel,
                value,
                verdict[g],
                days=settings.windows_days[w],
                leads=int(leads[w][g]),
                won=int(periods[w].now_won[g]),
                expected=float(periods[w].expected[g]),
                close_rate=float(rate(periods[w].now_won, periods[w].now_exposure)[g]),
                close_rate_before=float(rate(periods[w].before_won, periods[w].before_exposure)[g]),
                ratio=ratio,
                low=low,
                high=high,
                false_discovery_rate=float(rates[g]),
                power=float(power[w, g]),
                leads_a_quarter=float(flow[g] * DAYS_A_QUARTER),
                shows_after_months=months[g],
            )
        )
    return found


def periods_of(record: LeadsAsOf, groups: Groups, settings: AccountabilitySettings, days: int) -> Periods:
    """Return the wins and the exposure of each group within a window and before it."""
    now, before = record.created(days), record.created(days + settings.before_days, days)
    return Periods(
        groups.add_up(now & record.won),
        groups.add_up(now * record.exposure),
        groups.add_up(before & record.won),
        groups.add_up(before * record.exposure),
    )


def _tellable(longest: Periods, settings: AccountabilitySettings) -> Mask:
    """Return which groups are looked at: those in which a fall would more likely than not raise suspicion, if one looked at nothing else.

    That is decided by what was before and by how many leads there are, not by their wins, so it does not bias what follows.
    """
    return power_of(longest, settings.fall, settings.watch, settings.usual_change) >= EVEN


def _verdict(false_discovery_rate: float, power: float, settings: AccountabilitySettings) -> Verdict:
    if false_discovery_rate <= settings.alarm:
        return "alarm"
    if false_discovery_rate <= settings.watch:
        return "watch"
    return "steady" if power >= settings.power else "cannot tell yet"


def _shortest(power: Floats, settings: AccountabilitySettings) -> int:
    """Return the shortest window in which a fall would show, the longest if there is none."""
    enough = np.flatnonzero(power >= settings.power)
    return int(enough[0] if len(enough) else len(power) - 1)


def _observed_days(record: LeadsAsOf, settings: AccountabilitySettings) -> float:
    """Return how many days of the longest window lie within the history, at least 1."""
    oldest = float(record.age.max(initial=0)) / DAY
    return max(min(oldest, settings.windows_days[-1]), 1.0)


def _shows_after(
    record: LeadsAsOf, longest: Periods, leads_a_day: Floats, settings: AccountabilitySettings, risk: float
) -> list[int | None]:
    """Return after how many months a fall shows, if as many leads go on coming and the record of before stays as it is."""
    months = MONTHS[settings.windows_days[-1] + 1 > MONTHS * DAYS_A_MONTH]
    if not len(months):
        return [None] * len(leads_a_day)
    days = np.arange(1, int(months[-1] * DAYS_A_MONTH) + 1)
    exposed = np.cumsum(exposure(record.timing, (days * DAY - DAY // 2).astype(np.int64)))
    of_a_lead = exposed[(months * DAYS_A_MONTH).astype(np.int64) - 1]
    now = np.outer(leads_a_day, of_a_lead)
    before_won, before_exposure = (
        np.repeat(column, len(months)) for column in (longest.before_won, longest.before_exposure)
    )
    grid = Periods(np.zeros(now.size), now.ravel(), before_won, before_exposure)
    power = power_of(grid, settings.fall, risk, settings.usual_change).reshape(now.shape)
    shows = power >= settings.power
    return [int(months[row.argmax()]) if row.any() else None for row in shows]


def says(row: SourceVerdict, settings: AccountabilitySettings) -> str:
    """Say why a source has its verdict, in a sentence for marketing."""
    fall = "a halving" if settings.fall == 0.5 else f"a fall to {100 * settings.fall:.0f} %"
    if row.verdict in ("alarm", "watch"):
        return (
            f"{row.won} of {row.leads:,} leads of the last {row.days} days are won so far; at the rate of before it would be "
            f"{row.expected:.1f}. It closes at {100 * row.ratio:.0f} % of before ({100 * row.low:.0f} to {100 * row.high:.0f} %)."
        )
    if row.verdict == "steady":
        return (
            f"Over {row.days} days {fall} would show with a probability of {100 * row.power:.0f} %, and there is none."
        )
    if np.isnan(row.close_rate_before):
        return "There are no earlier leads to hold it against."
    leads = "fewer than one lead" if row.leads_a_quarter < 1 else counted(round(row.leads_a_quarter), "lead", "leads")
    if row.shows_after_months is None:
        return f"With {leads} a quarter {fall} would not show: they are too few."
    return f"With {leads} a quarter {fall} would show {_after(row.shows_after_months)}."


def _after(months: int) -> str:
    return "after about a month" if months == 1 else f"after about {months} months"

"""The settings of a simulated company: its reps, how it sells and how it keeps its records.

Every number that a test may want to turn stands here. Quarters count from 1; the last one ends with the simulation.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, Microseconds, to_microseconds
from features.simulation.sources import FIVE_ZEROS, SOURCES, Five, Flood, Source


@dataclass(frozen=True)
class SkillChange:
    """A rep's closing changes by `effect` log-odds for leads from this quarter on; rank 1 is the best closer."""

    rank: int
    quarter: int
    effect: float


@dataclass(frozen=True)
class Reps:
    """Who works the leads.

    Attributes
    ----------
    count
        Number of reps.
    closing_spread
        Standard deviation of the closing skill, in log-odds.
    generating_spread
        Standard deviation of what the leads that a rep brings are worth beyond the source's, in log-odds.
    keeping
        Share of the leads that a rep brings and also works.
    favouring
        How strongly leads that look promising go to some reps rather than others; with 0, reps get leads at random.
    promising_first
        How much more a lead that looks promising is worked; with 0, all are worked alike.
    changes
        Skills that change on the way.
    """

    count: int = 14
    closing_spread: float = 0.25
    generating_spread: float = 0.5
    keeping: float = 0.6
    favouring: float = 0.5
    promising_first: float = 0.35
    changes: tuple[SkillChange, ...] = ()


@dataclass(frozen=True)
class Cycle:
    """How long it takes until a lead is closed: lognormal days.

    Attributes
    ----------
    won_days, won_spread, lost_days, lost_spread
        Median and standard deviation of the logarithm.
    hurry
        A lead with one more standard deviation of hurry is won in exp(-hurry) of the time.
    never_closed
        Share of the lost leads that nobody ever closes in the CRM.
    memoryless
        Both times are exponential with the median `won_days` instead, so that an open lead's age tells nothing.
    """

    won_days: float = 30.0
    won_spread: float = 1.0
    lost_days: float = 50.0
    lost_spread: float = 1.1
    hurry: float = 0.25
    never_closed: float = 0.2
    memoryless: bool = False


@dataclass(frozen=True)
class RecordKeeping:
    """How the company keeps its records.

    Attributes
    ----------
    late_events, late_outcomes
        Share that is recorded days late.
    event_days, outcome_days
        Mean delay of a late one.
    missing, missing_slope
        Factor on the chance that an answer is missing, and how much likelier it is where the trait behind it is weak.
    noise
        Standard deviation of an answer around the trait behind it.
    answered_later, changed_later
        Share of missing answers that come in later, and of given ones that change.
    activity
        Factor on the number of events.
    traps
        Whether leads have the fields of `features.simulation.schema.TRAPS`, which know the outcome.
    """

    late_events: float = 0.12
    event_days: float = 4.0
    late_outcomes: float = 0.15
    outcome_days: float = 12.0
    missing: float = 1.0
    missing_slope: float = 0.7
    noise: float = 0.15
    answered_later: float = 0.6
    changed_later: float = 0.08
    activity: float = 1.0
    traps: bool = True


@dataclass(frozen=True)
class WorldSettings:
    """A company and its history.

    Attributes
    ----------
    leads, seed
        Number of leads, and the seed of everything random.
    quarters, end
        Calendar quarters until `end`, after which nothing is known.
    horizon_days
        Default horizon of the true probability.
    growth_per_year
        Growth of the number of leads.
    signal
        Factor on everything that makes one lead likelier to be won than another, except the rep's skill.
    intercept, weights
        Log-odds that a lead with all traits 0 would be won, and what each trait adds.
    """

    leads: int = 20_000
    seed: int = 0
    quarters: int = 10
    end: datetime = datetime(2026, 10, 1, tzinfo=UTC)
    horizon_days: int = 90
    growth_per_year: float = 0.1
    signal: float = 1.0
    intercept: float = -2.1
    weights: Five = (0.85, 0.8, 0.6, 0.75, 0.7)
    sources: tuple[Source, ...] = SOURCES
    reps: Reps = Reps()
    cycle: Cycle = Cycle()
    records: RecordKeeping = RecordKeeping()
    flood: Flood | None = None

    def __post_init__(self) -> None:
        if self.leads < 1 or self.quarters < 1 or self.reps.count < 1 or not self.sources:
            raise ValueError(
                "A company must have at least 1 lead, quarter, rep and source, "
                f"got {self.leads}, {self.quarters}, {self.reps.count} and {len(self.sources)}: raise them."
            )
        if self.end.tzinfo is None:
            raise ValueError(f"end must name its zone, got {self.end.isoformat()}: add one, such as +00:00.")
        names = [source.name for source in self.sources]
        if len(set(names)) != len(names) or (self.flood and self.flood.source not in names):
            raise ValueError(f"Sources must have different names, and a flood one of them, got {names}: rename them.")

    def steady(self) -> Self:
        """Return the company with sources that neither drift nor collapse, no flood, and reps who stay as they are."""
        still = tuple(
            replace(source, means_per_year=FIVE_ZEROS, quality_per_year=0.0, collapse_at=None)
            for source in self.sources
        )
        return replace(self, sources=still, flood=None, reps=replace(self.reps, changes=()))

    def without_signal(self) -> Self:
        """Return the company whose open leads are all equally likely to be won, whatever is known of them."""
        reps = replace(self.reps, closing_spread=0.0, changes=())
        cycle = replace(self.cycle, memoryless=True, never_closed=0.0)
        return replace(self, signal=0.0, intercept=-1.4, reps=reps, cycle=cycle)

    def flooded(self, source: str = "webinar", quarter: int = 9) -> Self:
        """Return the company with a flood of unqualified leads."""
        return replace(self, flood=Flood(source, quarter))

    def with_bad_closer(self, quarter: int = 9, effect: float = -1.2) -> Self:
        """Return the company whose best closer stops closing."""
        return replace(self, reps=replace(self.reps, changes=(SkillChange(1, quarter, effect),)))


def quarter_starts(settings: WorldSettings) -> Microseconds:
    """Return when each quarter starts, and at last the end: `quarters + 1` times.

    Examples
    --------
    >>> pd.Timestamp(quarter_starts(WorldSettings())[0], unit="us").date().isoformat()
    '2024-04-01'
    """
    end = pd.Timestamp(settings.end)
    starts = [end - pd.DateOffset(months=3 * back) for back in range(settings.quarters, -1, -1)]
    return np.array([to_microseconds(start.to_pydatetime()) for start in starts], dtype=np.int64)


def years_since_start(settings: WorldSettings, times: Microseconds) -> NDArray[np.float64]:
    """Return how many years after the first quarter's start each time lies."""
    years: NDArray[np.float64] = (times - quarter_starts(settings)[0]) / (365.25 * DAY)
    return years


def quarter_of(settings: WorldSettings, times: Microseconds) -> NDArray[np.int64]:
    """Return the quarter of each time, counted from 1."""
    return np.searchsorted(quarter_starts(settings), times, side="right")

"""The structure of a world: what is asked, what decides, when it is recorded, what changes."""

import zlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from features.settings.fields import Actor, Obstacle

Generator: TypeAlias = np.random.Generator
Table: TypeAlias = tuple[float, ...]
QuestionKind = Literal["ordered", "category", "flag", "number", "text"]
Rhythm = Literal["at_once", "working_day", "weekly", "quarterly"]
Change = Literal["none", "collapse", "recover", "swap", "arrive", "flood"]


@dataclass(frozen=True)
class Question:
    """One question: who answers it, and what the answer does to the log-odds.

    Attributes
    ----------
    shares
        By segment, the chance of each level.
    effect
        By level, what it adds to the log-odds.
    answered, leaning
        Log-odds of being answered at creation, and by how much the effect of the answer moves them: 0 is missing at random.
    later
        Chance that it is answered later where it was not, after `later_days` on average.
    """

    name: str
    obstacle: Obstacle
    kind: QuestionKind
    shares: tuple[Table, ...]
    effect: Table
    answered: float
    leaning: float
    later: float
    later_days: float

    @property
    def levels(self) -> int:
        """Number of different answers."""
        return len(self.effect)


@dataclass(frozen=True)
class Interaction:
    """Two questions by position, and what a pair of levels adds to the log-odds beside what each does."""

    first: int
    second: int
    effect: tuple[Table, ...]


@dataclass(frozen=True)
class Source:
    """Where leads come from: their share, segments and effect, and what changes at a share of the time.

    Attributes
    ----------
    effect, later_effect
        On the log-odds, before and after it changes; one that recovers is as before again after `until`.
    growth
        How many times as many leads come after it changed; an arriving one has none before.
    """

    name: str
    share: float
    segments: Table
    effect: float
    change: Change = "none"
    later_effect: float = 0.0
    at: float = 1.0
    until: float = 1.0
    growth: float = 1.0
    cost: float = 20.0


@dataclass(frozen=True)
class Kind:
    """One kind of event: how many a day at first, how fast fewer, and by how much interest moves them."""

    name: str
    obstacle: Obstacle
    actor: Actor
    a_day: float
    fading_days: float
    reacts: float


@dataclass(frozen=True)
class Timing:
    """When leads close: days to a win and to a loss, log-normal; a share of the lost is never recorded as closed.

    Attributes
    ----------
    question, stretch
        The question whose answer moves the time, and by how much in log days from its first to its last level.
    own_day, decides
        Whether each lead has a day of its own around which it is decided, and whether a win counts until its end instead of within the horizon.
    """

    won_days: float
    won_spread: float
    lost_days: float
    lost_spread: float
    never: float
    question: int = -1
    stretch: float = 0.0
    own_day: bool = False
    own_days: float = 60.0
    decides: bool = False


@dataclass(frozen=True)
class Recording:
    """When outcomes and events are written down; a share of them late, by so many days."""

    outcomes: Rhythm
    weekly_events: bool
    late: float
    late_days: float
    clock: bool


@dataclass(frozen=True)
class Shift:
    """A change for all leads from a share of the time on, in log-odds; of closers, perhaps of one rep alone."""

    at: float
    by: float
    rep: int = -1


@dataclass(frozen=True)
class Structure:
    """Everything about a world but the draws of its leads.

    Attributes
    ----------
    leads, days
        How many leads come in how many days.
    base_rate
        Share of leads won within the horizon after creation, were nothing to change.
    steady
        Whether nothing changes over time: neither sources, nor prices, nor seasons.
    signal
        Standard deviation of the log-odds that the answers make.
    interest
        Effect of a hidden interest, which events react to, on the log-odds.
    season
        Height of the year's wave in log-odds.
    price, closers, worse_leads
        A price rise; closers who get worse by themselves; leads of the least segment that take over such a share of all.
    accounts
        Leads an account on average; 0 for none. An account's earlier wins and losses on record move its later leads by `account_effect`.
    reps, skill
        Number of reps, and standard deviation of their effect on the log-odds as closers.
    brought, bringing
        Share of the leads that a rep brought, and standard deviation of the reps' effect on the log-odds of those.
    ages_days
        When open leads are scored.
    """

    seed: int
    leads: int
    days: int
    horizon_days: int
    base_rate: float
    steady: bool
    segments: int
    signal: float
    questions: tuple[Question, ...]
    interactions: tuple[Interaction, ...]
    sources: tuple[Source, ...]
    kinds: tuple[Kind, ...]
    interest: float
    timing: Timing
    recording: Recording
    season: float
    price: Shift | None
    closers: Shift | None
    worse_leads: Shift | None
    weekdays: bool
    profile: int
    accounts: float
    account_effect: float
    reps: int
    skill: float
    brought: float
    bringing: float
    amount: float
    ages_days: tuple[int, ...]

    def summary(self) -> str:
        """Return what was drawn in one line, for a report."""
        changes = [source.change for source in self.sources if source.change != "none"]
        return (
            f"{self.leads:,} leads in {self.days} days, horizon {self.horizon_days}, base rate {self.base_rate:.2f}, "
            f"{len(self.questions)} questions, {len(self.interactions)} interactions, signal {self.signal:.1f}, "
            f"{len(self.sources)} sources ({', '.join(changes) or 'steady'}), {len(self.kinds)} kinds, interest {self.interest:.1f}, "
            f"outcomes {self.recording.outcomes}{', own day' if self.timing.own_day else ''}{' decides' if self.timing.decides else ''}"
            f"{', timing by answer' if self.timing.stretch else ''}{f', season {self.season:.1f}' if self.season else ''}"
            f"{', price' if self.price else ''}{f', accounts of {self.accounts:.1f}' if self.accounts else ''}"
        )


def stream(seed: int, name: str) -> Generator:
    """Return the random numbers of one part of a world."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))

"""How leads end: the chance of a win, when they close, and when that is written down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from bench.worlds.population import (
    Floats,
    Places,
    Population,
    answer_effect,
    bringing_effect,
    calendar_effect,
    rep_effect,
)
from bench.worlds.structure import Structure, stream

OWN_DAY = 0.9, 0.15
"""A win comes at this share of the time to the lead's own day, and log days around it."""
LOSS_BEFORE = 0.5
"""A loss comes at this share of it."""
SHORTEST = 0.01
"""Days: no lead closes sooner."""
LOST_ACCOUNT = -0.5
"""Effect of a loss on record in the account, of that of a win."""


@dataclass(frozen=True)
class Closing:
    """How each lead ends, n rows; days are since the start of the world.

    Attributes
    ----------
    base
        Log-odds (n,) of a win ever, but for answers, interest and rep: source, calendar, account and the world's own level.
    won
        Whether it is won in the end.
    days, recorded
        When it closes and when that is on record; infinite where never.
    """

    base: Floats
    won: NDArray[np.bool_]
    days: Floats
    recorded: Floats


def log_medians(structure: Structure, levels: Places, own_days: Floats) -> tuple[Floats, Floats]:
    """Return the log of the median days to a win and to a loss; `levels` (..., q) and `own_days` (...) are broadcast."""
    timing = structure.timing
    moved = np.zeros(levels.shape[:-1])
    if timing.question >= 0:
        last = structure.questions[timing.question].levels - 1
        moved = timing.stretch * (levels[..., timing.question] / last - 0.5)
    if timing.own_day:
        own = np.log(own_days)
        return own + np.log(OWN_DAY[0]) + 0 * moved, own + np.log(LOSS_BEFORE) + 0 * moved
    return np.log(timing.won_days) + moved, np.log(timing.lost_days) + 0.5 * moved


def counted_until(structure: Structure, created: Floats, own_days: Floats, as_of: Floats) -> Floats:
    """Return until when a win counts (days since the start) for leads scored as of times: to the end of their own day, or within the horizon."""
    if structure.timing.decides:
        return np.floor(created + own_days) + 1.0
    return as_of + structure.horizon_days


def closed_shares(structure: Structure, days: Floats, won_median: Floats, lost_median: Floats) -> tuple[Floats, Floats]:
    """Return the share of those won in the end, and of others, that have closed so many days after creation."""
    timing = structure.timing
    log_days = np.log(np.maximum(days, 1e-12))
    spread = OWN_DAY[1] if timing.own_day else timing.won_spread
    won = np.where(days < SHORTEST, 0.0, ndtr((log_days - won_median) / spread))
    lost = np.where(days < SHORTEST, 0.0, ndtr((log_days - lost_median) / timing.lost_spread))
    return won, lost * (1 - timing.never)


def level(structure: Structure, people: Population) -> float:
    """Return the log-odds that make the base rate what it is to be, were nothing to change."""
    before = np.array([source.effect for source in structure.sources])[people.source]
    before = before + bringing_effect(structure, people.brought_by)
    fixed = before + answer_effect(structure, people.levels) + structure.interest * people.interest
    fixed = fixed + rep_effect(structure, people.rep, np.full(len(people), -1.0))
    median = log_medians(structure, people.levels, people.own_days)
    until = counted_until(structure, people.created, people.own_days, people.created) - people.created
    in_time, _ = closed_shares(structure, until, *median)
    low, high = -15.0, 15.0
    for _ in range(40):
        middle = (low + high) / 2
        if float(np.mean(expit(fixed + middle) * in_time)) < structure.base_rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def close(structure: Structure, people: Population) -> Closing:
    """Draw how leads end; leads of an account one after the other, as each is moved by what was on record before."""
    rng = stream(structure.seed, "closing")
    n = len(people)
    chance, never, normal, late = rng.random(n), rng.random(n), rng.normal(size=n), _lateness(structure, rng, n)
    base = level(structure, people) + calendar_effect(structure, people.source, people.created)
    base = base + bringing_effect(structure, people.brought_by)
    own = answer_effect(structure, people.levels) + structure.interest * people.interest
    own = own + rep_effect(structure, people.rep, people.created)
    median = log_medians(structure, people.levels, people.own_days)
    won, days, recorded = np.zeros(n, np.bool_), np.full(n, np.inf), np.full(n, np.inf)
    first = {True: np.full(n + 1, np.inf), False: np.full(n + 1, np.inf)}
    for rows in _turns(people.account):
        account = people.account[rows]
        if structure.accounts:
            before = first[True][account] <= people.created[rows]
            lost_before = ~before & (first[False][account] <= people.created[rows])
            base[rows] += structure.account_effect * (before + LOST_ACCOUNT * lost_before)
        won[rows] = chance[rows] < expit(base[rows] + own[rows])
        days[rows] = _days(structure, won[rows], normal[rows], never[rows], median[0][rows], median[1][rows])
        days[rows] = _on_the_clock(structure, people.created[rows] + days[rows])
        recorded[rows] = written(structure, days[rows]) + late[rows]
        recorded[rows] = np.where(late[rows] > 0, _on_the_clock(structure, recorded[rows]), recorded[rows])
        for kind, when in first.items():
            of = rows[won[rows] == kind]
            np.minimum.at(when, people.account[of], recorded[of])
    return Closing(base, won, days, recorded)


def _turns(account: Places) -> list[Places]:
    """Return the leads in turns of which each holds at most one of an account, in order."""
    if not len(account) or account[0] < 0:
        return [np.arange(len(account))]
    order = np.argsort(account, kind="stable")
    starts = np.flatnonzero(np.diff(account[order], prepend=-1))
    turn = np.empty(len(account), np.int64)
    turn[order] = np.arange(len(account)) - np.repeat(starts, np.diff(np.append(starts, len(account))))
    return [np.flatnonzero(turn == number) for number in range(int(turn.max()) + 1)]


def _days(
    structure: Structure,
    won: NDArray[np.bool_],
    normal: Floats,
    never: Floats,
    won_median: Floats,
    lost_median: Floats,
) -> Floats:
    timing = structure.timing
    spread = OWN_DAY[1] if timing.own_day else timing.won_spread
    to_win = np.exp(won_median + spread * normal)
    to_loss = np.where(never < timing.never, np.inf, np.exp(lost_median + timing.lost_spread * normal))
    days: Floats = np.maximum(np.where(won, to_win, to_loss), SHORTEST)
    return days


EVENING = 1 - 1 / 86_400


def _on_the_clock(structure: Structure, time: Floats) -> Floats:
    """Return times as a world writes them: without a clock, in the evening of their day."""
    if structure.recording.clock:
        return time
    day = np.ceil(time) - 1
    evening: Floats = np.where(np.isfinite(time), day + EVENING, time)
    return evening


def _lateness(structure: Structure, rng: np.random.Generator, n: int) -> Floats:
    recording = structure.recording
    return np.where(rng.random(n) < recording.late, rng.exponential(recording.late_days, n), 0.0)


AFTERNOON = 17 / 24
QUARTER_DAYS = 91.0


def written(structure: Structure, time: Floats) -> Floats:
    """Return when outcomes of these times (days; the start is a Monday) are written down, but for late ones."""
    finite = np.isfinite(time)
    time = np.where(finite, time, 0.0)
    evening = AFTERNOON if structure.recording.clock else EVENING
    day = np.floor(time) + (time % 1 > evening + 1e-9)
    match structure.recording.outcomes:
        case "at_once":
            when = time
        case "working_day":
            when = np.where(day % 7 >= 5, day - day % 7 + 7, day) + evening
        case "weekly":
            when = day + (4 - day % 7) % 7 + evening
        case "quarterly":
            when = np.floor(day / QUARTER_DAYS) * QUARTER_DAYS + QUARTER_DAYS - 1 + evening
    return np.where(finite, when, np.inf)


def settling_days(structure: Structure) -> int:
    """Return how long a careful company waits for outcomes that are written down late."""
    waits = {"at_once": 1, "working_day": 4, "weekly": 8, "quarterly": 92}[structure.recording.outcomes]
    return waits + (int(2 * structure.recording.late_days) if structure.recording.late else 0)

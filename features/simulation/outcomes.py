"""How the leads end: who works them, whether and when they are won, for how much, and why they are lost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, HOUR, NEVER, SECOND, Microseconds
from features.records.history import Floats, Integers
from features.simulation import truth
from features.simulation.company import WorldSettings, quarter_starts
from features.simulation.people import People, Team
from features.simulation.tables import identifiers, later, times, words


@dataclass(frozen=True)
class SimulatedFates:
    """What becomes of each lead, known or not: `closes_at` is `NEVER` for a lost lead that nobody closes."""

    rep: Integers
    closing: Floats
    intent: Floats
    win_days: Floats
    wins: NDArray[np.bool_]
    closes_at: Microseconds
    recorded_at: Microseconds
    log_amount: Floats


def assign(rng: np.random.Generator, settings: WorldSettings, people: People, team: Team, promise: Floats) -> Integers:
    """Return the rep of each lead: promising ones go to some rather than others, brought ones mostly stay."""
    pull = settings.reps.favouring * np.outer(promise, team.favour)
    rep = (pull + rng.gumbel(size=pull.shape)).argmax(axis=1)
    stays = (people.brought_by >= 0) & (rng.random(len(people)) < settings.reps.keeping)
    return np.where(stays, people.brought_by, rep).astype(np.int32)


def closing_skill(settings: WorldSettings, team: Team, rep: Integers, quarter: Integers) -> Floats:
    """Return the closing skill of each lead's rep in the quarter of its creation."""
    by_rank = np.argsort(-team.closing, kind="stable")
    skill = team.closing[rep]
    for change in settings.reps.changes:
        skill += np.where((rep == by_rank[change.rank - 1]) & (quarter >= change.quarter), change.effect, 0.0)
    return skill


def draw_fates(
    rng: np.random.Generator, settings: WorldSettings, people: People, team: Team, rep: Integers
) -> SimulatedFates:
    """Draw how and when each lead ends, by the law of `features.simulation.truth`."""
    closing = closing_skill(settings, team, rep, people.quarter)
    intent = truth.intent(settings, people.traits, people.quality, closing)
    win_days = truth.win_days(settings, people.traits)
    wins = rng.random(len(people)) < intent
    closes_at = later(people.created_at, truth.draw_days(rng, settings.cycle, wins, win_days))
    size = people.profile["company_size"].astype(np.float64)
    return SimulatedFates(
        rep,
        closing,
        intent,
        win_days,
        wins,
        closes_at,
        _recorded(rng, settings, closes_at),
        truth.log_amount(people.traits, size),
    )


def outcomes_table(
    rng: np.random.Generator, settings: WorldSettings, people: People, fates: SimulatedFates
) -> pd.DataFrame:
    """Return the outcomes that are on record at the end, in the order in which they were recorded."""
    end = quarter_starts(settings)[-1]
    rows = np.flatnonzero((fates.closes_at != NEVER) & (fates.recorded_at <= end))
    rows = rows[np.argsort(fates.recorded_at[rows], kind="stable")]
    wins = fates.wins[rows]
    amount = np.exp(fates.log_amount[rows] + truth.LOG_AMOUNT_SPREAD * rng.standard_normal(len(rows))).round(2)
    scores = truth.reason_scores(people.traits[rows])
    reason = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    return pd.DataFrame(
        {
            "lead_id": words(identifiers("L", len(people)), rows),
            "closed_at": times(fates.closes_at[rows]),
            "recorded_at": times(fates.recorded_at[rows]),
            "won": wins,
            "amount": np.where(wins, amount, np.nan),
            "reason": words(truth.REASONS, np.where(wins, -1, reason)),
            "rep_id": words(identifiers("R", settings.reps.count), fates.rep[rows]),
        }
    )


def _recorded(rng: np.random.Generator, settings: WorldSettings, closes_at: Microseconds) -> Microseconds:
    delay = rng.exponential(2 * HOUR, len(closes_at))
    late = rng.random(len(closes_at)) < settings.records.late_outcomes
    delay += np.where(late, rng.exponential(settings.records.outcome_days * DAY, len(closes_at)), 0.0)
    return np.where(closes_at == NEVER, NEVER, closes_at + delay.astype(np.int64) // SECOND * SECOND)

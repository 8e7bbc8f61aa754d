"""What a fall of closers points to: the leads, or the person.

Where leads get worse, everybody who works them closes fewer: the best closers fall together. Where one falls alone while the leads
promise what they did, it is the person. Where nothing falls by more than luck, nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.history import Floats
from models.accountability.change import Periods, fall_p, rate
from models.accountability.record import Record
from models.accountability.settings import AccountabilitySettings

RISK, RISK_OF_ANY = 0.02, 0.03
"""With which a quiet team is said to have fallen together, and with which any one of a quiet team is said to have fallen alone."""
MUCH = 0.75
"""A quality of leads under this share of that of before is a fall of the leads."""
STAYED = 0.85
BEST = 3
"""A third of the closers, at least one, are the best."""


@dataclass(frozen=True)
class Fall:
    """What has fallen, what it points to, and the evidence in a sentence."""

    points_to: Literal["the leads", "the person"]
    rep_id: str | None
    evidence: str


@dataclass(frozen=True)
class _Team:
    """Wins and expected wins of reps (r,) now and before, and how well their leads promise now over before."""

    periods: Periods
    quality: Floats
    leads_quality: float


def point_out(
    record: Record, names: Sequence[str], rep: NDArray[np.int64], promise: Floats, settings: AccountabilitySettings
) -> tuple[Fall, ...]:
    """Return what falls of the latest leads' closers point to; nothing where luck may explain it."""
    team = _team(record, len(names), rep, promise, settings)
    ranked = _ranked(team, settings)
    if not len(ranked):
        return ()
    fell = _leads(team, ranked[: max(len(ranked) // BEST, 1)], settings)
    return (fell,) if fell else tuple(_persons(team, ranked, names, settings))


def _team(
    record: Record, reps: int, rep: NDArray[np.int64], promise: Floats, settings: AccountabilitySettings
) -> _Team:
    days = settings.reps_now_days
    expected, works = promise * record.exposure, rep >= 0
    windows = [record.created(days) & works, record.created(days + settings.before_days, days) & works]

    def of_reps(weight: Floats) -> list[Floats]:
        return [np.bincount(rep[window], weight[window], reps).astype(np.float64) for window in windows]

    won, due, promised, leads = (
        of_reps(weight) for weight in (record.won.astype(float), expected, promise, np.ones(len(rep)))
    )
    quality = rate(promised[0], leads[0]) / rate(promised[1], leads[1])
    overall = rate(promised[0].sum(), leads[0].sum()) / rate(promised[1].sum(), leads[1].sum())
    return _Team(Periods(won[0], due[0], won[1], due[1]), quality, float(overall))


def _ranked(team: _Team, settings: AccountabilitySettings) -> NDArray[np.int64]:
    """Return the reps with enough expected wins now and before, who closed best before first."""
    enough = np.flatnonzero(
        (team.periods.before_exposure >= settings.fewest_expected)
        & (team.periods.now_exposure >= settings.fewest_expected)
    )
    if not len(enough):
        return enough
    skill = team.periods.before_won[enough] / team.periods.before_exposure[enough]
    ranked: NDArray[np.int64] = enough[np.argsort(-skill, kind="stable")]
    return ranked


def _leads(team: _Team, best: NDArray[np.int64], settings: AccountabilitySettings) -> Fall | None:
    """Return the fall of the leads: they promise much less, or the whole team and its best closers close much less of what they promise."""
    if team.leads_quality < MUCH:
        told = f"The leads promise {100 * team.leads_quality:.0f} % of what earlier ones did, by their own answers"
        return Fall("the leads", None, f"{told}: fewer closes are to be expected of any closer.")
    if len(best) < 2:
        return None
    together = _pooled(team.periods, best)
    others = _pooled(team.periods, np.setdiff1d(np.arange(len(team.quality)), best))
    ratio = rate(team.periods.now_won[best], team.periods.now_exposure[best]) / rate(
        team.periods.before_won[best], team.periods.before_exposure[best]
    )
    both = max(float(fall_p(together, settings.usual_change)[0]), float(fall_p(others, settings.usual_change)[0]))
    if both > RISK or np.mean(ratio < 1) < STAYED:
        return None
    won, due = float(together.now_won[0]), float(together.expected[0])
    told = f"The {len(best)} best closers fell together, and so did the others: {won:.0f} wins where {due:.0f} were to be expected of them"
    return Fall("the leads", None, f"{told}. People seldom get worse all at once; look at the leads.")


def _persons(
    team: _Team, reps: NDArray[np.int64], names: Sequence[str], settings: AccountabilitySettings
) -> list[Fall]:
    """Return the closers who fell alone, against their own past and what became of everybody else meanwhile."""
    found = []
    for number in reps:
        others = _pooled(team.periods, np.setdiff1d(np.arange(len(team.quality)), [number]))
        moved = float(rate(others.now_won, others.expected)[0]) if others.expected[0] > 0 else 1.0
        own = _pooled(team.periods, np.array([number]))
        own = Periods(own.now_won, own.now_exposure * moved, own.before_won, own.before_exposure)
        p = float(fall_p(own, settings.usual_change)[0])
        if p > RISK_OF_ANY / len(reps) or team.quality[number] < STAYED:
            continue
        others_closed = f"while the others closed {100 * moved:.0f} % of what was to be expected of them"
        told = f"{own.now_won[0]:.0f} wins where {own.expected[0]:.0f} were to be expected, {others_closed}"
        kept = f"the leads that {names[number]} got promise {100 * team.quality[number]:.0f} % of what earlier ones did"
        found.append(Fall("the person", names[number], f"{told}, and {kept}."))
    return found


def _pooled(periods: Periods, reps: NDArray[np.int64]) -> Periods:
    parts = (periods.now_won, periods.now_exposure, periods.before_won, periods.before_exposure)
    return Periods(*(np.array([part[reps].sum()]) for part in parts))

"""What a fall of closers points to: the leads, a person, or what these figures cannot tell apart.

Everything is held against what leads promise by their own answers, as a model of the time before the period has it
(`models.accountability.expectation.promised`): nothing that closers do moves that.

- The answers promise much less: fewer closes are to be expected of anybody. It points to the leads. So it does where they promise clearly less, fewer
  are won, and of these leads about as many as their answers promise.
- All closers fall together while the answers promise as much as before. If it is with the leads of some sources alone, while the same people
  close all others as before, it points to these leads. If it is with all of them, price, season, competition, a new manager, or something that
  no answer shows may be the reason: nobody can tell from here, and that is what is said.
- One closer falls while the others, with leads of the same sources, do not. It points to the person.

Where nothing falls by more than luck, nothing is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.history import Floats
from models.accountability.change import Periods, fall_p, rate
from models.accountability.expectation import Promise, promised
from models.accountability.groups import Groups
from models.accountability.record import LeadsAsOf, Mask
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import verdicts
from models.accountability.together import STAYED, stayed

PointsTo = Literal["the leads", "the person", "no one cause"]
Codes = NDArray[np.int64]

RISK, RISK_OF_ANY = 0.02, 0.03
"""With which a quiet team is said to have fallen together, and with which any one of a quiet team is said to have fallen alone."""
RISK_OF_PARTS = 0.1
"""With which the best closers, and the others, of a quiet team would be taken for a part of its fall, and fewer wins for what worse answers did."""
MUCH = 0.75
"""Leads whose answers promise less than this share of those of before are much worse."""
LESS = 0.9
"""Those whose answers promise at most this share are worse: what shows of it in answers is less than what there is, as not all are given."""
SURE = 3.0
"""Standard errors by which they must be."""
BEST = 3
"""A third of the closers, at least one, are the best."""
PRIOR_WINS = 10.0
"""How others close the leads of one source is drawn toward how they close all leads by so many expected wins."""
CANNOT_TELL = (
    "A price, the season, a competitor, how the team is led, or something about the leads that no answer shows: "
    "these figures cannot tell which."
)
NOTHING_FORETELLS = "Nothing that leads answer foretells here how they close, so worse leads cannot be ruled out"


@dataclass(frozen=True)
class Fall:
    """What has fallen, what it points to, and the evidence in sentences."""

    points_to: PointsTo
    rep_id: str | None
    evidence: str

    @property
    def says(self) -> str:
        """The whole of it in words."""
        if self.points_to == "no one cause":
            return f"A fall of which these figures cannot tell the cause: {self.evidence}"
        return f"A fall that points to {self.rep_id or self.points_to}: {self.evidence}"

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "says": self.says}


@dataclass(frozen=True)
class _Team:
    """Wins and expected wins of reps (r,) now and before, and what their leads' answers promise now over before."""

    periods: Periods
    quality: Floats


@dataclass(frozen=True)
class _Look:
    """What a fall is looked for in: who works each lead (n,), which leads are of now and of before, and what they promise."""

    record: LeadsAsOf
    rep: Codes
    now: Mask
    before: Mask
    promise: Promise
    settings: AccountabilitySettings

    def team(self, reps: int, within: Mask | None = None) -> _Team:
        """Add up what is known of each rep, by all leads or by those within a mask (n,)."""
        chosen = [window if within is None else window & within for window in (self.now, self.before)]
        expected = self.promise.probability * self.record.exposure

        def of_reps(weight: Floats) -> list[Floats]:
            return [np.bincount(self.rep[window], weight[window], reps).astype(np.float64) for window in chosen]

        won, due = of_reps(self.record.won.astype(np.float64)), of_reps(expected)
        promise, leads = of_reps(self.promise.probability), of_reps(np.ones(len(self.rep)))
        quality = rate(promise[0], leads[0]) / rate(promise[1], leads[1])
        return _Team(Periods(won[0], due[0], won[1], due[1]), quality)

    def of_all(self, chance: Floats) -> Periods:
        """Add up wins and what is due by a chance (n,), of all leads now and before."""
        due = chance * self.record.exposure
        sums = [(window & self.record.won, window * due) for window in (self.now, self.before)]
        return Periods(*(np.array([float(part.sum())]) for pair in sums for part in pair))


def point_out(
    record: LeadsAsOf, names: Sequence[str], rep: Codes, settings: AccountabilitySettings
) -> tuple[Fall, ...]:
    """Return what falls of the latest leads' closers point to; nothing where luck may explain it."""
    days, works = settings.reps_now_days, rep >= 0
    now, before = record.created(days) & works, record.created(days + settings.before_days, days) & works
    promise = promised(record, ~record.created(days))
    look = _Look(record, rep, now, before, promise, settings)
    team = look.team(len(names))
    ranked = _ranked(team, settings)
    if not len(ranked):
        return ()
    fell = _worse_leads(look) or _together(look, team, ranked)
    return (fell,) if fell else tuple(_persons(look, team, ranked, names))


def _ranked(team: _Team, settings: AccountabilitySettings) -> Codes:
    """Return the reps with enough expected wins now and before, who closed best before first."""
    enough = np.flatnonzero(
        (team.periods.before_exposure >= settings.fewest_expected)
        & (team.periods.now_exposure >= settings.fewest_expected)
    )
    if not len(enough):
        return enough
    skill = team.periods.before_won[enough] / team.periods.before_exposure[enough]
    ranked: Codes = enough[np.argsort(-skill, kind="stable")]
    return ranked


def _worse_leads(look: _Look) -> Fall | None:
    """Return the fall of the leads whose own answers promise much less than those of before."""
    if not look.promise.tells:
        return None
    now, before = look.promise.probability[look.now], look.promise.probability[look.before]
    ratio = float(now.mean() / before.mean())
    spread = ratio * float(np.hypot(*(part.std() / np.sqrt(len(part)) / part.mean() for part in (now, before))))
    told = f"What the leads answered when they came in promises {100 * ratio:.0f} % of what earlier leads' answers did"
    if ratio < MUCH and ratio + 2 * spread < STAYED:
        return Fall("the leads", None, f"{told}: fewer closes are to be expected of any closer.")
    if ratio > LESS or ratio + SURE * spread >= 1:
        return None
    return _as_promised(look, told)


def _as_promised(look: _Look, told: str) -> Fall | None:
    """Return the fall that the leads' answers foretell: fewer are won, and about as many as the answers promise."""
    alike, as_promised = (look.of_all(each) for each in (np.ones(len(look.rep)), look.promise.probability))
    won, due, usual = float(alike.now_won[0]), float(as_promised.expected[0]), look.settings.usual_change
    if float(fall_p(alike, usual)[0]) > RISK_OF_PARTS or not STAYED <= won / due <= 1 / STAYED:
        return None
    wins = f"{won:.0f} wins where {due:.0f} were to be expected of them, and {float(alike.expected[0]):.0f} of as many leads like the earlier ones"
    return Fall("the leads", None, f"{told}, and they close about as that promises: {wins}.")


def _together(look: _Look, team: _Team, ranked: Codes) -> Fall | None:
    """Return the fall of the whole team and its best closers, with all leads or with those of some sources alone."""
    best = ranked[: max(len(ranked) // BEST, 1)]
    if len(best) < 2 or not _fell_together(team, best, look.settings):
        return None
    together = _pooled(team.periods, best)
    won, due = float(together.now_won[0]), float(together.expected[0])
    told = (
        f"The {len(best)} best closers fell together, and so did the others: {won:.0f} wins where {due:.0f} were to be "
        "expected of them by what the leads answered."
    )
    alone = _sources_alone(look, len(team.quality))
    if alone:
        return Fall("the leads", None, f"{told} {alone}")
    why = CANNOT_TELL if look.promise.tells else f"{NOTHING_FORETELLS}. {CANNOT_TELL}"
    return Fall("no one cause", None, f"{told} {why}")


def _fell_together(team: _Team, best: Codes, settings: AccountabilitySettings) -> bool:
    """Return whether the team fell by more than luck, and the best closers and the others each have their part in it."""
    everybody = np.arange(len(team.quality))
    whole, *parts = (
        float(fall_p(_pooled(team.periods, reps), settings.usual_change)[0])
        for reps in (everybody, best, np.setdiff1d(everybody, best))
    )
    periods = team.periods
    ratio = rate(periods.now_won[best], periods.now_exposure[best]) / rate(
        periods.before_won[best], periods.before_exposure[best]
    )
    return whole <= RISK and max(parts) <= RISK_OF_PARTS and bool(np.mean(ratio < 1) >= STAYED)


def _sources_alone(look: _Look, reps: int) -> str:
    """Return in words that the fall is with the leads of some sources alone; nothing where it is not.

    The channels are asked in turn, so that a source's leads are not named again by the pages that they came through.
    """
    groups = Groups.of(look.record.history.leads)
    judged = verdicts(look.record, groups, look.settings)
    for channel in look.record.history.leads.channels:
        called = [group for group, row in enumerate(judged) if row.verdict == "alarm" and row.channel == channel]
        if not called or channel == look.settings.brought_by:
            continue
        others = ~np.logical_or.reduce([groups.holds(group) for group in called])
        fell, rest = (_pooled(look.team(reps, leads).periods, np.arange(reps)) for leads in (~others, others))
        if stayed(rest, fell, look.settings):
            ratio = float(rest.now_won[0] / rest.expected[0])
            named = ", ".join(repr(judged[group].value) for group in called)
            return f"It is with leads of {channel.replace('_', ' ')} {named} alone: of all others they close {100 * ratio:.0f} % of what they did before. Look at those leads."
    return ""


def _persons(look: _Look, team: _Team, ranked: Codes, names: Sequence[str]) -> Iterator[Fall]:
    """Yield the closers who fell alone: against their own past, and how others closed the leads of the same sources meanwhile."""
    for number in ranked.tolist():
        own = _pooled(team.periods, np.array([number]))
        moved = _moved_for_others(look, number)
        own = Periods(own.now_won, own.now_exposure * moved, own.before_won, own.before_exposure)
        p = float(fall_p(own, look.settings.usual_change)[0])
        if p > RISK_OF_ANY / len(ranked) or (look.promise.tells and team.quality[number] < STAYED):
            continue
        told = (
            f"{own.now_won[0]:.0f} wins where {own.expected[0]:.0f} were to be expected, while the others closed "
            f"{100 * moved:.0f} % of what was to be expected of leads from the same sources"
        )
        kept = f"what {names[number]}'s leads answered promises {100 * team.quality[number]:.0f} % of what earlier ones' did"
        yield Fall(
            "the person", names[number], f"{told}. {_first_up(kept) if look.promise.tells else NOTHING_FORETELLS}."
        )


def _moved_for_others(look: _Look, number: int) -> float:
    """Return how the other reps close now over before, with leads of the sources that one rep's leads of now came from."""
    channels = {
        name: values for name, values in look.record.history.leads.channels.items() if name != look.settings.brought_by
    }
    first = next(iter(channels.values()), None)
    source = np.zeros(len(look.rep), np.int64) if first is None else pd.factorize(first, use_na_sentinel=False)[0]
    expected = look.promise.probability * look.record.exposure
    others, size = look.rep != number, int(source.max(initial=0)) + 1

    def by_source(chosen: Mask, weight: Floats) -> Floats:
        return np.bincount(source[chosen], weight[chosen], size).astype(np.float64)

    won, due = (
        [by_source(window & others, weight) for window in (look.now, look.before)]
        for weight in (look.record.won.astype(np.float64), expected)
    )
    if not due[1].sum() or not won[1].sum():
        return 1.0
    now_due = due[0] * np.divide(won[1] + PRIOR_WINS * won[1].sum() / due[1].sum(), due[1] + PRIOR_WINS)
    overall = float(won[0].sum() / max(now_due.sum(), 1e-9)) if now_due.sum() else 1.0
    ratio = (won[0] + PRIOR_WINS * overall) / (now_due + PRIOR_WINS)
    mine = by_source(look.now & ~others, expected)
    return float(mine @ ratio / mine.sum()) if mine.sum() else overall


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]


def _pooled(periods: Periods, reps: Codes) -> Periods:
    parts = (periods.now_won, periods.now_exposure, periods.before_won, periods.before_exposure)
    return Periods(*(np.array([part[reps].sum()]) for part in parts))

"""Two skills of a rep, apart: closing what one gets, and generating leads that are worth closing.

Closing is wins over the wins that were expected of the leads that a rep got, in units of the whole team; immature leads count by
their exposure. A rate of few wins is drawn toward the team's. Generating is the worth of the leads that a rep brought, by what they said and by what
became of them, whoever closed them, against all leads that reps brought from the same sources. Assignment is not random: a rep who gets
leads that are better in ways that no answer shows looks better.

Agents, by name and version, are judged as reps are, by the leads that they acted on first. A lead has a rep beside its agent, so what
is expected of it counts the skill of the rep who works it: an agent that hands its leads to good closers is none itself.

Source: the Gamma-Poisson model of standardised rates, with its prior fitted to all reps, Clayton & Kaldor 1987.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from features.records.clock import to_datetime
from features.records.history import Floats, History
from features.settings.fields import ACTORS
from models.accountability.change import INTERVAL, RangedFigure, ranged, rate
from models.accountability.expectation import expected_by_answers, expected_of_closers
from models.accountability.falls import Fall, point_out
from models.accountability.record import LeadsAsOf, record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import plain
from models.accountability.spread import Spread, spread
from models.accountability.unqualified import Unqualified, find_unqualified

PRIORS = np.geomspace(4.0, 400.0, 41)
"""Weights of the prior, in expected wins: from reps who differ by half to reps who differ by a twentieth."""
PRIOR_EXPOSURE = 5.0
"""The figures of a source are drawn toward those of all by so much exposure."""
RATES = np.geomspace(0.05, 8.0, 800)
"""The rates among which an interval is looked for."""
Codes = NDArray[np.int64]
Worker = Literal["rep", "agent"]
"""Who works leads: people, and programs that act as they do."""
WARNING = "Leads are not assigned at random: whoever gets leads that are better in ways that no answer shows looks like a better closer."


@dataclass(frozen=True)
class RepSkills:
    """One rep, or one version of an agent, whose `rep_id` is then its name and version.

    Attributes
    ----------
    leads, won, expected
        That the rep works; `expected` wins by now, were the rep as good as the team.
    closing, closing_low, closing_high
        Wins over expected wins, drawn toward 1, with the 90 % interval; None where the expected wins are too few.
    close_ratio
        Raw: won over all leads.
    brought, brought_won
        Leads that the rep brought.
    generating, generating_low, generating_high
        The worth of these leads over that of all leads that reps brought from the same sources, with its 90 % interval: what their answers
        promise, times the wins beyond that, drawn toward none; None if too few.
    """

    rep_id: str
    leads: int
    won: int
    expected: float
    closing: float | None
    closing_low: float | None
    closing_high: float | None
    close_ratio: float
    brought: int
    brought_won: int
    generating: float | None
    generating_low: float | None
    generating_high: float | None
    actor: Worker = "rep"

    @property
    def closing_skill(self) -> RangedFigure | None:
        """Closing with its interval."""
        return ranged(self.closing, self.closing_low, self.closing_high)

    @property
    def generating_skill(self) -> RangedFigure | None:
        """Generating with its interval."""
        return ranged(self.generating, self.generating_low, self.generating_high)


@dataclass(frozen=True)
class RepsReport:
    """Every rep as of a date (microseconds UTC), the best closer first, then every agent likewise, and what a fall of closers points to.

    Attributes
    ----------
    unqualified
        Where leads are not being qualified: to be read before anything is said of closers.
    closing_spread, generating_spread
        How the skills are spread over all reps; None where they are too few.
    """

    as_of: int
    rows: tuple[RepSkills, ...]
    falls: tuple[Fall, ...]
    unqualified: tuple[Unqualified, ...]
    closing_spread: Spread | None = None
    generating_spread: Spread | None = None

    def of(self, actor: Worker) -> list[RepSkills]:
        """Return the rows of reps, or of agents."""
        return [row for row in self.rows if row.actor == actor]

    def frame(self) -> pd.DataFrame:
        """Return a row for each rep."""
        return pd.DataFrame([asdict(row) for row in self.rows], columns=list(RepSkills.__dataclass_fields__))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values; what there are not enough wins for is None."""
        return {
            "as_of": to_datetime(self.as_of).isoformat(),
            "unqualified": [each.to_json() for each in self.unqualified],
            "warning": WARNING,
            "falls": [fall.to_json() for fall in self.falls],
            "distribution": {
                "closing": self.closing_spread and asdict(self.closing_spread),
                "generating": self.generating_spread and asdict(self.generating_spread),
            },
            "reps": [{name: plain(value) for name, value in asdict(row).items()} for row in self.rows],
        }


def judge_reps(history: History, settings: AccountabilitySettings, as_of: int) -> RepsReport:
    """Judge every rep by what was recorded by a date (microseconds UTC)."""
    record = record_at(history, as_of)
    names, rep = working_reps(record)
    agents, agent = first_agents(record)
    promise = expected_of_closers(record, rep, settings.brought_by)
    rows, skill = _judged(names, rep, record, promise, settings, "rep")
    if agents:
        promise = expected_of_closers(record, agent, settings.brought_by) * np.append(skill, 1.0)[rep]
        rows += _judged(agents, agent, record, promise, settings, "agent")[0]
    of_lead = np.array([*agents, None], np.object_)[agent]
    rows = _with_generated(rows, record, of_lead, np.append(skill, 1.0)[rep], settings)
    rows.sort(key=lambda row: (row.actor != "rep", row.closing is None, -(row.closing or 0), row.rep_id))
    falls = point_out(record, names, rep, settings)
    reps = [row for row in rows if row.actor == "rep"]
    return RepsReport(
        as_of,
        tuple(rows),
        falls,
        find_unqualified(record, settings),
        spread(row.closing for row in reps),
        spread(row.generating for row in reps),
    )


def first_agents(record: LeadsAsOf) -> tuple[list[str], Codes]:
    """Return the agents by name and version, and for each lead (n,) the number of the one that acted on it first; -1 for none."""
    events = record.history.events
    agent = np.full(len(record.won), -1)
    if events.agent is None:
        return [], agent
    acted = np.flatnonzero(events.actor == ACTORS.index("agent"))
    return _first_of_each(agent, events.lead[acted], events.recorded_at[acted], events.agent[acted])


def _first_of_each(
    of_lead: Codes, lead: NDArray[np.integer], time: NDArray[np.int64], who: NDArray[np.object_]
) -> tuple[list[str], Codes]:
    """Return names in their order, and put into `of_lead` the number of who acted on each lead first."""
    code, names = pd.factorize(who, sort=True)
    order = np.lexsort((code, time, lead))
    order = order[code[order] >= 0]
    first = order[np.diff(lead[order], prepend=-1) != 0]
    of_lead[lead[first]] = code[first]
    return [str(name) for name in names], of_lead


def working_reps(record: LeadsAsOf) -> tuple[list[str], Codes]:
    """Return the reps, and for each lead (n,) the number of the one who works it: who first acted on it, or else closed it; -1 for nobody."""
    events, outcomes = record.history.events, record.history.outcomes
    parts: list[tuple[NDArray[np.integer], NDArray[np.int64], NDArray[np.object_]]] = []
    if events.rep_id is not None:
        acted = np.flatnonzero(events.actor == ACTORS.index("rep"))
        parts.append((events.lead[acted], events.recorded_at[acted], events.rep_id[acted]))
    if outcomes.rep_id is not None:
        parts.append((outcomes.lead, outcomes.recorded_at, outcomes.rep_id))
    rep = np.full(len(record.won), -1)
    if not parts:
        return [], rep
    lead, time, who = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _first_of_each(rep, lead, time, who)


def shrunk(won: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the rates (r,) of wins over expected wins, drawn toward 1, with the limits of their 90 % intervals.

    How strongly they are drawn follows from how much the reps differ: every weight of the prior is taken as far as it is likely, as a
    single one would make the intervals too narrow.

    Examples
    --------
    >>> rate, low, high = shrunk(np.array([10.0, 30.0]), np.array([20.0, 20.0]))
    >>> bool(0.5 < rate[0] < 1 < rate[1] < 1.5), bool((low < rate).all() and (rate < high).all())
    (True, True)
    """
    prior = PRIORS[:, None]
    chance = prior / (prior + np.maximum(expected, 1e-9))
    fits = np.asarray(scipy.stats.nbinom.logpmf(won, prior, chance), np.float64).sum(axis=1)
    likely = np.exp(fits - fits.max()) / np.exp(fits - fits.max()).sum()
    below = np.tensordot(
        likely, scipy.stats.gamma.cdf(RATES[:, None, None], prior + won, scale=1 / (prior + expected)), (0, 1)
    )
    low, high = (np.array([np.interp(at, of_rep, RATES) for of_rep in below.T]) for at in INTERVAL)
    return likely @ ((prior + won) / (prior + expected)), low, high


@dataclass(frozen=True)
class _Generated:
    """What reps (r,) brought: leads, wins, and the worth of these leads with its 90 % interval; NaN of too few."""

    leads: Floats
    won: Floats
    worth: Floats
    low: Floats
    high: Floats


def _judged(
    names: Sequence[str],
    who: Codes,
    record: LeadsAsOf,
    promise: Floats,
    settings: AccountabilitySettings,
    actor: Worker,
) -> tuple[list[RepSkills], Floats]:
    """Return how those of some names close the leads that are theirs (n,), with the rate of each (r,).

    Parameters
    ----------
    promise
        The probability (n,) that each lead is won, were whoever works it as good as all of these together.
    """
    works = who >= 0
    expected = promise * record.exposure
    level = record.won[works].sum() / max(float(expected[works].sum()), 1e-9)
    leads, won, due = (
        np.bincount(who[works], weight[works], len(names)).astype(np.float64)
        for weight in (np.ones(len(who)), record.won, level * expected)
    )
    closing, low, high = shrunk(won, due)
    enough = due >= settings.fewest_expected
    rows = [
        RepSkills(
            name,
            leads=int(leads[number]),
            won=int(won[number]),
            expected=float(due[number]),
            closing=float(closing[number]) if enough[number] else None,
            closing_low=float(low[number]) if enough[number] else None,
            closing_high=float(high[number]) if enough[number] else None,
            close_ratio=float(won[number] / max(leads[number], 1)),
            brought=0,
            brought_won=0,
            generating=None,
            generating_low=None,
            generating_high=None,
            actor=actor,
        )
        for number, name in enumerate(names)
    ]
    return rows, closing


def _with_generated(
    rows: Sequence[RepSkills],
    record: LeadsAsOf,
    agent: NDArray[np.object_],
    closing: Floats,
    settings: AccountabilitySettings,
) -> list[RepSkills]:
    """Return rows with what each rep and agent brought; `agent` (n,) names the one that acted on each lead first."""
    column = record.history.leads.channels.get(settings.brought_by)
    by = None if column is None else _bringers(rows, column, agent)
    brought = _generated(len(rows), by, record, closing, settings)
    return [
        replace(
            row,
            brought=int(brought.leads[number]),
            brought_won=int(brought.won[number]),
            generating=_known(brought.worth[number]),
            generating_low=_known(brought.low[number]),
            generating_high=_known(brought.high[number]),
        )
        for number, row in enumerate(rows)
    ]


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)


def _bringers(rows: Sequence[RepSkills], column: NDArray[np.object_], agent: NDArray[np.object_]) -> Codes:
    """Return the row (n,) of who brought each lead, -1 for nobody; of a rep and an agent of one name, the agent brought its own leads."""
    reps, agents = ({row.rep_id: at for at, row in enumerate(rows) if row.actor == actor} for actor in ("rep", "agent"))
    either = {**agents, **reps}
    pairs = zip(column, agent, strict=True)
    named = ((name, agents if name == acted and name in agents else either) for name, acted in pairs)
    return np.array([-1 if name is None else known.get(str(name), -1) for name, known in named], np.int64)


def _generated(
    size: int, by: Codes | None, record: LeadsAsOf, closing: Floats, settings: AccountabilitySettings
) -> _Generated:
    """Return what each rep brought: what the leads' answers promise, times what their wins say beyond the answers.

    Both are held against the leads that all reps brought from the same source. Answers are many and say little each; wins are few and say all.
    So the wins beyond what the answers promised are drawn toward none, as far as reps hardly differ in what no answer shows.

    Parameters
    ----------
    by
        The number (n,) of who brought each lead, of so many; None if nothing tells.
    closing
        The skill (n,) of who works each lead, so that a good closer does not make a good lead.
    """
    if by is None:
        nothing = np.full(size, np.nan)
        return _Generated(np.zeros(size), np.zeros(size), nothing, nothing, nothing)
    mine = by >= 0
    promise = expected_by_answers(record)
    source = _other_channel(record, settings)
    usual = _mean_by(source, promise, np.ones(len(promise)), mine)
    beyond = _mean_by(source, record.won.astype(np.float64), promise * record.exposure * closing, mine)
    leads, won, due, usual_due, own = (
        np.bincount(by[mine], weight[mine], size).astype(np.float64)
        for weight in (
            np.ones(len(by)),
            record.won,
            promise * record.exposure * closing * beyond,
            usual,
            promise,
        )
    )
    answers = rate(own, usual_due)
    more, low, high = shrunk(won, due)
    told = np.where((usual_due >= settings.fewest_expected) & (due >= settings.fewest_expected), 1.0, np.nan)
    apart = np.where(mine, promise - np.append(answers, 0.0)[by] * usual, 0.0)
    noise = np.sqrt(np.bincount(by[mine], apart[mine] ** 2, size))
    spread = 1.645 * noise / np.maximum(own, 1e-9)
    worth = told * answers * more
    return _Generated(
        leads,
        won,
        worth,
        worth * np.exp(-np.hypot(np.log(more / np.maximum(low, 1e-9)), spread)),
        worth * np.exp(np.hypot(np.log(high / more), spread)),
    )


def _other_channel(record: LeadsAsOf, settings: AccountabilitySettings) -> Codes:
    """Return the value (n,) of the first channel that does not name a rep."""
    channels = record.history.leads.channels
    other = next((values for name, values in channels.items() if name != settings.brought_by), None)
    if other is None:
        return np.zeros(len(record.won), np.int64)
    return np.asarray(pd.factorize(other, use_na_sentinel=False)[0], np.int64)


def _mean_by(source: Codes, amount: Floats, exposure: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Return for each lead (n,) the amount by exposure among the chosen leads of its source, drawn toward that of all chosen."""
    size = int(source.max(initial=0)) + 1
    total, of = (np.bincount(source[chosen], weight[chosen], size) for weight in (amount, exposure))
    overall = total.sum() / max(of.sum(), 1e-9)
    return np.asarray(((total + PRIOR_EXPOSURE * overall) / (of + PRIOR_EXPOSURE))[source], np.float64)

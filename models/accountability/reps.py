"""Two skills of a rep, apart: closing what one gets, and generating leads that are worth closing.

Closing is wins over the wins that were expected of the leads that a rep got, in units of the whole team; immature leads count by
their exposure. A rate of few wins is drawn toward the team's. Generating is the quality of the leads that a rep brought, by what they said, against all
leads of the same sources. Assignment is not random: a rep who gets leads that are better in ways that no answer shows looks better.

Source: the Gamma-Poisson model of standardised rates, with its prior fitted to all reps, Clayton & Kaldor 1987.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from features.clock import to_datetime
from features.history import Floats, History
from features.settings import ACTORS
from models.accountability.change import INTERVAL
from models.accountability.expectation import expected_of_reps
from models.accountability.falls import Fall, point_out
from models.accountability.record import Record, record_at
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import plain
from models.accountability.spread import spread
from models.accountability.unqualified import Unqualified, find_unqualified

PRIORS = np.geomspace(4.0, 400.0, 41)
"""Weights of the prior, in expected wins: from reps who differ by half to reps who differ by a twentieth."""
RATES = np.geomspace(0.05, 8.0, 800)
"""The rates among which an interval is looked for."""
WARNING = "Leads are not assigned at random: whoever gets leads that are better in ways that no answer shows looks like a better closer."


@dataclass(frozen=True)
class RepSkills:
    """One rep.

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
        What these promise by their answers, over what all leads of the same sources promise, with the 90 % interval; None if too few.
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


@dataclass(frozen=True)
class RepsReport:
    """Every rep as of a date (microseconds UTC), the best closer first, and what a fall of closers points to.

    Attributes
    ----------
    unqualified
        Where leads are not being qualified: to be read before anything is said of closers.
    """

    as_of: int
    rows: tuple[RepSkills, ...]
    falls: tuple[Fall, ...]
    unqualified: tuple[Unqualified, ...]

    def frame(self) -> pd.DataFrame:
        """Return a row for each rep."""
        return pd.DataFrame([asdict(row) for row in self.rows], columns=list(RepSkills.__dataclass_fields__))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values; what there are not enough wins for is None."""
        return {
            "as_of": to_datetime(self.as_of).isoformat(),
            "unqualified": [each.to_json() for each in self.unqualified],
            "warning": WARNING,
            "falls": [asdict(fall) for fall in self.falls],
            "distribution": {
                "closing": _spread(row.closing for row in self.rows),
                "generating": _spread(row.generating for row in self.rows),
            },
            "reps": [{name: plain(value) for name, value in asdict(row).items()} for row in self.rows],
        }


def _spread(figures: Iterable[float | None]) -> dict[str, float] | None:
    found = spread(figures)
    return None if found is None else asdict(found)


def judge_reps(history: History, settings: AccountabilitySettings, as_of: int) -> RepsReport:
    """Judge every rep by what was recorded by a date (microseconds UTC)."""
    record = record_at(history, as_of)
    names, rep = working_reps(record)
    promise = expected_of_reps(record, rep, settings.brought_by)
    expected = promise * record.exposure
    of_reps = rep >= 0
    level = record.won[of_reps].sum() / max(float(expected[of_reps].sum()), 1e-9)
    rows = _closing(names, rep, record, level * expected, promise, settings)
    rows.sort(key=lambda row: (row.closing is None, -(row.closing or 0), row.rep_id))
    falls = point_out(record, names, rep, promise, settings)
    return RepsReport(as_of, tuple(rows), falls, find_unqualified(record, settings))


def working_reps(record: Record) -> tuple[list[str], NDArray[np.int64]]:
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
    code, names = pd.factorize(who, sort=True)
    order = np.lexsort((code, time, lead))
    order = order[code[order] >= 0]
    first = order[np.diff(lead[order], prepend=-1) != 0]
    rep[lead[first]] = code[first]
    return [str(name) for name in names], rep


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


def _closing(
    names: Sequence[str],
    rep: NDArray[np.int64],
    record: Record,
    expected: Floats,
    promise: Floats,
    settings: AccountabilitySettings,
) -> list[RepSkills]:
    works = rep >= 0
    leads, won, due = (
        np.bincount(rep[works], weight[works], len(names)).astype(np.float64)
        for weight in (np.ones(len(rep)), record.won, expected)
    )
    closing, low, high = shrunk(won, due)
    usual = _usual_promise(record, promise, settings)
    rows = []
    for number, name in enumerate(names):
        enough = due[number] >= settings.fewest_expected
        brought, brought_won, generating = _generating(name, record, promise, usual, settings)
        row = RepSkills(
            name,
            leads=int(leads[number]),
            won=int(won[number]),
            expected=float(due[number]),
            closing=float(closing[number]) if enough else None,
            closing_low=float(low[number]) if enough else None,
            closing_high=float(high[number]) if enough else None,
            close_ratio=float(won[number] / max(leads[number], 1)),
            brought=brought,
            brought_won=brought_won,
            generating=generating[0],
            generating_low=generating[1],
            generating_high=generating[2],
        )
        rows.append(row)
    return rows


def _generating(
    name: str, record: Record, promise: Floats, usual: Floats, settings: AccountabilitySettings
) -> tuple[int, int, tuple[float | None, float | None, float | None]]:
    """Return how many leads a rep brought, how many were won, and their promise over that of all leads that reps brought."""
    nothing = (None, None, None)
    column = record.history.leads.channels.get(settings.brought_by)
    if column is None:
        return 0, 0, nothing
    mine = column == name
    due = float(usual[mine].sum())
    if due < settings.fewest_expected:
        return int(mine.sum()), int(record.won[mine].sum()), nothing
    ratio = float(promise[mine].sum()) / due
    spread = 1.645 * float(np.std(promise[mine] - ratio * usual[mine]) * np.sqrt(mine.sum())) / due
    return int(mine.sum()), int(record.won[mine].sum()), (ratio, max(ratio - spread, 0.0), ratio + spread)


def _usual_promise(record: Record, promise: Floats, settings: AccountabilitySettings) -> Floats:
    """Return for each lead (n,) what leads that any rep brought promise on the average, in the same value of the first other channel."""
    channels = record.history.leads.channels
    other = next((name for name in channels if name != settings.brought_by), None)
    code = pd.factorize(channels[other])[0] + 1 if other else np.zeros(len(promise), np.int64)
    by_reps = (
        np.array([value is not None for value in channels[settings.brought_by]])
        if settings.brought_by in channels
        else None
    )
    if by_reps is None or not by_reps.any():
        return promise
    size = int(code.max()) + 1
    total, leads = (np.bincount(code[by_reps], weight[by_reps], size) for weight in (promise, np.ones(len(promise))))
    return np.asarray((total / np.maximum(leads, 1))[code], np.float64)

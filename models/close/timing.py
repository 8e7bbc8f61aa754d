"""How soon leads that are won, and leads that are not, are known to be: what turns a probability into expected wins a day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, Microseconds
from features.history import Floats, History, Outcomes


@dataclass(frozen=True)
class Timing:
    """When outcomes become known, by days since the lead was created.

    Attributes
    ----------
    won
        Share (d,) of the wins within the horizon that are recorded on each day; sums to 1.
    lost
        Share (d,) of the other leads whose loss is recorded on each day; what is missing to 1 stays open.
    """

    won: Sequence[float]
    lost: Sequence[float]

    @classmethod
    def of(cls, won: NDArray[np.bool_], recorded_after: Microseconds, horizon_days: int) -> "Timing":
        """Count matured leads (n,): whether each was won, and after how long its outcome was recorded."""
        day = np.minimum(recorded_after // DAY, horizon_days)
        wins = np.bincount(day[won], minlength=horizon_days + 1).astype(np.float64)
        losses = np.bincount(day[~won & (day < horizon_days)], minlength=horizon_days + 1).astype(np.float64)
        others = max(int(np.count_nonzero(~won)), 1)
        return cls((wins / max(float(wins.sum()), 1.0)).tolist(), (losses / others).tolist())


@dataclass(frozen=True)
class Ledger:
    """Wins by day and group beside what the model expected, d days and g groups.

    Attributes
    ----------
    first_day
        Days since 1970-01-01 UTC.
    won, expected
        Wins recorded on each day (d, g) of leads that came in since the first, and those expected of such leads that were still open.
    slope
        By how much `expected` rises with each unit of log-odds (d, g).
    """

    first_day: int
    won: Floats
    expected: Floats
    slope: Floats


def keep_ledger(
    history: History, probability: Floats, timing: Timing, group: NDArray[np.int64], groups: int, days: range
) -> Ledger:
    """Hold the wins of each day against what was expected of the leads that were open on it and had come in since the first.

    A source goes bad from some lead on: those that it had brought before go on closing as promised, and would hide it.

    An open lead of probability p that is d days old is recorded as won on that day with probability
    p f(d) / (1 - p F(d) - (1 - p) G(d)), where f tells when wins are recorded, and F and G which wins and losses are, before that day.

    Parameters
    ----------
    probability
        Of being won within the horizon (n,), as of each lead's creation.
    group
        Group (n,) of each lead.
    days
        Days since 1970-01-01 UTC that are entered.
    """
    first = _first_outcomes(history.outcomes)
    created_day = history.leads.created_at // DAY
    last_age = len(timing.won) - 1
    known_age = np.full(len(history.leads), last_age + 1)
    is_new = created_day >= days.start
    recorded_age = np.maximum(first.recorded_at - history.leads.created_at[first.lead], 0) // DAY
    known_age[first.lead] = np.minimum(recorded_age, last_age + 1)
    size = len(days) * groups
    expected, slope, won = np.zeros(size), np.zeros(size), np.zeros(size)
    before_won, before_lost = 0.0, 0.0
    for age, (win, loss) in enumerate(zip(timing.won, timing.lost, strict=True)):
        day = created_day + age - days.start
        at_risk = np.flatnonzero(is_new & (known_age >= age) & (day < len(days))) if win else np.empty(0, np.int64)
        cell, p = day[at_risk] * groups + group[at_risk], probability[at_risk]
        open_share = np.maximum((1 - before_lost) - p * (before_won - before_lost), 1e-9)
        expected += np.bincount(cell, p * win / open_share, size)
        slope += np.bincount(cell, p * (1 - p) * win * (1 - before_lost) / open_share**2, size)
        before_won, before_lost = before_won + win, before_lost + loss
    is_win = first.won & (first.closed_at <= history.leads.created_at[first.lead] + history.schema.horizon_days * DAY)
    wins = first.take(is_win & (recorded_age <= last_age) & is_new[first.lead])
    day = created_day[wins.lead] + known_age[wins.lead] - days.start
    within = day < len(days)
    won += np.bincount(day[within] * groups + group[wins.lead[within]], minlength=size)
    shape = (len(days), groups)
    return Ledger(days.start, won.reshape(shape), expected.reshape(shape), slope.reshape(shape))


def _first_outcomes(outcomes: Outcomes) -> Outcomes:
    """Return each lead's first recorded outcome."""
    outcomes = outcomes.take(np.lexsort((outcomes.won, outcomes.closed_at, outcomes.recorded_at, outcomes.lead)))
    return outcomes.take(np.diff(outcomes.lead, prepend=-1) != 0)

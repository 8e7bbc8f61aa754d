"""What comes of nurturing: how many of the leads that were sent to it came back up the ladder, by the obstacle that was to be worked on."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.history import History, Moments
from models.decision.ladder import Ladder
from models.decision.rates import jeffreys_interval
from models.decision.routes import NURTURE
from training.judging.logged_decisions import Decided


@dataclass(frozen=True)
class Nurtured:
    """Leads that were sent to nurturing for one obstacle, and a horizon later, or at the end of their own day.

    Attributes
    ----------
    obstacle
        None where nothing spoke against them.
    leads
        Whose time has passed.
    rose, won
        Of them, those that stood on a higher step at its end or had been won, and those won.
    share, low, high
        Of those that rose, with a 90 % interval (Jeffreys).
    """

    obstacle: str | None
    leads: int
    rose: int
    won: int
    share: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def nurtured(history: History, decided: Decided, as_of: int | None = None) -> tuple[Nurtured, ...]:
    """Return what came of the leads whose first route was nurturing, by what was recorded by a time (microseconds UTC).

    Most leads first. That they rose does not say that nurturing raised them: some would have come back by themselves.
    """
    known = history if as_of is None else history.as_known_at(as_of)
    lead = pd.Index(known.leads.lead_id).get_indexer(pd.Index(decided.lead_id))
    end = known.won_until(lead.astype(np.int32), decided.as_of)
    rows = np.flatnonzero((lead >= 0) & (decided.route == NURTURE) & (end <= known.known_until))
    before = Moments(lead[rows].astype(np.int32), decided.as_of[rows])
    after = Moments(before.lead, end[rows])
    ladder = Ladder(known.schema)
    start, finish = (ladder.steps(ladder.met(known, moments)) for moments in (before, after))
    won = _won_between(known, before, after)
    counted = list(_counted(decided.obstacle[rows], (finish > start) | won, won))
    return tuple(sorted(counted, key=lambda one: (-one.leads, one.obstacle or "")))


def _won_between(history: History, before: Moments, after: Moments) -> NDArray[np.bool_]:
    final = history.outcomes.last_of_each_lead()
    won_at = np.full(len(history.leads), np.iinfo(np.int64).max)
    won_at[final.lead[final.won]] = final.closed_at[final.won]
    at = won_at[before.lead]
    return np.asarray((at > before.as_of) & (at <= after.as_of), np.bool_)


def _counted(obstacle: NDArray[np.object_], rose: NDArray[np.bool_], won: NDArray[np.bool_]) -> Iterator[Nurtured]:
    for name in dict.fromkeys(obstacle.tolist()):
        of = obstacle == name
        leads, up = int(of.sum()), int(rose[of].sum())
        yield Nurtured(name, leads, up, int(won[of].sum()), up / leads, *jeffreys_interval(up, leads))

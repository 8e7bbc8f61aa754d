"""Histories made by hand: leads of some sources, won or not after a fixed time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from features.records.clock import DAY
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema

SCHEMA = LeadSchema(fields={"source": LeadField(role="channel")}, horizon_days=60)


class Batch(NamedTuple):
    """So many leads of a source, created evenly between two days, every so many of them won."""

    source: str | None
    first_day: int
    last_day: int
    leads: int
    won: int


def history_of(batches: Sequence[Batch], known_until: int, days_to_win: float = 20.0) -> History:
    """Return a history in which wins are recorded after some days, and losses after 40."""
    created = np.concatenate([np.linspace(b.first_day, b.last_day, b.leads, endpoint=False) for b in batches])
    source = np.concatenate([np.full(b.leads, b.source, np.object_) for b in batches])
    won = np.concatenate([np.arange(b.leads) * b.won % b.leads < b.won for b in batches])
    created_at = (created * DAY).astype(np.int64)
    closed_at = created_at + (np.where(won, days_to_win, 40.0) * DAY).astype(np.int64)
    ended = np.flatnonzero(closed_at <= known_until * DAY)
    ids = np.array([f"L{number}" for number in range(len(created))], np.object_)
    outcomes = Outcomes(
        ended.astype(np.int32), closed_at[ended], closed_at[ended], won[ended], np.where(won[ended], 100.0, np.nan)
    )
    return History(SCHEMA, Leads(ids, created_at, {}, {"source": source}), Events.none(), outcomes, known_until * DAY)


def shuffled(history: History, seed: int) -> History:
    """Return the history with its rows in another order."""
    rng = np.random.default_rng(seed)
    moved = history.of_leads(np.arange(len(history.leads)))
    order = rng.permutation(len(history.leads))
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    rows = rng.permutation(len(history.outcomes))
    outcomes = history.outcomes.take(rows)
    ended = Outcomes(position[outcomes.lead], outcomes.closed_at, outcomes.recorded_at, outcomes.won, outcomes.amount)
    return History(moved.schema, history.leads.take(order), history.events, ended, history.known_until)

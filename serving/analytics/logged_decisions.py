"""The decisions that the service took, read back from its stored scores: the first of each lead, and when a rep got it later."""

import json
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from features.records.clock import NEVER
from features.records.parsing.values import FIRST
from models.decision.routes import REP, ROUTES
from serving.settings.settings import Settings
from serving.store import reading
from serving.store.engine import StoreError
from serving.store.records import StoredScore
from serving.store.store import Store, open_store
from training.judging.logged_decisions import Decided

log = logging.getLogger("glengarry")

AT_ONCE = 2000
"""Scores that are read together."""


class First(NamedTuple):
    """A lead's first decision: when, the probability and amount it went by, its route, the probability of each, and what to work on."""

    as_of: int
    probability: float
    amount: float
    route: int
    propensity: list[float]
    obstacle: str | None


def read_decided(store: Store, since: int) -> Decided:
    """Return the first decision on each lead as of a time or later (microseconds UTC).

    Scores of versions that decided nothing are left out, and so are those of leads that were erased.

    Raises
    ------
    StoreError
        If the store cannot be reached.
    """
    first: dict[str, First] = {}
    rep_at: dict[str, int] = {}
    for score in _scores(store, since):
        told = _first(score)
        if told is not None and first.setdefault(score.lead_id, told) is not told and told.route == REP:
            rep_at.setdefault(score.lead_id, told.as_of)
    every = list(first.values())
    return Decided(
        lead_id=np.array(list(first), np.object_),
        as_of=np.array([one.as_of for one in every], np.int64),
        probability=np.array([one.probability for one in every], np.float64),
        amount=np.array([one.amount for one in every], np.float64),
        route=np.array([one.route for one in every], np.int8),
        propensity=np.array([one.propensity for one in every], np.float64).reshape(len(every), len(ROUTES)),
        rep_at=np.array([rep_at.get(lead_id, NEVER) for lead_id in first], np.int64),
        obstacle=np.array([one.obstacle for one in every], np.object_),
    )


def decided_in(settings: Settings) -> Decided:
    """Return every lead's first decision that the store of these settings holds; none where the service never ran."""
    store = open_store(settings.store_url, settings.folder)
    try:
        return read_decided(store, FIRST)
    finally:
        store.close()


def decided_so_far(settings: Settings) -> Decided | None:
    """Return what `decided_in` does; None where the store cannot be reached, as a training that reads another history needs none."""
    try:
        return decided_in(settings)
    except StoreError as error:
        log.warning("the report says nothing of the routing: %s", error)
        return None


def _scores(store: Store, since: int) -> Iterator[StoredScore]:
    """Yield scores in the order of their moments, a page at a time, so that memory stays bounded."""
    after = (since, "")
    while page := store.ask(reading.scores_since, since, after, AT_ONCE):
        yield from page
        after = (page[-1].as_of, page[-1].lead_id)


def _first(score: StoredScore) -> First | None:
    answer: dict[str, Any] = {} if score.answer is None else json.loads(score.answer)
    decision = answer.get("decision")
    if decision is None:
        return None
    propensity = [float(decision["propensity"].get(route, 0.0)) for route in ROUTES]
    route = ROUTES.index(decision["route"])
    return First(score.as_of, score.probability, decision["expected_amount"], route, propensity, decision["obstacle"])

"""How far the leads that come in are from those that the champion was trained on, and whether promises hold, found out by the watch every hour.

Compared are the first scores of the leads of the last four weeks, which the store keeps with their inputs; what is scored without being
kept is not in it. Where four weeks bring too few leads, longer windows are tried. No worker has any of this to do.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice

import numpy as np
import sqlalchemy as sa

from features.matrix.matrix import Matrix
from features.records.clock import DAY
from features.settings.schema import LeadSchema
from models.accountability.promises import promises_kept
from models.registry import NoModelError, Registry, RegistryError
from serving.champion.cache import Drift, Drifted, ModelCache, Promised
from serving.runtime.storage import find_store
from serving.store.announcing import Announce, nobody
from serving.store.engine import StoreError
from serving.store.first_scores import Promises, promises_so_far
from serving.store.notices import NewNotice
from serving.store.tables import LEADS, SCORES
from training.judging.drift import BLOCK_DAYS, FILE, MIN_LEADS, drift

log = logging.getLogger("glengarry")

EVERY = 3600.0
WINDOWS_DAYS = (BLOCK_DAYS, 3 * BLOCK_DAYS, 6 * BLOCK_DAYS)
"""New leads are those of the shortest of these windows that holds enough of them: a week would differ from a year by its season alone."""
MAX_NAMED = 500
"""Leads asked for in one statement: databases limit its parameters."""
MAX_LEADS = 2_000
"""As many leads of a window, spread evenly over it, are looked at."""


class Drifting:
    """Compares now and then, and notes what it finds among the copies.

    Parameters
    ----------
    clock
        Seconds since 1970.
    announce
        Tells whoever wants to hear of what has drifted since the last look.
    """

    def __init__(
        self,
        copies: ModelCache,
        registry: Registry,
        schema: LeadSchema,
        clock: Callable[[], float],
        announce: Announce = nobody,
    ) -> None:
        self._announce = announce
        self.copies, self.registry, self.schema, self.clock = copies, registry, schema, clock
        self._next = clock()

    def look(self) -> None:
        """Compare, if an hour has passed."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY
        try:
            found = self._found()
            self._announce(drift_notices(self.copies.drift(), found))
            self.copies.note_drift(found)
        except (NoModelError, RegistryError, StoreError) as error:
            log.warning("drift of inputs is not told for now: %s", error)

    def _found(self) -> Drift:
        reference = self.registry.document(self.registry.version_of(), FILE)
        if reference is None:  # of a version that was trained before it was kept
            return Drift(leads=0)
        store, now = find_store(os.environ), round(self.clock() * 1e6)
        try:
            X = store.ask(new_inputs, now, reference["columns"])
            said = store.ask(promises_so_far, now, self.schema)
        finally:
            store.close()
        shifts = drift(reference, X) or ()
        drifted = [
            Drifted(feature=one.feature, subject=one.subject, distance=one.distance, drifted=one.drifted)
            for one in shifts
        ]
        return Drift(leads=len(X), features=tuple(drifted), promises=_promises(said, reference["won_by_day"]))


def drift_notices(before: Drift | None, after: Drift) -> list[NewNotice]:
    """Return what is to be told where more has drifted, or other promises do not hold, than at the last look."""
    was, now = _off(before), _off(after)
    if now <= was:
        return []
    return [NewNotice("inputs.drifted", {"before": {"off": sorted(was)}, "after": {"off": sorted(now)}})]


def _off(drift: Drift | None) -> set[str]:
    """Return in words the subjects of what has drifted, and the ages of the promises that do not hold."""
    if drift is None:
        return set()
    subjects = {one.subject for one in drift.features if one.drifted}
    return subjects | {f"promises of {one.from_days} days ago and more" for one in drift.promises if one.off}


def _promises(said: Promises, won_by_day: Sequence[float]) -> tuple[Promised, ...]:
    """Return what became of the promises of the store's scores, by how long ago they were given."""
    if not won_by_day:
        return ()
    kept = promises_kept(said.probability, said.scored_ago, said.won, won_by_day)
    return tuple(Promised.model_validate(asdict(one)) for one in kept)


def new_inputs(connection: sa.Connection, now: int, features: int) -> Matrix:
    """Return the inputs (n, features) of the first scores of new leads, if these were scored on the day of their creation."""
    X = np.empty((0, features), np.float32)
    for days in WINDOWS_DAYS:
        X = first_inputs(connection, now - days * DAY, features)
        if len(X) >= MIN_LEADS:
            break
    return X


def first_inputs(connection: sa.Connection, since: int, features: int) -> Matrix:
    """Return the inputs (n, features) of the first scores of leads created since a time, spread evenly over them if there are many."""
    first = sa.func.min(SCORES.c.as_of).label("as_of")
    query = (
        sa.select(SCORES.c.lead_id, first, LEADS.c.created_at)
        .join(LEADS, LEADS.c.lead_id == SCORES.c.lead_id)
        .where(LEADS.c.created_at >= since)
        .group_by(SCORES.c.lead_id, LEADS.c.created_at)
        .order_by(first, SCORES.c.lead_id)
    )
    fresh = [row for row in connection.execute(query) if row.as_of - row.created_at < DAY]
    evenly = fresh[:: max(-(-len(fresh) // MAX_LEADS), 1)]
    first_of = {row.lead_id: row.as_of for row in evenly}
    kept: list[list[float]] = []
    for leads in batched(first_of, MAX_NAMED):
        asked = sa.select(SCORES.c.lead_id, SCORES.c.as_of, SCORES.c.inputs).where(SCORES.c.lead_id.in_(leads))
        kept += [
            row.inputs[:features]
            for row in connection.execute(asked)
            if row.as_of == first_of[row.lead_id] and row.inputs and len(row.inputs) >= features
        ]
    return np.array(kept, np.float32).reshape(-1, features)


def batched(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield names in lists of at most so many.

    Examples
    --------
    >>> list(batched("abc", 2))
    [['a', 'b'], ['c']]
    """
    rest = iter(names)
    while part := list(islice(rest, size)):
        yield part

"""How far the leads that come in are from those that the champion was trained on, found out by the watch every hour.

Compared are the first scores of the latest leads, which the store keeps with their inputs; what is scored without being kept is not in it.
No worker has any of this to do.
"""

import logging
import os
from collections.abc import Callable

import numpy as np
import sqlalchemy as sa

from features.clock import DAY
from features.matrix import Matrix
from models.registry import NoModelError, Registry, RegistryError
from serving.copies import Copies, Drift, Drifted
from serving.storage import find_store
from serving.store.engine import StoreError
from serving.store.tables import LEADS, SCORES
from training.arrivals import FILE, drift

log = logging.getLogger("glengarry")

EVERY = 3600.0
MOST_LEADS = 2_000
"""So many leads, the latest, are looked at."""


class Drifting:
    """Compares now and then, and notes what it finds among the copies.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def __init__(self, copies: Copies, registry: Registry, clock: Callable[[], float]) -> None:
        self.copies, self.registry, self.clock = copies, registry, clock
        self._next = clock()

    def look(self) -> None:
        """Compare, if an hour has passed."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY
        try:
            self.copies.note_drift(self._found())
        except (NoModelError, RegistryError, StoreError) as error:
            log.warning("drift of inputs is not told for now: %s", error)

    def _found(self) -> Drift:
        reference = self.registry.document(self.registry.version_of(), FILE)
        if reference is None:  # of a version that was trained before it was kept
            return Drift(leads=0)
        store = find_store(os.environ)
        try:
            X = store.ask(first_inputs, len(reference["features"]))
        finally:
            store.close()
        found = drift(reference, X)
        subjects = {told["feature"]: told["subject"] for told in reference["features"]}
        drifted = [Drifted(feature=name, subject=subjects[name], distance=far) for name, far in (found or {}).items()]
        return Drift(leads=len(X), features=tuple(drifted))


def first_inputs(connection: sa.Connection, features: int) -> Matrix:
    """Return the inputs (n, features) of the first scores of the latest leads, if these were scored on the day of their creation."""
    first = (
        sa.select(SCORES.c.lead_id, sa.func.min(SCORES.c.as_of).label("as_of")).group_by(SCORES.c.lead_id).subquery()
    )
    query = (
        sa.select(SCORES.c.inputs, SCORES.c.as_of, LEADS.c.created_at)
        .join(first, (SCORES.c.lead_id == first.c.lead_id) & (SCORES.c.as_of == first.c.as_of))
        .join(LEADS, LEADS.c.lead_id == SCORES.c.lead_id)
        .order_by(SCORES.c.as_of.desc())
        .limit(MOST_LEADS)
    )
    rows = connection.execute(query).all()
    fresh = [row.inputs for row in rows if row.inputs is not None and row.as_of - row.created_at < DAY]
    X = np.array([inputs[:features] for inputs in fresh if len(inputs) >= features], np.float32)
    return X.reshape(-1, features)

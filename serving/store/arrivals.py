"""When leads came in, by where they came from: for whoever looks whether a source has fallen silent."""

from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from features.records.clock import Microseconds, duration
from serving.store.tables import LEADS

TOLD_WITHIN = duration(timedelta(days=7))
"""A lead that is told of later than this after its creation was imported, and says nothing of when it came."""
MAX_SOURCES = 200
EVERY_SOURCE = "any source"
"""What all of them together are called: no lead has come from any source."""


def arrivals_since(connection: sa.Connection, since: int) -> dict[str, Microseconds]:
    """Return when leads came in (n,) since a time, of all sources together and of each, the ones with most leads first."""
    query = sa.select(LEADS.c.source, LEADS.c.stored_at, LEADS.c.created_at).where(LEADS.c.stored_at >= since)
    rows = [row for row in connection.execute(query) if row.stored_at - row.created_at <= TOLD_WITHIN]
    by_source: dict[str, list[int]] = {}
    for row in rows:
        if row.source is not None:
            by_source.setdefault(row.source, []).append(row.stored_at)
    largest = sorted(by_source, key=lambda source: (-len(by_source[source]), source))[:MAX_SOURCES]
    every = {EVERY_SOURCE: [row.stored_at for row in rows], **{source: by_source[source] for source in largest}}
    return {source: np.array(times, np.int64) for source, times in every.items()}

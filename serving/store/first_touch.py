"""How soon new leads are touched: when each came in, where it goes and came from, whose it is, and when a rep first did something."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.reading import is_touch
from serving.store.tables import EVENTS, LEADS


@dataclass(frozen=True)
class FirstTouch:
    """A lead that came in lately: until when it waited for the first touch (microseconds UTC), None if it still waits; those that closed without one are none of these."""

    created_at: int
    touched_at: int | None
    route: str | None
    source: str | None
    rep: str | None


def first_touches(connection: sa.Connection, since: int, ours: Sequence[str]) -> list[FirstTouch]:
    """Return the first touch of each lead that came in since a time (microseconds UTC).

    Parameters
    ----------
    ours
        The kinds of events in which a rep acts, where an event itself does not say who did.
    """
    place = sa.func.row_number().over(partition_by=EVENTS.c.lead_id, order_by=(EVENTS.c.occurred_at, EVENTS.c.event_id))
    ranked = (
        sa.select(EVENTS.c.lead_id, EVENTS.c.occurred_at, EVENTS.c.rep_id, place.label("place"))
        .select_from(EVENTS.join(LEADS, LEADS.c.lead_id == EVENTS.c.lead_id))
        .where(is_touch(ours), LEADS.c.created_at >= since)
        .where(EVENTS.c.occurred_at >= LEADS.c.created_at)
        .subquery()
    )
    first = sa.and_(ranked.c.lead_id == LEADS.c.lead_id, ranked.c.place == 1)
    query = (
        sa.select(
            LEADS.c.created_at,
            ranked.c.occurred_at.label("touched_at"),
            LEADS.c.route,
            LEADS.c.source,
            sa.func.coalesce(ranked.c.rep_id, LEADS.c.owner).label("rep"),
        )
        .select_from(LEADS.outerjoin(ranked, first))
        .where(LEADS.c.created_at >= since, LEADS.c.erased_at.is_(None))
        .where(sa.or_(LEADS.c.status == "open", ranked.c.occurred_at.is_not(None)))
    )
    return [FirstTouch(**row) for row in connection.execute(query).mappings()]

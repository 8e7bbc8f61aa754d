"""The open leads in sums: how many, how many of them are to be won, where they go, and which of them nobody has touched."""

from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.tables import LEADS


@dataclass(frozen=True)
class OpenLeads:
    """The open leads of one route, or of none that is known.

    Attributes
    ----------
    leads, scored, unowned
        How many there are, how many of them have a score, and how many nobody has worked.
    expected, variance
        Of the number of wins, if every probability holds and leads end independently.
    oldest_unowned
        When the first of those came in that nobody has worked, microseconds UTC.
    """

    route: str | None
    leads: int
    scored: int
    unowned: int
    expected: float
    variance: float
    oldest_unowned: int | None


def open_leads(connection: sa.Connection) -> list[OpenLeads]:
    """Return the open leads by where they go."""
    p, unowned = LEADS.c.probability, LEADS.c.owner.is_(None)
    query = (
        sa.select(
            LEADS.c.route,
            sa.func.count().label("leads"),
            sa.func.count(p).label("scored"),
            sa.func.sum(sa.case((unowned, 1), else_=0)).label("unowned"),
            sa.func.coalesce(sa.func.sum(p), 0.0).label("expected"),
            sa.func.coalesce(sa.func.sum(p * (1 - p)), 0.0).label("variance"),
            sa.func.min(sa.case((unowned, LEADS.c.created_at)), type_=LEADS.c.created_at.type).label("oldest_unowned"),
        )
        .where(LEADS.c.status == "open")
        .group_by(LEADS.c.route)
    )
    rows = connection.execute(query).mappings()
    return [
        OpenLeads(
            row["route"],
            int(row["leads"]),
            int(row["scored"]),
            int(row["unowned"]),
            float(row["expected"]),
            float(row["variance"]),
            row["oldest_unowned"],
        )
        for row in rows
    ]

"""Questions about what was set aside: of a lead, and of all by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.tables import SET_ASIDE


@dataclass(frozen=True)
class Aside:
    """A value that came with a lead and could not be read."""

    lead_id: str
    name: str
    value: str
    rule: str
    remedy: str
    stored_at: int


@dataclass(frozen=True)
class AsideCount:
    """How many values of a name were set aside by one rule, with the latest of them."""

    name: str
    rule: str
    remedy: str
    count: int
    latest_at: int
    example: str


def aside_of(connection: sa.Connection, lead_id: str) -> list[Aside]:
    """Return what was set aside of a lead, the latest first."""
    query = sa.select(*_COLUMNS).where(SET_ASIDE.c.lead_id == lead_id)
    rows = connection.execute(query.order_by(SET_ASIDE.c.stored_at.desc(), SET_ASIDE.c.name)).mappings()
    return [Aside(**row) for row in rows]


def aside_of_all(connection: sa.Connection, lead_ids: Sequence[str]) -> dict[str, list[Aside]]:
    """Return what was set aside of each of some leads, by the lead's id."""
    query = sa.select(*_COLUMNS).where(SET_ASIDE.c.lead_id.in_(lead_ids)).order_by(SET_ASIDE.c.name)
    found: dict[str, list[Aside]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["lead_id"], []).append(Aside(**row))
    return found


def aside_by_name(connection: sa.Connection, most: int) -> list[AsideCount]:
    """Return what was set aside by name and rule, the commonest first."""
    named = (SET_ASIDE.c.name, SET_ASIDE.c.rule, SET_ASIDE.c.remedy)
    count, latest = sa.func.count().label("count"), sa.func.max(SET_ASIDE.c.stored_at).label("latest_at")
    example = sa.func.max(SET_ASIDE.c.value).label("example")
    query = sa.select(*named, count, latest, example).group_by(*named)
    rows = connection.execute(query.order_by(count.desc(), SET_ASIDE.c.name).limit(most)).mappings()
    return [AsideCount(**row) for row in rows]


def named_aside(connection: sa.Connection, names: Sequence[str], most: int) -> list[Aside]:
    """Return what was set aside under some names, the earliest first."""
    query = sa.select(*_COLUMNS).where(SET_ASIDE.c.name.in_(names)).order_by(SET_ASIDE.c.stored_at).limit(most)
    return [Aside(**row) for row in connection.execute(query).mappings()]


_COLUMNS = [SET_ASIDE.c[name] for name in Aside.__dataclass_fields__]

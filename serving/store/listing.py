"""Lists of leads: filtered, in an order, a page at a time, each from an index however many leads there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from serving.store.reading import columns_of
from serving.store.records import STATUSES, LeadStanding, Status
from serving.store.tables import LEADS

Order = Literal["-created_at", "created_at", "-probability", "probability", "-expected_value", "expected_value"]
ORDERS: tuple[Order, ...] = (
    "-created_at",
    "created_at",
    "-probability",
    "probability",
    "-expected_value",
    "expected_value",
)
EQUAL = ("route", "step", "source", "owner")
"""Filters that name a value of a column."""


@dataclass(frozen=True)
class Page:
    """Which leads are wanted.

    Attributes
    ----------
    least_probability, below_probability
        From the one to less than the other.
    search
        What the lead's id or name holds, in whatever case.
    after
        The last place (value of the order, lead_id) of the page before.
    """

    order: Order = "-created_at"
    status: Status | None = None
    route: str | None = None
    step: str | None = None
    source: str | None = None
    owner: str | None = None
    least_probability: float | None = None
    below_probability: float | None = None
    created_since: int | None = None
    changed_since: int | None = None
    search: str | None = None
    after: tuple[float | int, str] | None = None
    most: int = 50


def list_leads(connection: sa.Connection, page: Page) -> list[LeadStanding]:
    """Return a page of leads; those are left out that lack what the order is by."""
    falls, column = page.order.startswith("-"), LEADS.c[page.order.removeprefix("-")]
    query = columns_of(LEADS, LeadStanding).where(*_filters(page), column.is_not(None))
    if page.after is not None:
        place = sa.tuple_(column, LEADS.c.lead_id)
        bound = sa.tuple_(sa.literal(page.after[0], column.type), sa.literal(page.after[1]))
        query = query.where(place < bound if falls else place > bound)
    # Those of each status lie in order in an index, and are merged; leads of whatever status would have to be sorted.
    parts = sa.union_all(*(query.where(LEADS.c.status == status) for status in _statuses(page)))
    ordered = [parts.selected_columns[name] for name in (column.name, "lead_id")]
    parts = parts.order_by(*(part.desc() if falls else part.asc() for part in ordered))
    rows = connection.execute(parts.limit(page.most)).mappings()
    return [LeadStanding(**row) for row in rows]


def count_leads(connection: sa.Connection, page: Page, found: Sequence[LeadStanding]) -> int:
    """Return how many leads all pages hold, of which one holds those that were found."""
    if page.after is None and len(found) < page.most:
        return len(found)
    column = LEADS.c[page.order.removeprefix("-")]
    statuses = LEADS.c.status.in_(_statuses(page))
    query = sa.select(sa.func.count()).select_from(LEADS).where(statuses, *_filters(page), column.is_not(None))
    return int(connection.execute(query).scalar_one())


def _statuses(page: Page) -> tuple[Status, ...]:
    """Return the statuses that are listed; erased leads have another."""
    return STATUSES if page.status is None else (page.status,)


def _filters(page: Page) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = [
        LEADS.c[name] == value for name in EQUAL if (value := getattr(page, name)) is not None
    ]
    if page.least_probability is not None:
        filters.append(LEADS.c.probability >= page.least_probability)
    if page.below_probability is not None:
        filters.append(LEADS.c.probability < page.below_probability)
    times = {"created_at": page.created_since, "changed_at": page.changed_since}
    filters += [LEADS.c[name] >= since for name, since in times.items() if since is not None]
    if page.search is not None:
        filters.append(LEADS.c.searched.contains(page.search.casefold(), autoescape=True))
    return filters


def moves_since(connection: sa.Connection, time: int, least: float, most: int) -> list[LeadStanding]:
    """Return the open leads whose scores since a time moved them most, by at least so much."""
    moved = LEADS.c.moved
    query = columns_of(LEADS, LeadStanding).where(LEADS.c.status == "open", LEADS.c.scored_as_of >= time).limit(most)
    rising = query.where(moved >= least).order_by(moved.desc(), LEADS.c.lead_id)
    falling = query.where(moved <= -least).order_by(moved, LEADS.c.lead_id)
    found = [LeadStanding(**row) for way in (rising, falling) for row in connection.execute(way).mappings()]
    return sorted(found, key=lambda lead: (-abs(lead.moved or 0), lead.lead_id))[:most]


def values_of(connection: sa.Connection, name: Literal["source", "owner"]) -> list[str]:
    """Return the values that open leads have in a column, in their order.

    Each is looked up in the index as the least one past the last: `DISTINCT` would read an entry of every open lead.
    """
    column: sa.Column[Any] = LEADS.c[name]
    least = sa.select(sa.func.min(column).label("value")).where(LEADS.c.status == "open")
    found = least.cte("found", recursive=True)
    following = least.where(column > found.c.value).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.value.is_not(None)))
    query = sa.select(found.c.value).where(found.c.value.is_not(None))
    return [str(value) for value in connection.execute(query).scalars()]

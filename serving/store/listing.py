"""Lists of leads: filtered, in an order, a page at a time, each from an index however many leads there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import sqlalchemy as sa

from serving.schemas.vocabulary import STATUSES, Status
from serving.store.reading import columns_of, is_touch
from serving.store.records import LeadStanding
from serving.store.tables import ACTS, EVENTS, LEADS

Order = Literal["-created_at", "created_at", "-probability", "probability", "-expected_value", "expected_value"]
ORDERS: tuple[Order, ...] = get_args(Order)
MIN_RANKED = 10
"""Open leads from which on it is said how many of them are less likely."""
EQUAL = ("route", "step", "source", "owner")
"""Filters that name a value of a column."""


@dataclass(frozen=True)
class ListingPage:
    """Which leads are wanted.

    Attributes
    ----------
    least_probability, below_probability
        From the one to less than the other.
    unowned, owned
        Those that nobody has worked, and that were given to nobody; those that are somebody's.
    least_move
        Those whose score rose by at least so much, as of `scored_since` or later.
    created_before, untouched_by
        Those that came in before a time, and with which nothing of these kinds has been done, nor anything by a rep.
    reminded
        Those of which a key wanted to be reminded.
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
    unowned: bool = False
    owned: bool = False
    least_move: float | None = None
    scored_since: int | None = None
    created_before: int | None = None
    untouched_by: tuple[str, ...] | None = None
    reminded: str | None = None
    least_probability: float | None = None
    below_probability: float | None = None
    created_since: int | None = None
    changed_since: int | None = None
    search: str | None = None
    after: tuple[float | int, str] | None = None
    most: int = 50


def list_leads(connection: sa.Connection, page: ListingPage) -> list[LeadStanding]:
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


def leads_named(connection: sa.Connection, lead_ids: Sequence[str]) -> list[LeadStanding]:
    """Return leads by their ids, in that order; those that are erased or not there are left out."""
    query = columns_of(LEADS, LeadStanding).where(LEADS.c.lead_id.in_(lead_ids), LEADS.c.status.in_(STATUSES))
    found = {row["lead_id"]: LeadStanding(**row) for row in connection.execute(query).mappings()}
    return [found[lead_id] for lead_id in lead_ids if lead_id in found]


def count_leads(connection: sa.Connection, page: ListingPage, found: Sequence[LeadStanding]) -> int:
    """Return how many leads all pages hold, of which one holds those that were found."""
    if page.after is None and len(found) < page.most:
        return len(found)
    column = LEADS.c[page.order.removeprefix("-")]
    statuses = LEADS.c.status.in_(_statuses(page))
    query = sa.select(sa.func.count()).select_from(LEADS).where(statuses, *_filters(page), column.is_not(None))
    return int(connection.execute(query).scalar_one())


def _statuses(page: ListingPage) -> tuple[Status, ...]:
    """Return the statuses that are listed; erased leads have another."""
    return STATUSES if page.status is None else (page.status,)


def _filters(page: ListingPage) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = [
        LEADS.c[name] == value for name in EQUAL if (value := getattr(page, name)) is not None
    ]
    if page.unowned:
        filters.append(LEADS.c.owner.is_(None))
    if page.owned:
        filters.append(LEADS.c.owner.is_not(None))
    if page.least_move is not None:
        filters.append(LEADS.c.moved >= page.least_move)
    if page.created_before is not None:
        filters.append(LEADS.c.created_at < page.created_before)
    if page.untouched_by is not None:
        touched = sa.select(EVENTS.c.lead_id).where(EVENTS.c.lead_id == LEADS.c.lead_id, is_touch(page.untouched_by))
        filters.append(~touched.exists())
    if page.reminded is not None:
        of_key = (ACTS.c.kind == "remind", ACTS.c.key_id == page.reminded, ACTS.c.undone_at.is_(None))
        filters.append(sa.select(ACTS.c.act_id).where(ACTS.c.lead_id == LEADS.c.lead_id, *of_key).exists())
    if page.least_probability is not None:
        filters.append(LEADS.c.probability >= page.least_probability)
    if page.below_probability is not None:
        filters.append(LEADS.c.probability < page.below_probability)
    times = {"created_at": page.created_since, "changed_at": page.changed_since, "scored_as_of": page.scored_since}
    filters += [LEADS.c[name] >= since for name, since in times.items() if since is not None]
    if page.search is not None:
        filters.append(LEADS.c.searched.contains(page.search.casefold(), autoescape=True))
    return filters


def moves_since(
    connection: sa.Connection, time: int, least: float, most: int, owner: str | None = None
) -> list[LeadStanding]:
    """Return the open leads, of all or of one owner, whose scores since a time moved them most, by at least so much."""
    moved = LEADS.c.moved
    query = columns_of(LEADS, LeadStanding).where(LEADS.c.status == "open", LEADS.c.scored_as_of >= time).limit(most)
    query = query if owner is None else query.where(LEADS.c.owner == owner)
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


def owner_of(connection: sa.Connection, lead_id: str) -> str | None:
    """Return whose lead it is; None where nobody has worked it."""
    found = connection.execute(sa.select(LEADS.c.owner).where(LEADS.c.lead_id == lead_id)).scalar()
    return None if found is None else str(found)


def rank_of(connection: sa.Connection, probability: float) -> float | None:
    """Return the share of the open leads that are less likely than this; None where too few have a score."""
    scored = sa.select(sa.func.count()).where(LEADS.c.status == "open", LEADS.c.probability.is_not(None))
    total = int(connection.execute(scored).scalar_one())
    if total < MIN_RANKED:
        return None
    return int(connection.execute(scored.where(LEADS.c.probability < probability)).scalar_one()) / total


@dataclass(frozen=True)
class PlaceInList:
    """Where a lead stands in a list, from 1, how many there are, and which follows; None on the last one."""

    place: int
    total: int
    following: str | None


def place_in(connection: sa.Connection, page: ListingPage, lead_id: str) -> PlaceInList | None:
    """Return where a lead stands in all pages of a list; None where it is not in it."""
    column = LEADS.c[page.order.removeprefix("-")]
    inside = (LEADS.c.status.in_(_statuses(page)), *_filters(page), column.is_not(None))
    value = connection.execute(sa.select(column).where(LEADS.c.lead_id == lead_id, *inside)).scalar()
    if value is None:
        return None
    place = sa.tuple_(column, LEADS.c.lead_id)
    here = sa.tuple_(sa.literal(value, column.type), sa.literal(lead_id))
    before = place > here if page.order.startswith("-") else place < here
    counted = sa.select(sa.func.count()).select_from(LEADS).where(*inside)
    ahead, total = (int(connection.execute(query).scalar_one()) for query in (counted.where(before), counted))
    following = list_leads(connection, replace(page, after=(value, lead_id), most=1))
    return PlaceInList(ahead + 1, total, following[0].lead_id if following else None)

"""`GET /leads`: lists of leads, filtered, in an order, a page at a time."""

from collections.abc import Mapping
from typing import Any, get_args

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_datetime
from features.settings.ladder import STEPS
from models.decision.routes import Route
from serving.api.lead import asked
from serving.api.parameters import (
    only,
    read_choice,
    read_cursor,
    read_limit,
    read_share,
    read_text,
    read_time,
    write_cursor,
)
from serving.schemas.records import LeadPage, ListedLead
from serving.schemas.vocabulary import STATUSES
from serving.store.listing import ORDERS, ListingPage, list_leads
from serving.store.records import LeadStanding

FIRST_PAGE = ListingPage()
CHOICES: Mapping[str, tuple[str, ...]] = {
    "order": ORDERS,
    "status": STATUSES,
    "route": get_args(Route),
    "step": STEPS,
}
"""Parameters that have one of these values."""
TEXTS = ("source", "owner", "search")
SHARES = ("least_probability", "below_probability")
TIMES = ("created_since", "changed_since")
PARAMETERS = frozenset({*CHOICES, *TEXTS, *SHARES, *TIMES, "limit", "cursor"})


async def listing(request: Request) -> Response:
    """List leads."""
    page = read_page(request.query_params)
    found: list[LeadStanding] = await asked(request, list_leads, page)
    return Response(page_of_leads(page, found).model_dump_json(), media_type="application/json")


def page_of_leads(page: ListingPage, found: list[LeadStanding]) -> LeadPage:
    """Return the leads of a page as they are told."""
    return LeadPage(leads=tuple(map(_listed, found)), next=cursor_after(page, found))


def _listed(lead: LeadStanding) -> ListedLead:
    times = {"as_of": lead.scored_as_of, "changed_at": lead.changed_at, "created_at": lead.created_at}
    told = {name: getattr(lead, name) for name in ListedLead.model_fields if name not in times}
    told |= {name: None if time is None else to_datetime(time) for name, time in times.items()}
    return ListedLead.model_validate(told)


def read_page(given: QueryParams) -> ListingPage:
    """Return the page that a query asks for.

    Raises
    ------
    RefusedError
        Naming the parameter that breaks a rule.
    """
    only(given, PARAMETERS)
    read: dict[str, Any] = {name: read_choice(given, name, values) for name, values in CHOICES.items()}
    for names, reader in ((TEXTS, read_text), (SHARES, read_share), (TIMES, read_time)):
        read |= {name: reader(given, name) for name in names}
    order = read.pop("order") or FIRST_PAGE.order
    limit, kind = read_limit(given) or FIRST_PAGE.most, int if order.endswith("created_at") else float
    return ListingPage(order, **read, most=limit, after=read_cursor(given, order, kind))


def cursor_after(page: ListingPage, found: list[LeadStanding]) -> str | None:
    """Return the place after a page; None on the last one."""
    if len(found) < page.most:
        return None
    return write_cursor(page.order, getattr(found[-1], page.order.removeprefix("-")), found[-1].lead_id)

"""`/pages/cards/{token}`: the card of one lead, which a signed link opens without a login: it is read, and nothing is done on it."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from features.records.clock import to_microseconds
from serving.api.card_links import Card
from serving.api.lead import asked
from serving.api.queue import first_order
from serving.api.services import services_of
from serving.pages.lead import lead_page
from serving.pages.render import Frame, render
from serving.pages.routes.lead import Reader, read_lead
from serving.schemas.problems import RefusedError
from serving.store.listing import ListingPage

OVER = "This link is not good any more. Load the record in the CRM anew, and it gets another."
GONE = "This lead is not here any more."


async def card(request: Request) -> Response:
    """Show the card of a lead."""
    champion = services_of(request).champion
    opened = await _opened(request)
    if opened is None:
        return _said(OVER, HTTPStatus.FORBIDDEN)
    now = to_microseconds(datetime.now(UTC))
    reader = Reader("", ListingPage(order=first_order(champion), status="open"), False, "", now)
    try:
        _, known = await asked(request, read_lead, opened.lead_id, champion, reader)
    except RefusedError:
        return _said(GONE, HTTPStatus.NOT_FOUND)
    page = lead_page(known, champion.intake, now, champion.limits.currency)
    return HTMLResponse(render("card", Frame(), page=page))


async def _opened(request: Request) -> Card | None:
    """Return what the link of a request opens: nothing once its time is over, or the key revoked that asked for it."""
    cards = services_of(request).cards
    found = cards.read(request.path_params["token"], time.time())
    if found is None:
        return None
    ring = services_of(request).keys
    return found if await run_in_threadpool(ring.good, found.key_id) is not None else None


def _said(words: str, status: HTTPStatus) -> Response:
    return HTMLResponse(render("card", Frame(), page=None, words=words), status)

"""`GET /leads/{id}/card`: a signed link to the card of one lead, which a CRM shows in a frame without a login."""

import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from serving.api.card_links import Card
from serving.api.lead import asked, find_lead, lead_id_of
from serving.api.services import services_of
from serving.schemas.records import CardLink
from serving.store.keys import Key

CARDS = "/pages/cards"
HOUR = 3_600


async def card(request: Request) -> Response:
    """Answer with a link to the card of a lead, if there is one."""
    lead_id = lead_id_of(request)
    await asked(request, find_lead, lead_id)
    url, ends_at = link_to(request, lead_id)
    message = CardLink(url=url, until=datetime.fromtimestamp(ends_at, UTC))
    return Response(message.model_dump_json(), media_type="application/json")


def link_to(request: Request, lead_id: str) -> tuple[str, int]:
    """Return a link to the card of a lead, good for the key of whoever asks, and until when it is (seconds since 1970)."""
    champion = services_of(request).champion
    key: Key = request.state.key
    cards = services_of(request).cards
    ends_at = int(time.time()) + champion.limits.card_hours * HOUR
    token = cards.write(Card(lead_id, key.key_id, ends_at))
    return f"{address_of(request)}{CARDS}/{token}", ends_at


def address_of(request: Request) -> str:
    """Return where people reach the service: as the settings have it, or else as whoever asks does; behind a proxy, that is HTTPS."""
    champion = services_of(request).champion
    scheme = "https" if champion.limits.https else request.url.scheme
    return champion.deployment.login.address.rstrip("/") or f"{scheme}://{request.url.netloc}"

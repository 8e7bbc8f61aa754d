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
    return f"{request.url.scheme}://{request.url.netloc}{CARDS}/{token}", ends_at

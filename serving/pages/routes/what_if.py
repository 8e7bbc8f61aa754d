"""The page on which answers are supposed and nothing is kept."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_microseconds
from serving.analytics.what_if import not_known_yet, suppose
from serving.api.lead import asked, find_lead
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.pages.contacts import names_of
from serving.pages.routes.answers import page
from serving.pages.routes.entry import field
from serving.pages.what_if import WhatIfPage, what_if_page
from serving.schemas.score import Score
from serving.store import reading

BEFORE = "answer-"
"""With it the name of a form's field begins that supposes an answer."""


async def show(request: Request, lead_id: str, form: Any) -> Response:
    """Show what the answers of a form would make of a lead's score."""
    champion = services_of(request).champion
    answers = {name: value for name in champion.intake.answers if (value := field(form, f"{BEFORE}{name}"))}
    now = to_microseconds(datetime.now(UTC))
    shown = await asked(request, _page, lead_id, champion, answers, now)
    return page(request, "what_if", page=shown)


def _page(connection: sa.Connection, lead_id: str, champion: Champion, answers: dict[str, str], now: int) -> WhatIfPage:
    lead = find_lead(connection, lead_id)
    events = sorted(reading.standing_events(connection, lead_id), key=lambda event: event.occurred_at)
    other = not_known_yet(connection, lead, answers, champion.intake)
    scores = suppose(connection, champion, lead, other, now) if other else None
    both = (
        (scores.now, scores.then)
        if scores is not None and isinstance(scores.now, Score) and isinstance(scores.then, Score)
        else None
    )
    return what_if_page(lead, names_of(lead, champion.intake)[0], events, answers, both, champion.intake)

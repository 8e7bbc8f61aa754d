"""`GET /leads/{lead_id}/what-if`: what other answers would make of a lead's score; nothing of it is kept."""

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_datetime, to_microseconds
from serving.analytics.what_if import moved_reasons, not_known_yet, suppose
from serving.api.lead import asked, find_lead, lead_id_of
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.schemas.problems import INVALID_LEAD, INVALID_REQUEST, RefusedError, refusal
from serving.schemas.records import WhatIf
from serving.schemas.score import Problem, Score


async def what_if(request: Request) -> Response:
    """Tell what the answers in the address of a request would make of a lead's score."""
    now = to_microseconds(datetime.now(UTC))
    champion = services_of(request).champion
    told = await asked(request, _supposed, lead_id_of(request), champion, dict(request.query_params), now)
    return Response(told.model_dump_json(), media_type="application/json")


def _supposed(
    connection: sa.Connection, lead_id: str, champion: Champion, answers: Mapping[str, str], now: int
) -> WhatIf:
    if not answers:
        rule = f"must suppose at least one of {', '.join(champion.intake.answers)}"
        raise refusal(INVALID_REQUEST, "answers", rule, "none", "name a question with its answer")
    lead = find_lead(connection, lead_id)
    other = not_known_yet(connection, lead, answers, champion.intake)
    before, after = map(_scored, suppose(connection, champion, lead, other, now))
    return WhatIf(
        lead_id=lead_id,
        as_of=to_datetime(now),
        supposed=other,
        now=before.probability,
        then=after.probability,
        route_now=None if before.decision is None else before.decision.route,
        route_then=None if after.decision is None else after.decision.route,
        moves=tuple(moved_reasons(before, after)),
    )


def _scored(score: Score | Problem) -> Score:
    if isinstance(score, Problem):
        problem = score.model_copy(update={"type": INVALID_LEAD.type, "title": INVALID_LEAD.title})
        raise RefusedError(problem)
    return score

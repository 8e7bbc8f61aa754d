"""`/pages/leads/{lead_id}`: why a lead's score is what it is."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.clock import to_microseconds
from serving.champion import Champion
from serving.changes import Course, by_what_tells, changes_of
from serving.messages import Score
from serving.pages.lead import Known, lead_page
from serving.routes.asking import asked, find_course, lead_id_of
from serving.routes.pages.answers import page
from serving.similar import similar_to
from serving.store import reading
from serving.store.feedback import feedback_of


async def lead(request: Request) -> Response:
    """Show a lead."""
    champion: Champion = request.app.state.champion
    now = to_microseconds(datetime.now(UTC))
    course, known = await asked(request, _known, lead_id_of(request), champion)
    changes = await run_in_threadpool(changes_of, course, request.app.state.shelf)
    return page(request, "lead", page=lead_page(replace(known, changes=changes), champion.model.schema, now))


def _known(connection: sa.Connection, lead_id: str, champion: Champion) -> tuple[Course, Known]:
    course = by_what_tells(find_course(connection, lead_id))
    lead, events, scores = course
    return course, Known(
        lead,
        events,
        reading.outcomes_of(connection, [lead_id]).get(lead_id, []),
        [Score.model_validate_json(score.answer or "") for score in scores],
        similar=similar_to(connection, champion, lead, scores[-1]) if scores else None,
        opinions=feedback_of(connection, lead_id),
    )

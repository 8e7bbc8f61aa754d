"""`/pages/feedback`: what reps have said of scores; and the form on a lead's page in which they say it."""

from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from features.records.clock import to_microseconds
from features.records.leads.checking import BadLeadError
from serving.api.auth import written
from serving.api.feedback import feedback_after, read_feedback_page
from serving.api.lead import lead_id_of
from serving.api.services import services_of
from serving.intake.calls import Call
from serving.intake.checks import read_feedback
from serving.intake.feedback import StoreFeedback
from serving.pages.feedback import feedback_list, objection_records
from serving.pages.queue import lead_path
from serving.pages.routes.answers import page
from serving.pages.routes.entry import SEE_OTHER, field
from serving.schemas.problems import INVALID_FEEDBACK, RefusedError, problem
from serving.store.feedback import list_feedback, objections
from serving.store.records import GivenFeedback

RIGHT = "right"


async def feedback(request: Request) -> Response:
    """Show what reps have said."""
    chosen = {name: value for name, value in request.query_params.items() if value}
    wanted = read_feedback_page(QueryParams(as_parameters(chosen)))
    store = services_of(request).store
    found: list[GivenFeedback] = await run_in_threadpool(store.ask, list_feedback, wanted)
    now, schema = to_microseconds(datetime.now(UTC)), services_of(request).champion.model.schema
    said = await run_in_threadpool(store.ask, objections, now, schema)
    records = objection_records(said, services_of(request).reports.yardstick.accountability.fewest_leads)
    return page(request, "feedback", page=feedback_list(found, chosen, feedback_after(wanted, found), records))


def as_parameters(chosen: dict[str, str]) -> dict[str, str]:
    """Return what a reader has chosen as parameters of `GET /feedback`.

    Examples
    --------
    >>> as_parameters({"verdict": "too low"}), as_parameters({"verdict": "right", "cursor": "x"})
    ({'direction': 'too low'}, {'cursor': 'x', 'agrees': 'true'})
    """
    told = {name: value for name, value in chosen.items() if name != "verdict"}
    verdict = chosen.get("verdict")
    if verdict is None:
        return told
    return told | ({"agrees": "true"} if verdict == RIGHT else {"direction": verdict})


async def say(request: Request) -> Response:
    """Keep what a reader says of a score, and go back to the lead."""
    champion = services_of(request).champion
    lead_id, form = lead_id_of(request), request.state.form
    verdict = field(form, "verdict")
    told: dict[str, Any] = {
        "lead_id": lead_id,
        "as_of": field(form, "as_of") or None,
        "agrees": verdict == RIGHT,
        "direction": None if verdict == RIGHT else verdict,
        "comment": field(form, "comment") or None,
    }
    try:
        given = read_feedback(champion.intake, told)
    except BadLeadError as error:
        raise RefusedError(problem(INVALID_FEEDBACK, error.problems)) from error
    await written(request, Call(StoreFeedback(given, request.state.key.key_id)))
    return RedirectResponse(f"{lead_path(lead_id)}#said", SEE_OTHER)

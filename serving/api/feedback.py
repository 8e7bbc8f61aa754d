"""`GET /feedback`: what reps have said of scores, for review."""

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from serving.api.lead import asked, told_feedback
from serving.api.parameters import only, read_choice, read_cursor, read_limit, read_time, write_cursor
from serving.schemas.records import ListedFeedback, ListedFeedbackPage
from serving.schemas.vocabulary import DIRECTIONS
from serving.store.feedback import FeedbackPage, list_feedback
from serving.store.records import GivenFeedback

AGREES = {"true": True, "false": False}
PARAMETERS = frozenset({"agrees", "direction", "since", "limit", "cursor"})
ORDER = "-recorded_at"


async def listing(request: Request) -> Response:
    """List feedback."""
    page = read_feedback_page(request.query_params)
    found: list[GivenFeedback] = await asked(request, list_feedback, page)
    told = tuple(ListedFeedback.model_validate(told_feedback(said, ListedFeedback)) for said in found)
    answer = ListedFeedbackPage(feedback=told, next=feedback_after(page, found))
    return Response(answer.model_dump_json(), media_type="application/json")


def read_feedback_page(given: QueryParams) -> FeedbackPage:
    """Return the page of feedback that a query asks for.

    Raises
    ------
    RefusedError
        Naming the parameter that breaks a rule.
    """
    only(given, PARAMETERS)
    agrees = read_choice(given, "agrees", tuple(AGREES))
    return FeedbackPage(
        agrees=None if agrees is None else AGREES[agrees],
        direction=read_choice(given, "direction", DIRECTIONS),
        since=read_time(given, "since"),
        after=read_cursor(given, ORDER, int),
        most=read_limit(given) or FeedbackPage.most,
    )


def feedback_after(page: FeedbackPage, found: list[GivenFeedback]) -> str | None:
    """Return the place after a page; None on the last one."""
    return write_cursor(ORDER, found[-1].stored_at, found[-1].lead_id) if len(found) == page.most else None

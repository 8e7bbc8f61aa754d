"""`GET /plan`: what fewer, better leads would have kept of the wins, by the record of the model that serves."""

from starlette.requests import Request
from starlette.responses import Response

from serving.analytics.plan import MIN_WINS, plan_by_record
from serving.api.services import services_of
from serving.schemas.problems import NOT_THERE, refusal


async def plan(request: Request) -> Response:
    """Tell what the best leads keep.

    Raises
    ------
    RefusedError
        If the model has no record that could tell.
    """
    champion = services_of(request).champion
    record = None if champion.model.certainty.abstention else champion.beside.record
    decider = champion.decider
    told = plan_by_record(record, decider.settings, decider.win_amount) if decider else plan_by_record(record, None)
    if told is None:
        rule = f"must hold at least {MIN_WINS} wins of leads that the model had not seen"
        raise refusal(NOT_THERE, "record", rule, "fewer", "train again when more leads have ended")
    return Response(told.model_dump_json(), media_type="application/json")

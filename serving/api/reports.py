"""`GET /sources`, `/funnel`, `/reps`: what outcomes say of those who bring leads and of those who close them."""

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_microseconds
from models.accountability.groups import Cohort
from serving.analytics.reports import Kind, Report, ReportRequest, of_rep
from serving.api.parameters import only, read_choice, read_time
from serving.api.services import services_of
from serving.schemas.problems import INVALID_REQUEST, refusal
from serving.store.keys import Key

COHORTS: tuple[Cohort, ...] = get_args(Cohort)
PARAMETERS: dict[Kind, tuple[str, ...]] = {"sources": ("as_of",), "funnel": ("as_of", "by"), "reps": ("as_of",)}


def report(kind: Kind) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return what answers with a report of a kind."""

    async def answer(request: Request) -> Response:
        wanted = read_wanted(request.query_params, kind)
        told = await seen(request, wanted)
        return Response(await run_in_threadpool(_dumped, told), media_type="application/json")

    return answer


def _dumped(told: Report) -> str:
    return json.dumps(told.to_json(), ensure_ascii=False)


async def seen(request: Request, wanted: ReportRequest) -> Report:
    """Return what the reader of a request may see of a report.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    reports = services_of(request).reports
    whole = await reports.get(wanted, services_of(request).champion)
    key: Key = request.state.key
    if key.role == "rep":
        return of_rep(whole, key.rep_id, reports.yardstick.accountability.brought_by)
    return whole


def read_wanted(given: QueryParams, kind: Kind) -> ReportRequest:
    """Return the report that a query asks for.

    Raises
    ------
    RefusedError
        Naming the parameter that breaks a rule.
    """
    only(given, PARAMETERS[kind])
    as_of = read_time(given, "as_of")
    if as_of is not None and as_of > to_microseconds(datetime.now(UTC)):
        remedy = "leave it out for what is known by now"
        raise refusal(INVALID_REQUEST, "as_of", "must not be in the future", repr(given["as_of"][:80]), remedy)
    return ReportRequest(kind, as_of, read_choice(given, "by", COHORTS) or "month")

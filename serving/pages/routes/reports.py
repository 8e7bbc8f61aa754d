"""`/pages/sources`, `/pages/funnel`, `/pages/reps`: what outcomes say, as the reader may see it."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from serving.analytics.reports import Kind
from serving.api.reports import read_wanted, seen
from serving.api.services import services_of
from serving.pages.reports import ReportPage, funnel_page, reps_page, sources_page
from serving.pages.routes.answers import page
from serving.pages.routes.session import PATH

PAGES: Mapping[Kind, Callable[[Mapping[str, Any], str, str], ReportPage]] = {
    "sources": sources_page,
    "funnel": funnel_page,
    "reps": reps_page,
}


def path_of(kind: Kind) -> str:
    """Return where the page of a report is."""
    return f"{PATH}/{kind}"


def report(kind: Kind) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return what shows a report of a kind."""

    async def show(request: Request) -> Response:
        given = QueryParams({name: value for name, value in request.query_params.items() if value.strip()})
        told = await seen(request, read_wanted(given, kind))
        return page(
            request, "report", page=PAGES[kind](told, path_of(kind), services_of(request).champion.limits.currency)
        )

    return show

"""`/pages/sources`, `/pages/funnel`, `/pages/reps`: what outcomes say, as the reader may see it."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from models.accountability.accounts import SourceAccounts
from models.accountability.funnel import Funnel
from models.accountability.reps import RepsReport
from serving.analytics.reports import Kind, Report
from serving.api.reports import read_wanted, seen
from serving.api.services import services_of
from serving.pages.reports import ReportPage, funnel_page, reps_page, sources_page
from serving.pages.routes.answers import page
from serving.pages.routes.session import PATH

WITH_PAGE: tuple[Kind, ...] = ("sources", "funnel", "reps")
"""Reports that have a page."""


def path_of(kind: Kind) -> str:
    """Return where the page of a report is."""
    return f"{PATH}/{kind}"


def report(kind: Kind) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return what shows a report of a kind."""

    async def show(request: Request) -> Response:
        given = QueryParams({name: value for name, value in request.query_params.items() if value.strip()})
        told = await seen(request, read_wanted(given, kind))
        return page(
            request, "report", page=_page_of(told, path_of(kind), services_of(request).champion.limits.currency)
        )

    return show


def _page_of(told: Report, path: str, currency: str) -> ReportPage:
    match told:
        case SourceAccounts():
            return sources_page(told, path, currency)
        case Funnel():
            return funnel_page(told, path)
        case RepsReport():
            return reps_page(told, path)
    raise TypeError(f"A report must have a page, got {type(told).__name__}: add it to serving/pages/reports.py.")

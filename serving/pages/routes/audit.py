"""`/pages/audit`: the audit trail, for admins."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.parsing.values import FIRST
from serving.api.services import services_of
from serving.pages.audit import MOST, audit_page
from serving.pages.routes.answers import page
from serving.store.reading import audit_trail


async def audit(request: Request) -> Response:
    """Show who did what, and what was refused."""
    given = request.query_params.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS else None
    entries = await run_in_threadpool(services_of(request).store.ask, audit_trail, FIRST, before, MOST)
    return page(request, "audit", page=audit_page(entries))


MAX_DIGITS = 18
"""Of a time in microseconds, in the address of the next page; what is longer is no time of ours."""

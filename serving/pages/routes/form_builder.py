"""`/pages/forms`: a web form to choose, to look at and to copy, with a key of its own; and the leads that came in last."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.clock import to_microseconds
from serving.api.lead import asked
from serving.api.services import services_of
from serving.pages.form_builder import form_page, last_posts
from serving.pages.routes.answers import page
from serving.pages.routes.entry import field
from serving.schemas.problems import INVALID_FORM, refusal
from serving.store.aside import Aside, aside_of_all
from serving.store.keys import create_key
from serving.store.listing import ListingPage, list_leads
from serving.store.records import LeadStanding

LONGEST, LONGEST_NAME, LAST = 200, 60, 10
"""Letters of what a form says of where its leads come from, and of a key's name; and leads that are shown."""


async def form_builder(request: Request) -> Response:
    """Show a form by what was chosen."""
    return await _page(request, request.query_params, "")


async def make_key(request: Request) -> Response:
    """Make a key of role form, and show it once, in the form that was chosen."""
    form = request.state.form
    name = field(form, "name")
    if not 0 < len(name) <= LONGEST_NAME:
        rule = f"must have 1 to {LONGEST_NAME} characters"
        raise refusal(INVALID_FORM, "name", rule, f"{len(name)}", "say whose form it is, such as web site")
    now, by = to_microseconds(datetime.now(UTC)), request.state.key.key_id
    key = await run_in_threadpool(create_key, services_of(request).store, name, "form", now, None, by)
    return await _page(request, form, str(key))


async def _page(request: Request, given: Any, key: str) -> Response:
    champion = services_of(request).champion
    channels = {name: str(given.get(f"is-{name}", "")).strip()[:LONGEST] for name in champion.intake.channels}
    url = f"{request.url.scheme}://{request.url.netloc}"
    leads, aside = await asked(request, _last)
    last = last_posts(leads, aside, champion.intake.zone)
    fields = [str(name) for name in given.getlist("field")]
    shown = form_page(champion.intake, champion.forms, url, fields, channels, key, last)
    # Made of escaped text alone: see serving.pages.form_builder.
    return page(request, "form_builder", page=shown, preview=Markup(shown.preview))


def _last(connection: sa.Connection) -> tuple[list[LeadStanding], dict[str, list[Aside]]]:
    leads = list_leads(connection, ListingPage(most=LAST))
    return leads, aside_of_all(connection, [lead.lead_id for lead in leads])

"""What is done with several leads of the queue at once: each is an act of its own, kept, audited and undone like any other."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from features.records.clock import SECOND, to_microseconds
from serving.api.auth import written
from serving.api.services import services_of
from serving.intake.acts import UNDO_SECONDS, DoAct, UndoAct
from serving.intake.calls import Call
from serving.pages.list_choices import QUEUE
from serving.pages.queue import COLUMNS, export_row
from serving.pages.routes import views
from serving.pages.routes.acts import ACTS, ID_LENGTH, Sent
from serving.pages.routes.entry import SEE_OTHER, field
from serving.pages.routes.queue import QueueRequest, as_csv, glances
from serving.schemas.problems import INVALID_FORM, refusal
from serving.store.acts import acts_since
from serving.store.keys import Key
from serving.store.listing import leads_named
from serving.store.records import LeadStanding

DOES = ("owner", "event")
"""Acts that may be done with several leads at once."""
MOST = 50
"""Leads of a page."""
VIEWS = {"save": views.save, "delete": views.delete}
"""What the forms of a reader's own views do."""


async def do(request: Request) -> Response:
    """Do what the form of the list says with the leads that are ticked."""
    form, key = request.state.form, request.state.key
    named = field(form, "act")
    if named in VIEWS:
        return await VIEWS[named](request)
    if named == "undo":
        return await _undo(request, field(form, "form_id"), key)
    ids = list(dict.fromkeys(str(one) for one in form.getlist("lead")))
    if not 0 < len(ids) <= MOST:
        raise refusal(INVALID_FORM, "lead", f"must be 1 to {MOST} leads", f"{len(ids)}", "tick those that are meant")
    if named == "export":
        return await _export(request, ids)
    if named not in DOES:
        raise refusal(
            INVALID_FORM, "act", f"must be one of export, {', '.join(DOES)}", repr(named[:80]), "load the page anew"
        )
    champion = services_of(request).champion
    store = services_of(request).store
    there = await run_in_threadpool(store.ask, leads_named, ids)  # one may have been erased since the list was shown
    form_id, now = field(form, "form_id"), datetime.now(UTC)
    acts = [
        ACTS[named](Sent(one.lead_id, _with_id(form, act_id(form_id, one.lead_id)), key, champion.intake, now))
        for one in there
    ]  # all are read before any is done
    await asyncio.gather(*(_done(request, act) for act in acts))
    told = {"did": named, "leads": str(len(acts)), "form": form_id}
    return RedirectResponse(f"{back_to(field(form, 'back'))}{urlencode(told)}", SEE_OTHER)


def act_id(form_id: str, lead_id: str) -> str:
    """Return what the act with a lead is called that a form of several does.

    Examples
    --------
    >>> act_id("00", "L1") == act_id("00", "L1"), act_id("00", "L1") == act_id("00", "L2"), len(act_id("", ""))
    (True, False, 16)
    """
    return hashlib.sha256(f"{form_id}\n{lead_id}".encode()).hexdigest()[:ID_LENGTH]


def back_to(wanted: str) -> str:
    """Return the address of the list that a form was sent from, to which something may be added; of the queue, if it is none of ours.

    Examples
    --------
    >>> (
    ...     back_to("/pages/leads?whose=team"),
    ...     back_to("/pages/leads"),
    ...     back_to("//elsewhere.example"),
    ...     back_to("/pages/leadsx?"),
    ... )
    ('/pages/leads?whose=team&', '/pages/leads?', '/pages/leads?', '/pages/leads?')
    """
    ours = wanted.startswith(f"{QUEUE}?") and wanted.isprintable() and " " not in wanted
    return f"{wanted}&" if ours and len(wanted) > len(QUEUE) + 1 else f"{QUEUE}?"


def _with_id(form: Any, given: str) -> Any:
    return {name: form.get(name, "") for name in ("owner", "kind", "text")} | {"act_id": given}


async def _done(request: Request, act: DoAct | UndoAct) -> None:
    await written(request, Call(act))


async def _undo(request: Request, form_id: str, key: Key) -> Response:
    """Undo what a form of several has done, of what was done by this key within the time for it."""
    store = services_of(request).store
    since = to_microseconds(datetime.now(UTC)) - UNDO_SECONDS * SECOND
    recent = await run_in_threadpool(store.ask, acts_since, key.key_id, since)
    schema = services_of(request).champion.intake
    mine = [one for one in recent if one.act_id == act_id(form_id, one.lead_id)]
    await asyncio.gather(*(_done(request, UndoAct(one.act_id, one.lead_id, key.key_id, schema)) for one in mine))
    return RedirectResponse(f"{back_to(field(request.state.form, 'back'))}undone={len(mine)}", SEE_OTHER)


async def _export(request: Request, ids: Sequence[str]) -> Response:
    """Send leads as CSV."""
    now = datetime.now(UTC)
    reading = QueueRequest.of(request, to_microseconds(now))
    store = services_of(request).store

    def rows(connection: Any) -> list[list[Any]]:
        leads: list[LeadStanding] = leads_named(connection, ids)
        at_a_glance = glances(connection, leads, reading)
        return [export_row(lead, at_a_glance[lead.lead_id], reading.url) for lead in leads]

    text = "\ufeff" + as_csv([COLUMNS, *await run_in_threadpool(store.ask, rows)])
    name = f'attachment; filename="leads-{now:%Y-%m-%d}.csv"'
    return Response(text, media_type="text/csv; charset=utf-8", headers={"content-disposition": name})

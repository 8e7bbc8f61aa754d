"""`POST /leads` for pages: a form as a browser sends it, by a key that anybody can read in the page."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.champion import Champion
from serving.forms.leads import KEY, THANKS, Form, lead_of, read_form
from serving.forms.limits import PostLimits
from serving.forms.origins import check_origin
from serving.forms.posts import MEDIA_TYPES, Pair, parse_post
from serving.forms.settings import FormSettings
from serving.forms.visitors import is_form, thank_you, wants_page
from serving.intake.audit import Refusal, Trapped
from serving.intake.calls import Call, Reply, Told
from serving.intake.told import FormLeads
from serving.keys import Key
from serving.messages import Problem
from serving.problems import INVALID_LEAD, INVALID_REQUEST, TOO_SLOW, RefusedError, refusal
from serving.routes import telling
from serving.routes.access import Access, admit, admit_token, note, token_of, written
from serving.routes.body import check_media_type, read_bytes
from serving.routes.many import checked
from serving.telemetry.telemetry import Telemetry


async def leads(request: Request) -> Response:
    """Take a form, or JSON as `telling.leads` does; whoever posts a form hears that it is stored and nothing else."""
    if not is_form(request):
        return await telling.leads(request)
    form, pairs = request.state.form
    champion: Champion = request.app.state.champion
    thanks = thanks_of(form, champion.forms)
    body = json.dumps(
        [pair for pair in pairs if pair[0] != KEY]
    ).encode()  # a boundary may differ when it is sent again
    reply: Reply = await written(request, Call(_told(request, form, champion), telling.once_of(request, body)))
    if not wants_page(request):
        return Response(reply.body, reply.status, media_type="application/json")
    if thanks:
        return RedirectResponse(thanks, HTTPStatus.SEE_OTHER)
    return thank_you(reply.status)


def thanks_of(form: Form, settings: FormSettings) -> str:
    """Return where the visitor goes afterwards; empty for nowhere.

    Raises
    ------
    RefusedError
        If the form names another address than the settings do: anybody could send visitors anywhere by it.
    """
    if form.thanks and form.thanks not in settings.thanks:
        remedy = "add the address to forms.thanks in the settings"
        raise refusal(INVALID_REQUEST, THANKS, "must be an address of the settings", repr(form.thanks[:80]), remedy)
    return form.thanks or next(iter(settings.thanks), "")


def _told(request: Request, form: Form, champion: Champion) -> Told:
    if form.is_trapped:
        telemetry: Telemetry = request.app.state.telemetry
        telemetry.figures.trapped.inc()
        return Trapped(form.lead_id or f"lead-{token_hex(8)}", request.state.key.key_id)
    schema, now = champion.model.schema, datetime.now(UTC)
    (found,) = checked([lead_of(form, schema)], partial(telling.read_new_lead, schema, now=now), INVALID_LEAD)
    if isinstance(found, Problem):
        raise RefusedError(found)
    return FormLeads([found], False)


async def admit_post(request: Request, access: Access) -> Key:
    """Return the key of a post: from a header or, of a form, from its field `_key`.

    A key that stands in a page is public: it must be one that can do nothing but create leads, it works for pages of the sites of the
    settings, and only so often.

    Raises
    ------
    RefusedError
        If there is no good key, the page is of another site, or too much comes at once.
    StoreError
        If the store cannot tell.
    """
    settings: FormSettings = request.app.state.champion.forms
    limits: PostLimits = request.app.state.post_limits
    if is_form(request):
        limits.count_address(request, settings)
        _check_origin(request, access, settings, None)
        request.state.form = form, _ = await read_post(request, settings)
        key = await _admit_form(request, access, form)
    else:
        key = await admit(request, access)
        if key.role == "form":
            limits.count_address(request, settings)
            _check_origin(request, access, settings, key)
    if key.role == "form":
        limits.count_key(key.key_id, settings)
    return key


async def _admit_form(request: Request, access: Access, form: Form) -> Key:
    token = token_of(request)
    if token or not form.key:
        return await admit_token(request, access, token)
    return await admit_token(request, replace(access, roles=("form",)), form.key, KEY)


def _check_origin(request: Request, access: Access, settings: FormSettings, key: Key | None) -> None:
    try:
        check_origin(request, settings)
    except RefusedError as error:
        note(request, Refusal(access.method, access.path, error.problem.title, None if key is None else key.key_id))
        raise


async def read_post(request: Request, settings: FormSettings) -> tuple[Form, list[Pair]]:
    """Return what a form says, and the names and texts that it was posted in.

    Raises
    ------
    RefusedError
        If it is no form, too large, or too slow.
    """
    check_media_type(request.headers, MEDIA_TYPES)
    try:
        async with asyncio.timeout(settings.most_seconds):
            body = await read_bytes(request, settings.most_bytes)
    except TimeoutError as error:
        rule = f"must arrive within {settings.most_seconds:g} seconds"
        raise refusal(TOO_SLOW, "body", rule, "less than all of it", "send it again") from error
    pairs = parse_post(request.headers["content-type"], body, settings.most_fields)
    return read_form(pairs, settings), pairs

"""`POST /leads` for pages: a form as a browser sends it, by a key that anybody can read in the page."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api import records
from serving.api.auth import Access, admit, admit_token, note, token_of, written
from serving.api.body import check_media_type, read_bytes, within
from serving.api.forms.leads import KEY, Form, lead_of, read_form
from serving.api.forms.origins import check_origin
from serving.api.forms.posts import FORM_MEDIA_TYPES, Pair, parse_post
from serving.api.forms.usable import is_usable
from serving.api.forms.visitors import is_form, thank_you, wants_page
from serving.api.many import checked
from serving.api.services import services_of
from serving.champion.champion import Champion
from serving.intake.audit import Refusal, Trapped
from serving.intake.calls import Call, Reply, Told
from serving.intake.commands import FormLeads, StoreEvents, StoreOutcomes
from serving.intake.webhooks import Part, StoreMessages
from serving.schemas.problems import INVALID_LEAD, RefusedError, refusal
from serving.schemas.score import Problem
from serving.settings.forms import FormSettings
from serving.store.keys import Key
from serving.store.leftovers import TRAPPED, Leftover

HONEYPOT = "honeypot"
"""Where a post that is kept apart says what stood in the field that people do not see."""
log = logging.getLogger("glengarry")


async def leads(request: Request) -> Response:
    """Take a form, or JSON as `POST /leads` takes it; whoever posts a form hears that it is stored and nothing else."""
    if not is_form(request):
        return await records.leads(request)
    form, pairs = request.state.form
    champion = services_of(request).champion
    body = json.dumps(
        [pair for pair in pairs if pair[0] != KEY]
    ).encode()  # a boundary may differ when it is sent again
    reply: Reply = await written(request, Call(_told(request, form, champion), records.once_of(request, body)))
    if not wants_page(request):
        return Response(reply.body, reply.status, media_type="application/json")
    if thanks := thanks_of(form, champion.forms):
        return RedirectResponse(thanks, HTTPStatus.SEE_OTHER)
    return thank_you(reply.status)


def thanks_of(form: Form, settings: FormSettings) -> str:
    """Return where the visitor goes afterwards; empty for nowhere.

    Nobody is sent to another address than the settings name: anybody could send visitors anywhere by it.
    """
    if form.thanks and form.thanks not in settings.thanks:
        log.warning("a form names an address that is not under forms.thanks: its visitors go to the first one there")
    return form.thanks if form.thanks in settings.thanks else next(iter(settings.thanks), "")


def _told(request: Request, form: Form, champion: Champion) -> Told:
    """Return what a form tells; one that filled the honeypot in is refused by the same rules, and else kept apart, though it seems to be stored."""
    schema, now = champion.intake, datetime.now(UTC)
    (found,) = checked(
        [champion.plain(lead_of(form, schema))],
        partial(records.read_form_lead, schema, now=now),
        INVALID_LEAD,
    )
    if isinstance(found, Problem):
        raise RefusedError(found)
    if not is_usable(found):
        raise refusal(INVALID_LEAD, "fields", "must say something", "nothing", "fill in at least one field")
    if form.trap:
        telemetry = services_of(request).telemetry
        telemetry.figures.trapped.inc()
        return Trapped(found, lead_of(form, schema) | {HONEYPOT: form.trap}, schema, request.state.key.key_id)
    records.count_aside(request, [found])
    return FormLeads([found], False, schema)


def released(champion: Champion, kept: Sequence[Leftover], now: datetime) -> StoreMessages:
    """Return forms that filled the honeypot in, and that people sent, as leads."""
    schema = champion.intake
    posts = [json.loads(one.message) for one in kept]
    told = [champion.plain({name: post[name] for name in post if name != HONEYPOT}) for post in posts]
    read = checked(told, partial(records.read_form_lead, schema, now=now), INVALID_LEAD)
    parts: dict[str, tuple[Part, Sequence[int]]] = {
        "leads": (FormLeads(read, True, schema), range(len(read))),
        "events": (StoreEvents([], True, schema), ()),
        "outcomes": (StoreOutcomes([], True, schema), ()),
    }
    ids = {place: one.leftover_id for place, one in enumerate(kept)}
    return StoreMessages(
        TRAPPED, schema, posts, parts, (), lambda receipt, _: Reply(HTTPStatus.OK, receipt.model_dump_json()), (), ids
    )


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
    settings = services_of(request).champion.forms
    limits = services_of(request).post_limits
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
    check_media_type(request.headers, FORM_MEDIA_TYPES, any_charset=True)
    body = await within(settings.most_seconds, read_bytes(request, settings.most_bytes))
    pairs = parse_post(request.headers["content-type"], body, settings.most_fields)
    return read_form(pairs, settings), pairs

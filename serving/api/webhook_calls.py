"""`POST /webhooks/{name}`: what a CRM sends by itself, made into records by the rules of the settings."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.leads.checking import LeadProblem
from features.records.leads.set_aside import SetAside
from features.settings.schema import LeadSchema
from serving.api.auth import Access, admit, admit_token, note, token_of, written
from serving.api.body import JSON, check_media_type, read_bytes
from serving.api.forms.posts import FORM_MEDIA_TYPES, media_type_of, parse_post
from serving.api.lenient import parse_members
from serving.api.many import checked
from serving.api.services import services_of
from serving.api.webhooks import soap
from serving.api.webhooks.mapping import MadeRecord, records_of
from serving.api.webhooks.nested import nested
from serving.api.webhooks.signature import SIGNATURE, is_signed
from serving.intake.audit import Refusal
from serving.intake.calls import Call, Reply
from serving.intake.checks import read_event, read_merge, read_outcome, read_removal
from serving.intake.commands import StoreEvents, StoreOutcomes, StoreRemovals
from serving.intake.snapshots import Snapshot, StoreSnapshots, read_snapshot
from serving.intake.webhooks import Part, StoreMessages
from serving.schemas.problems import (
    INVALID_EVENT,
    INVALID_LEAD,
    INVALID_OUTCOME,
    INVALID_REQUEST,
    MEDIA_TYPE,
    NO_KEY,
    NOT_THERE,
    ProblemKind,
    problem,
    refusal,
)
from serving.schemas.records import WebhookReceipt
from serving.schemas.score import Problem
from serving.settings.message_paths import each_of
from serving.settings.webhooks import Made, WebhookSettings
from serving.store.keys import Key

log = logging.getLogger("glengarry")

R = TypeVar("R")
MAX_FIELDS = 1_000
"""Of a form that a webhook posts."""


async def take(request: Request) -> Response:
    """Take what a CRM sends."""
    champion = services_of(request).champion
    webhook = _webhook(request)
    name = request.path_params["name"]
    if webhook is None:
        raise refusal(NOT_THERE, "name", "must be a webhook of the settings", repr(name[:80]), "add [webhooks.NAME]")
    media_types = soap.XML_MEDIA_TYPES if webhook.shape == "salesforce" else (JSON, *FORM_MEDIA_TYPES)
    check_media_type(request.headers, media_types, any_charset=webhook.shape != "salesforce")
    body, limits = await _body(request), champion.limits
    messages = _messages(webhook, body, request.headers["content-type"], limits.most_leads)
    telling = partial(told_by, name, webhook, messages, champion.intake, datetime.now(UTC), plain=champion.plain)
    told = await run_in_threadpool(telling)
    reply: Reply = await written(request, Call(told))
    count(request, told)
    return Response(reply.body, reply.status, media_type=reply.media_type)


def count(request: Request, told: StoreMessages) -> None:
    """Count what was not stored, and what was set aside."""
    telemetry = services_of(request).telemetry
    for refused in told.refused():
        telemetry.refused(refused)
    for _, one in told.aside:
        telemetry.set_aside(one.name)


async def admit_webhook(request: Request, access: Access) -> Key:
    """Return the key of a call: from a header, from the address where the settings allow it, or HubSpot's signature instead.

    Raises
    ------
    RefusedError
        If there is no good key and no good signature; that is in the audit trail then.
    StoreError
        If the store cannot tell.
    """
    webhook = _webhook(request)
    if webhook is None:
        return await admit(request, access)
    if webhook.secret_variable and SIGNATURE in request.headers:
        return await _admit_signed(request, access, webhook)
    token = token_of(request) or (request.query_params.get("key", "") if webhook.key_in_address else "")
    return await admit_token(request, access, token)


async def _admit_signed(request: Request, access: Access, webhook: WebhookSettings) -> Key:
    secret, body = services_of(request).environment.get(webhook.secret_variable, ""), await _body(request)
    if secret and is_signed(secret, webhook.address, request.headers, body, datetime.now(UTC)):
        name = request.path_params["name"]
        return Key(f"webhook {name}", name, "crm", hash="", created_at=0)
    if not secret:
        log.error("a signed webhook is refused: the environment must have %s", webhook.secret_variable)
    rule, remedy = (
        "must be HubSpot's of this call, at most five minutes old",
        "compare secret and address in the settings",
    )
    error = refusal(NO_KEY, SIGNATURE, rule, "another", remedy)
    note(request, Refusal(access.method, access.path, error.problem.title, None))
    raise error


def _webhook(request: Request) -> WebhookSettings | None:
    champion = services_of(request).champion
    return champion.webhooks.get(request.path_params["name"])


async def _body(request: Request) -> bytes:
    """Return the body, which can be read once and is needed twice."""
    if not hasattr(request.state, "body"):
        champion = services_of(request).champion
        request.state.body = await read_bytes(request, champion.limits.most_bytes)
    body: bytes = request.state.body
    return body


def _messages(webhook: WebhookSettings, body: bytes, content_type: str, most: int) -> Sequence[Any]:
    if webhook.shape == "salesforce":
        messages: list[Any] = soap.messages_of(body)
    elif media_type_of(content_type) in FORM_MEDIA_TYPES:
        messages = each_of(nested(parse_post(content_type, body, MAX_FIELDS)), webhook.each)
    else:
        messages = each_of(parse_members(body), webhook.each)
    if len(messages) > most:
        rule = f"must have at most {most:,} messages"
        raise refusal(INVALID_REQUEST, "body", rule, f"{len(messages):,}", "send fewer at a time")
    return messages


def told_by(
    name: str,
    webhook: WebhookSettings,
    messages: Sequence[Any],
    schema: LeadSchema,
    now: datetime,
    replayed: Mapping[int, str] | None = None,
    *,
    plain: Callable[[object], object] = lambda record: record,
) -> StoreMessages:
    """Return what messages tell by the rules of a webhook, ready to be stored."""
    made = [_formed(record, plain) for record in records_of(webhook.rules, messages, schema)]
    leads, lead_places = _read(made, "lead", lambda record: read_snapshot(schema, record, now), INVALID_LEAD)
    events, event_places = _read(made, "event", lambda record: read_event(schema, record, now), INVALID_EVENT)
    outcomes, outcome_places = _read(made, "outcome", lambda record: read_outcome(schema, record, now), INVALID_OUTCOME)
    deleted, deletion_places = _read(made, "deletion", lambda record: read_removal(schema, record, now), INVALID_LEAD)
    merged, merge_places = _read(made, "merge", lambda record: read_merge(schema, record, now), INVALID_LEAD)
    aside: list[tuple[str, SetAside]] = [
        (one.lead_id, value)
        for one in (*(each.lead for each in leads if isinstance(each, Snapshot)), *events, *outcomes)
        if not isinstance(one, Problem)
        for value in one.aside
    ]
    no_message = [place for place, message in enumerate(messages) if not isinstance(message, Mapping)]
    parts: dict[str, tuple[Part, Sequence[int]]] = {
        "leads": (
            StoreSnapshots(schema, [*leads, *(_no_object(messages[at]) for at in no_message)]),
            [*lead_places, *no_message],
        ),
        "events": (StoreEvents(events, True, schema), event_places),
        "outcomes": (StoreOutcomes(outcomes, True, schema), outcome_places),
        "removals": (StoreRemovals([*deleted, *merged], True, schema), [*deletion_places, *merge_places]),
    }
    read = {record.place for record in made}.union(no_message)
    ignored = [place for place in range(len(messages)) if place not in read]
    answer = _acknowledged if webhook.shape == "salesforce" else _answered
    return StoreMessages(name, schema, messages, parts, ignored, answer, aside, replayed or {})


def _formed(made: MadeRecord, plain: Callable[[object], object]) -> MadeRecord:
    """Return a record with its ids and numbers as they are kept."""
    record = plain(made.record)
    return replace(made, record=record) if isinstance(record, Mapping) else made


def _no_object(message: object) -> Problem:
    rule, remedy = "must be an object", "say under webhooks.NAME.each where the messages stand"
    return problem(INVALID_REQUEST, [LeadProblem("message", rule, type(message).__name__, remedy)])


def _read(
    made: Sequence[MadeRecord], makes: Made, read: Callable[[Any], R], kind: ProblemKind
) -> tuple[list[R | Problem], list[int]]:
    """Return what was read of the records of a kind, and the places of their messages."""
    ours = [record for record in made if record.makes == makes]
    return checked([record.record for record in ours], read, kind), [record.place for record in ours]


def _answered(receipt: WebhookReceipt, problem: Problem | None) -> Reply:
    if problem is None:
        return Reply(HTTPStatus.OK, receipt.model_dump_json())
    return Reply(problem.status, problem.model_dump_json(), MEDIA_TYPE)


def _acknowledged(_: WebhookReceipt, problem: Problem | None) -> Reply:
    if problem is not None:
        places = ", ".join(f"{broken.field} {broken.rule}" for broken in problem.errors[:10])
        log.warning("an outbound message is not acknowledged: %s", places)
    return Reply(HTTPStatus.OK, soap.acknowledgement(problem is None), soap.XML_MEDIA_TYPES[0])

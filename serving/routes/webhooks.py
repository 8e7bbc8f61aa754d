"""`POST /webhooks/{name}`: what a CRM sends by itself, made into records by the rules of the settings."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.settings import LeadSchema
from serving.champion import Champion
from serving.intake.audit import Refusal
from serving.intake.calls import Call, Reply
from serving.intake.checks import read_event, read_outcome
from serving.intake.snapshots import ToldSnapshots, read_snapshot
from serving.intake.told import ToldEvents, ToldOutcomes
from serving.intake.webhooks import Part, ToldMessages
from serving.keys import Key
from serving.messages import Problem
from serving.problems import (
    INVALID_EVENT,
    INVALID_LEAD,
    INVALID_OUTCOME,
    INVALID_REQUEST,
    MEDIA_TYPE,
    NO_KEY,
    NOT_THERE,
    ProblemKind,
    refusal,
)
from serving.receipts import WebhookReceipt
from serving.routes.access import Access, admit, admit_token, note, token_of, written
from serving.routes.body import JSON, check_media_type, parse_json, read_bytes
from serving.routes.many import checked
from serving.telemetry.telemetry import Telemetry
from serving.webhooks import soap
from serving.webhooks.mapping import MadeRecord, at, records_of
from serving.webhooks.settings import Made, WebhookSettings
from serving.webhooks.signature import SIGNATURE, is_signed

log = logging.getLogger("glengarry")

R = TypeVar("R")


async def take(request: Request) -> Response:
    """Take what a CRM sends."""
    champion: Champion = request.app.state.champion
    webhook = _webhook(request)
    if webhook is None:
        name = request.path_params["name"]
        raise refusal(NOT_THERE, "name", "must be a webhook of the settings", repr(name[:80]), "add [webhooks.NAME]")
    check_media_type(request.headers, soap.MEDIA_TYPES if webhook.shape == "salesforce" else (JSON,))
    messages = _messages(webhook, await _body(request), champion.limits.most_leads)
    told = await run_in_threadpool(_told, webhook, messages, champion.model.schema, datetime.now(UTC))
    reply: Reply = await written(request, Call(told))
    telemetry: Telemetry = request.app.state.telemetry
    for refused in told.refused():
        telemetry.refused(refused)
    return Response(reply.body, reply.status, media_type=reply.media_type)


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
    secret, body = request.app.state.environment.get(webhook.secret_variable, ""), await _body(request)
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
    champion: Champion = request.app.state.champion
    return champion.webhooks.get(request.path_params["name"])


async def _body(request: Request) -> bytes:
    """Return the body, which can be read once and is needed twice."""
    if not hasattr(request.state, "body"):
        champion: Champion = request.app.state.champion
        request.state.body = await read_bytes(request, champion.limits.most_bytes)
    body: bytes = request.state.body
    return body


def _messages(webhook: WebhookSettings, body: bytes, most: int) -> Sequence[Any]:
    if webhook.shape == "salesforce":
        found: Any = soap.messages_of(body)
    else:
        content = parse_json(body)
        found = at(content, webhook.each) if webhook.each else content
    messages = found if isinstance(found, list) else [found]
    if len(messages) > most:
        rule = f"must have at most {most:,} messages"
        raise refusal(INVALID_REQUEST, "body", rule, f"{len(messages):,}", "send fewer at a time")
    for place, message in enumerate(messages):
        if not isinstance(message, Mapping):
            rule, remedy = "must be an object", "say under webhooks.NAME.each where the messages stand"
            raise refusal(INVALID_REQUEST, f"messages[{place}]", rule, type(message).__name__, remedy)
    return messages


def _told(webhook: WebhookSettings, messages: Sequence[Any], schema: LeadSchema, now: datetime) -> ToldMessages:
    made = list(records_of(webhook.rules, messages, schema))
    leads, lead_places = _read(made, "lead", lambda record: read_snapshot(schema, record, now), INVALID_LEAD)
    events, event_places = _read(made, "event", lambda record: read_event(schema, record, now), INVALID_EVENT)
    outcomes, outcome_places = _read(made, "outcome", lambda record: read_outcome(schema, record, now), INVALID_OUTCOME)
    parts: dict[str, tuple[Part, Sequence[int]]] = {
        "leads": (ToldSnapshots(schema, leads), lead_places),
        "events": (ToldEvents(events, True), event_places),
        "outcomes": (ToldOutcomes(outcomes, True), outcome_places),
    }
    ignored = len(messages) - len({record.place for record in made})
    return ToldMessages(parts, ignored, _acknowledged if webhook.shape == "salesforce" else _answered)


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
    return Reply(HTTPStatus.OK, soap.acknowledgement(problem is None), soap.MEDIA_TYPES[0])

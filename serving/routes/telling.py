"""`POST /leads`, `/events`, `/outcomes` and `/feedback`, `DELETE /leads/{lead_id}`: stored, then scored, then answered."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from secrets import token_hex
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.settings import LeadSchema
from serving.champion import Champion
from serving.forms.limits import PostLimits
from serving.forms.settings import FormSettings
from serving.intake.audit import Erasure
from serving.intake.calls import Call, Once, Reply, Told
from serving.intake.checks import read_event, read_feedback, read_lead, read_outcome
from serving.intake.told import FormLeads, ToldEvents, ToldFeedback, ToldLeads, ToldOutcomes
from serving.messages import Problem
from serving.problems import (
    INVALID_EVENT,
    INVALID_FEEDBACK,
    INVALID_LEAD,
    INVALID_OUTCOME,
    INVALID_REQUEST,
    ProblemKind,
    RefusedError,
    refusal,
)
from serving.routes.access import written
from serving.routes.asking import lead_id_of
from serving.routes.body import parse_json, read_body
from serving.routes.many import checked, is_many, many_of
from serving.store.records import NewEvent, NewLead, NewOutcome
from serving.telemetry.telemetry import Telemetry

R = TypeVar("R", NewLead, NewEvent, NewOutcome)

INLINE_RECORDS = 5
"""So many records are checked faster than a thread is found for them."""
LONGEST_KEY = 200


@dataclass(frozen=True)
class Limits:
    """What a call may be: its bytes, and what is told how many records it holds and refuses too many."""

    most_bytes: int
    count: Callable[[int], None] = lambda _: None


async def leads(request: Request) -> Response:
    """Take a lead, or many; a form hears that they are stored, everybody else the scores too."""
    if request.state.key.role == "form":
        most_bytes = request.app.state.champion.forms.most_bytes
        limits = Limits(most_bytes, partial(_count_form, request))
        return await _tell(request, "leads", read_new_lead, INVALID_LEAD, FormLeads, limits)
    return await _tell(request, "leads", read_new_lead, INVALID_LEAD, ToldLeads)


def _count_form(request: Request, leads: int) -> None:
    """Count the leads of a form's call as posts; the first was counted when the call was let in."""
    limits: PostLimits = request.app.state.post_limits
    settings: FormSettings = request.app.state.champion.forms
    if leads > 1:
        limits.count_address(request, settings, leads - 1)
        limits.count_key(request.state.key.key_id, settings, leads - 1)


async def events(request: Request) -> Response:
    """Take an event, or many."""
    return await _tell(request, "events", read_event, INVALID_EVENT, ToldEvents)


async def outcomes(request: Request) -> Response:
    """Take an outcome, or many."""
    return await _tell(request, "outcomes", read_outcome, INVALID_OUTCOME, ToldOutcomes)


async def feedback(request: Request) -> Response:
    """Take what a rep says of a score."""
    champion, telemetry = request.app.state.champion, request.app.state.telemetry
    with telemetry.stage("read"):
        body = await read_body(request, champion.limits.most_bytes)
    (said,) = checked([parse_json(body)], partial(read_feedback, champion.model.schema), INVALID_FEEDBACK)
    if isinstance(said, Problem):
        raise RefusedError(said)
    return await _answer(request, ToldFeedback(said, request.state.key.key_id), body)


async def erase(request: Request) -> Response:
    """Forget the person behind a lead."""
    schema = request.app.state.champion.model.schema
    erasure = Erasure(schema, lead_id_of(request), f"erased-{token_hex(8)}", request.state.key.key_id)
    await written(request, Call(erasure))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def read_new_lead(schema: LeadSchema, record: object, now: datetime) -> NewLead:
    """Check a lead that is told; one without an id gets one."""
    return read_lead(schema, record, now, f"lead-{token_hex(8)}")


async def _tell(
    request: Request,
    name: str,
    read: Callable[[LeadSchema, object, datetime], R],
    kind: ProblemKind,
    told: Callable[[Sequence[R | Problem], bool], Told],
    limits: Limits | None = None,
) -> Response:
    champion: Champion = request.app.state.champion
    limits = limits or Limits(champion.limits.most_bytes)
    now = datetime.now(UTC)
    telemetry: Telemetry = request.app.state.telemetry
    with telemetry.stage("read"):
        body = await read_body(request, limits.most_bytes)
        content = parse_json(body)
    many = is_many(content, name)
    records = many_of(content, name, champion.limits.most_leads) if many else [content]
    limits.count(len(records))
    reading = partial(checked, records, lambda record: read(champion.model.schema, record, now), kind)
    found = await run_in_threadpool(reading) if len(records) > INLINE_RECORDS else reading()
    if not many and isinstance(found[0], Problem):
        raise RefusedError(found[0])
    for record in found:
        if isinstance(record, Problem):
            telemetry.refused(record)
    return await _answer(request, told(found, many), body)


async def _answer(request: Request, told: Told, body: bytes) -> Response:
    reply: Reply = await written(request, Call(told, once_of(request, body)))
    return Response(reply.body, reply.status, media_type="application/json")


def once_of(request: Request, body: bytes) -> Once | None:
    """Return the Idempotency-Key of a call with what came with it.

    Raises
    ------
    RefusedError
        If it is empty or too long.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    if not 0 < len(given) <= LONGEST_KEY:
        rule = f"must have 1 to {LONGEST_KEY} characters"
        raise refusal(INVALID_REQUEST, "Idempotency-Key", rule, f"{len(given)}", "send a UUID")
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    return Once(request.state.key.key_id, given, digest)

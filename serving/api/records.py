"""`POST /leads`, `/events`, `/outcomes` and `/feedback`, `DELETE /leads/{lead_id}`: stored, then scored, then answered."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from secrets import token_hex
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from features.records.leads.checking import BadLeadError
from features.records.leads.set_aside import Unreadable
from features.records.parsing.ids import LONGEST_ID
from features.settings.schema import LeadSchema
from serving.api.auth import written
from serving.api.body import read_body, within
from serving.api.forms.usable import is_usable
from serving.api.lead import lead_id_of
from serving.api.lenient import parse_members
from serving.api.many import checked, is_many, many_of
from serving.api.services import services_of
from serving.intake.calls import Call, Once, Reply, Told
from serving.intake.checks import read_event, read_feedback, read_merge, read_outcome, read_removal
from serving.intake.commands import FormLeads, StoreEvents, StoreLeads, StoreOutcomes, StoreRemovals
from serving.intake.erasing import Erasure
from serving.intake.feedback import StoreFeedback
from serving.intake.lead_checks import FORM_ID, lead_by_form, read_lead
from serving.schemas.fields import OPTIONAL_EVENT_KEYS, OPTIONAL_OUTCOME_KEYS
from serving.schemas.problems import (
    INVALID_EVENT,
    INVALID_FEEDBACK,
    INVALID_LEAD,
    INVALID_OUTCOME,
    INVALID_REQUEST,
    ProblemKind,
    RefusedError,
    refusal,
)
from serving.schemas.score import Problem
from serving.schemas.strict_json import parse_json
from serving.store.records import NewEvent, NewLead, NewOutcome, NewRemoval

R = TypeVar("R", NewLead, NewEvent, NewOutcome, NewRemoval)

INLINE_RECORDS = 5
"""So many records are checked faster than a thread is found for them."""
LONGEST_KEY = 200


@dataclass(frozen=True)
class Limits:
    """What a call may be: its bytes, the seconds until they are there, and what is told how many records it holds and refuses too many."""

    most_bytes: int
    most_seconds: float | None = None
    count: Callable[[int], None] = lambda _: None


async def leads(request: Request) -> Response:
    """Take a lead, or many; a form hears that they are stored, everybody else the scores too."""
    if request.state.key.role == "form":
        forms = services_of(request).champion.forms
        limits = Limits(forms.most_bytes, forms.most_seconds, partial(_count_form, request))
        return await _tell(request, "leads", read_form_lead, INVALID_LEAD, FormLeads, limits)
    return await _tell(request, "leads", read_new_lead, INVALID_LEAD, StoreLeads)


def _count_form(request: Request, leads: int) -> None:
    """Count the leads of a form's call as posts; the first was counted when the call was let in."""
    limits = services_of(request).post_limits
    settings = services_of(request).champion.forms
    if leads > 1:
        limits.count_address(request, settings, leads - 1)
        limits.count_key(request.state.key.key_id, settings, leads - 1)


async def events(request: Request) -> Response:
    """Take an event, or many."""
    return await _tell(request, "events", read_event, INVALID_EVENT, StoreEvents)


async def outcomes(request: Request) -> Response:
    """Take an outcome, or many."""
    return await _tell(request, "outcomes", read_outcome, INVALID_OUTCOME, StoreOutcomes)


async def deletions(request: Request) -> Response:
    """Take a lead out that a CRM has deleted, or many."""
    return await _tell(request, "deletions", read_removal, INVALID_LEAD, StoreRemovals)


async def merges(request: Request) -> Response:
    """Let a lead be another one that stays, or many."""
    return await _tell(request, "merges", read_merge, INVALID_LEAD, StoreRemovals)


async def feedback(request: Request) -> Response:
    """Take what a rep says of a score."""
    champion, telemetry = services_of(request).champion, services_of(request).telemetry
    with telemetry.stage("read"):
        body = await read_body(request, champion.limits.most_bytes)
    (said,) = checked([champion.plain(parse_json(body))], partial(read_feedback, champion.intake), INVALID_FEEDBACK)
    if isinstance(said, Problem):
        raise RefusedError(said)
    return await _answer(request, StoreFeedback(said, request.state.key.key_id), body)


async def erase(request: Request) -> Response:
    """Forget the person behind a lead."""
    schema = services_of(request).champion.intake
    beside_export = services_of(request).reports.yardstick.origin.export is not None
    alias, key_id = f"erased-{token_hex(8)}", request.state.key.key_id
    erasure = Erasure(schema, lead_id_of(request), alias, key_id, beside_export)
    await written(request, Call(erasure))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def read_new_lead(schema: LeadSchema, record: object, now: datetime) -> NewLead:
    """Check a lead that is told; one without an id gets one."""
    return read_lead(schema, record, now, f"lead-{token_hex(8)}")


def read_form_lead(schema: LeadSchema, record: object, now: datetime) -> NewLead:
    """Check a lead that a form tells: nothing but what it is made of can keep it from being one.

    Raises
    ------
    BadLeadError
        If it is no object of fields, or all that it says cannot be read and names nobody.
    """
    lead = lead_by_form(schema, record, now, f"{FORM_ID}{token_hex(8)}")
    if lead.aside and not is_usable(lead):
        raise BadLeadError([one.problem for one in lead.aside])
    return lead


async def _tell(
    request: Request,
    name: str,
    read: Callable[[LeadSchema, object, datetime], R],
    kind: ProblemKind,
    told: Callable[[Sequence[R | Problem], bool, LeadSchema], Told],
    limits: Limits | None = None,
) -> Response:
    champion = services_of(request).champion
    limits = limits or Limits(champion.limits.most_bytes)
    now = datetime.now(UTC)
    telemetry = services_of(request).telemetry
    with telemetry.stage("read"):
        body = await within(limits.most_seconds, read_body(request, limits.most_bytes))
        content = _content(body, name, by_form=request.state.key.role == "form")
    many = is_many(content, name)
    records = many_of(content, name, champion.limits.most_leads) if many else [content]
    records = [champion.plain(record) for record in records]
    limits.count(len(records))
    reading = partial(checked, records, lambda record: read(champion.intake, record, now), kind)
    found = await run_in_threadpool(reading) if len(records) > INLINE_RECORDS else reading()
    if not many and isinstance(found[0], Problem):
        raise RefusedError(found[0])
    for record in found:
        if isinstance(record, Problem):
            telemetry.refused(record)
    count_aside(request, found)
    return await _answer(request, told(found, many, champion.intake), body, _named(records))


def _named(records: Sequence[object]) -> frozenset[str]:
    """Return the ids that stand in records, as far as any lead may have them."""
    told = (record.get(name) for record in records if isinstance(record, Mapping) for name in ("lead_id", "merged_id"))
    return frozenset(one for one in told if isinstance(one, str) and len(one) <= LONGEST_ID and one.isprintable())


def _content(body: bytes, name: str, *, by_form: bool) -> Any:
    """Return what a body says; what is bad in one of many records, or in a field of a lead, spoils itself alone.

    Raises
    ------
    RefusedError
        If nothing of it can be read.
    """
    try:
        return parse_json(body)
    except RefusedError:
        content = parse_members(body)
        if by_form or is_many(content, name) or _is_bad_where_spared_alone(content, name):
            return content
        raise


def _is_bad_where_spared_alone(content: Any, name: str) -> bool:
    """Return whether a record has bad members where these are set aside, and nowhere else: in a lead's fields, or where none is needed."""
    if not isinstance(content, Mapping):
        return False
    fields = content.get("fields") if name == "leads" else {}
    if not isinstance(fields, Mapping):
        return False
    spared = {"leads": frozenset({"fields"}), "events": OPTIONAL_EVENT_KEYS, "outcomes": OPTIONAL_OUTCOME_KEYS}
    others = [value for member, value in content.items() if member not in spared.get(name, frozenset())]
    values = [*others, *(value for value in fields.values() if not isinstance(value, Unreadable))]
    return name in spared and all(value is None or isinstance(value, str | int | float) for value in values)


def count_aside(request: Request, records: Sequence[object]) -> None:
    """Count what was set aside of these records, by field."""
    telemetry = services_of(request).telemetry
    for record in records:
        if isinstance(record, NewLead | NewEvent | NewOutcome):
            for one in record.aside:
                telemetry.set_aside(one.name)


async def _answer(request: Request, told: Told, body: bytes, named: frozenset[str] = frozenset()) -> Response:
    reply: Reply = await written(request, Call(told, once_of(request, body), named))
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

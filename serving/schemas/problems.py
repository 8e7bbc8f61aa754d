"""Refusals as problem details (RFC 9457): which kinds there are, and how one becomes a response."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from features.records.leads.checking import LeadProblem
from serving.schemas import request_ids
from serving.schemas.key_redaction import without_keys
from serving.schemas.score import BrokenRule, Problem

log = logging.getLogger("glengarry")

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 50
"""So many broken rules are listed; a request can break more of them than anybody wants to read."""


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem, with the status that goes with it."""

    name: str
    status: HTTPStatus
    title: str

    @property
    def type(self) -> str:
        """URI of the kind."""
        return f"urn:glengarry:problem:{self.name}"


INVALID_JSON = ProblemKind("invalid-json", HTTPStatus.BAD_REQUEST, "The body is not valid JSON")
TOO_LARGE = ProblemKind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large")
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is of a type that is not taken here"
)
INVALID_FORM = ProblemKind("invalid-form", HTTPStatus.BAD_REQUEST, "The body is not a valid form")
TOO_SLOW = ProblemKind("too-slow", HTTPStatus.REQUEST_TIMEOUT, "The body took too long to arrive")
TOO_OFTEN = ProblemKind("too-often", HTTPStatus.TOO_MANY_REQUESTS, "Too many forms were posted")
OTHER_SITE = ProblemKind("other-site", HTTPStatus.FORBIDDEN, "The page is of a site that may not post")
INVALID_LEAD = ProblemKind("invalid-lead", HTTPStatus.UNPROCESSABLE_ENTITY, "The lead breaks rules")
INVALID_REQUEST = ProblemKind("invalid-request", HTTPStatus.UNPROCESSABLE_ENTITY, "The request breaks rules")
INVALID_EVENT = ProblemKind("invalid-event", HTTPStatus.UNPROCESSABLE_ENTITY, "The event breaks rules")
INVALID_OUTCOME = ProblemKind("invalid-outcome", HTTPStatus.UNPROCESSABLE_ENTITY, "The outcome breaks rules")
INVALID_FEEDBACK = ProblemKind("invalid-feedback", HTTPStatus.UNPROCESSABLE_ENTITY, "The feedback breaks rules")
OTHER_RECORD = ProblemKind("other-record", HTTPStatus.CONFLICT, "Another record is stored under this name")
IDEMPOTENCY_KEY_REUSED = ProblemKind(
    "idempotency-key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, "The Idempotency-Key came with another call"
)
INVALID_XML = ProblemKind("invalid-xml", HTTPStatus.BAD_REQUEST, "The body is not a valid message")
INVALID_MESSAGES = ProblemKind(
    "invalid-messages", HTTPStatus.UNPROCESSABLE_ENTITY, "Some messages make records that break rules"
)
DAMAGED_RECORD = ProblemKind("damaged-record", HTTPStatus.INTERNAL_SERVER_ERROR, "A record of the store was damaged")
ERASED = ProblemKind("erased", HTTPStatus.GONE, "The person was erased")
NOT_THERE = ProblemKind("not-there", HTTPStatus.NOT_FOUND, "There is no such record")
NO_KEY = ProblemKind("no-key", HTTPStatus.UNAUTHORIZED, "A key is needed")
NOT_ALLOWED = ProblemKind("not-allowed", HTTPStatus.FORBIDDEN, "The key is for other calls")
STORE_GONE = ProblemKind("store-gone", HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer")

RETRY_SECONDS = 5
HEADERS: Mapping[int, Mapping[str, str]] = {
    HTTPStatus.REQUEST_TIMEOUT: {"connection": "close"},
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {"connection": "close"},
    HTTPStatus.UNAUTHORIZED: {"www-authenticate": 'Bearer realm="glengarry"'},
    HTTPStatus.SERVICE_UNAVAILABLE: {"retry-after": str(RETRY_SECONDS)},
}
"""What a refusal of a status says beside its problem."""


class RefusedError(ValueError):
    """A request that cannot be answered; `problem` says why, `headers` what the answer says beside it and its status."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = {**HEADERS.get(problem.status, {}), **(headers or {})}


def problem(kind: ProblemKind, errors: Sequence[LeadProblem]) -> Problem:
    """Describe a problem by the rules that are broken, at least one."""
    more = f" (and {len(errors) - 1:,} more)" if len(errors) > 1 else ""
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=f"{errors[0]}{more}",
        errors=broken_rules(errors),
    )


def broken_rules(errors: Sequence[LeadProblem]) -> tuple[BrokenRule, ...]:
    """Return the first broken rules as answers name them."""
    return tuple(
        BrokenRule(field=error.field, rule=error.rule, value=error.value, remedy=error.remedy)
        for error in errors[:MAX_ERRORS]
    )


def refusal(
    kind: ProblemKind,
    field: str,
    rule: str,
    value: object,
    remedy: str,
    headers: Mapping[str, str] | None = None,
) -> RefusedError:
    """Return the error to raise where one rule is broken."""
    return RefusedError(problem(kind, [LeadProblem(field, rule, str(value), remedy)]), headers)


def plain_problem(status: int, detail: str) -> Problem:
    """Describe a problem that the status names already."""
    return Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that carries a problem."""
    told = problem.model_copy(update={"request_id": request_ids.current.get() or None})
    return Response(without_keys(told.model_dump_json()), told.status, headers, media_type=MEDIA_TYPE)


def of_refusal(request: Request, error: Exception) -> RefusedError:
    """Return why a request was refused, and count it."""
    if not isinstance(error, RefusedError):
        raise error
    request.app.state.services.telemetry.refused(error.problem)
    return error


def of_store_error(request: Request, error: Exception) -> RefusedError:
    """Return what is answered while the store does not: nothing was acknowledged, so the same call may come again."""
    log.error("%s %s: %s", request.method, getattr(request.state, "route", ""), error)
    return refusal(STORE_GONE, "store", "must answer", "none", f"send the same again in {RETRY_SECONDS} seconds")


def of_damage(request: Request, error: Exception) -> RefusedError:
    """Return what is answered where a row of the store is not as it was written: nothing of it."""
    log.error("%s %s: %s", request.method, getattr(request.state, "route", ""), error)
    rule, remedy = "must be as they were written", "have the store restored from a backup"
    return refusal(DAMAGED_RECORD, "store", f"rows {rule}", "one that was damaged", remedy)

"""What operations have in common: parameters, bodies, answers and refusals."""

from typing import Any

from features.records.parsing.ids import LONGEST_ID
from serving.api.listing import FIRST_PAGE
from serving.api.openapi.shapes import Json, ref
from serving.api.parameters import MAX_LISTED
from serving.api.records import LONGEST_KEY
from serving.schemas.problems import MEDIA_TYPE, RETRY_SECONDS

BODY_REFUSALS = {
    "400": "The body is not JSON.",
    "413": "The body is too large.",
    "415": "The body is not sent as JSON.",
    "422": "It breaks rules, or there are too many; with many, the broken ones are named in their places.",
}
KEY_REFUSALS = {"401": "There is no good key.", "403": "The key's role is another."}
SECURITY: list[Json] = [{"bearer": []}, {"header": []}]
GONE = {"503": f"The store does not answer: nothing was kept, the same call may come again in {RETRY_SECONDS} seconds."}
NOT_THERE = {"404": "There is no such lead."}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "The same call with the same key is answered the same, and done once; the key with another call is refused.",
}
TEXT: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
LEAD_ID = {
    "name": "lead_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The lead's id.",
}


def by_page(operation: Json, parameters: Json) -> Json:
    """Add the parameters and refusals of a list that comes a page at a time."""
    paging = {
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": FIRST_PAGE.most},
        "cursor": {"type": "string", "description": "`next` of the page before."},
    }
    told = {**parameters, **paging}
    operation["parameters"] = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in told.items()
    ]
    operation["responses"] |= refusals({"422": "A parameter breaks a rule."}, GONE)
    return operation


def of_lead(name: str, summary: str, answer: str) -> Json:
    """Return the operation that gets something of one lead."""
    operation = get(f"get_{name}", summary, ref(answer))
    operation["parameters"] = [LEAD_ID]
    operation["responses"] |= refusals(NOT_THERE, GONE)
    return operation


def get(name: str, summary: str, schema: Json) -> Json:
    """Return an operation without parameters, and what it answers with."""
    content = {"application/json": {"schema": schema}}
    answer = {"200": {"description": summary, "content": content}}
    return {"operationId": name, "summary": summary, "responses": {**answer, **refusals(KEY_REFUSALS, GONE)}}


def body(names: list[str], examples: Json) -> Json:
    """Return a body of one of the named shapes, with examples."""
    schema = ref(names[0]) if len(names) == 1 else {"oneOf": [ref(name) for name in names]}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def answer(description: str, names: list[str]) -> Json:
    """Return an answer of one of the named shapes."""
    schema = ref(names[0]) if len(names) == 1 else {"anyOf": [ref(name) for name in names]}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def refusals(*kinds: dict[str, str]) -> dict[str, Any]:
    """Describe the problems of some statuses, in their order."""
    told = {status: description for kind in kinds for status, description in kind.items()}
    return {status: _problem(status, told[status]) for status in sorted(told)}


def _problem(status: str, description: str) -> Json:
    problem: Json = {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}
    if status in ("429", "503"):
        problem["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return problem

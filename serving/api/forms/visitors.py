"""What somebody sees who has posted a form without a script: thanks, or what kept it from being sent, and what to do."""

from collections.abc import Iterator, Mapping
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse

from features.settings.fields import LeadField
from models.close.reasons.sentences import label
from serving.api.forms.leads import ONE_VALUE
from serving.api.forms.origins import PATH
from serving.api.forms.posts import FORM_MEDIA_TYPES, media_type_of
from serving.api.services import services_of
from serving.schemas import request_ids
from serving.schemas.key_redaction import without_keys
from serving.schemas.problems import RefusedError
from serving.schemas.score import BrokenRule, Problem

LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
MAX_RULES = 10
HEADERS = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff"}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<h1>{title}</h1>
{said}
</html>
"""


def is_form(request: Request) -> bool:
    """Return whether a body is a form's."""
    return media_type_of(request.headers.get("content-type", "")) in FORM_MEDIA_TYPES


def is_visitor(request: Request) -> bool:
    """Return whether it is a form that a browser has posted by itself, so that a person reads the answer."""
    posts = request.method == "POST" and request.url.path == PATH and is_form(request)
    return posts and wants_page(request)


def wants_page(request: Request) -> bool:
    """Return whether whoever asks reads pages."""
    return "text/html" in request.headers.get("accept", "")


def thank_you(status: int) -> HTMLResponse:
    """Return the page for a visitor whose form is stored."""
    return _page(status, "Thank you", "<p>We have received it.</p>")


def not_sent(request: Request, refused: RefusedError) -> HTMLResponse:
    """Return the page for a visitor whose form was not taken: what to correct, or what to do instead; nothing of it was kept."""
    champion = services_of(request).champion
    said = [*_said(refused.problem, champion.intake.fields)]
    if request_id := request_ids.current.get():
        said.append(f"<p><small>Should you ask us about it: {escape(request_id)}.</small></p>")
    return _page(refused.problem.status, "This was not sent", without_keys("\n".join(said)), refused.headers)


def _said(problem: Problem, fields: Mapping[str, LeadField]) -> Iterator[str]:
    """Say what to do; only of what the lead is asked can the visitor correct anything."""
    theirs = [error for error in problem.errors if error.field.removeprefix("fields.") in fields]
    if problem.status == HTTPStatus.CONFLICT:
        yield "<p>We have received it before, with other answers, and keep those. Please tell us in another way what has changed.</p>"
    elif problem.status in LATER or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield "<p>We could not take it just now. Please go back and send it again in a minute.</p>"
    elif problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        yield "<p>It is too long. Please go back, shorten it, and send it again.</p>"
    elif problem.errors and len(theirs) == len(problem.errors):
        yield "<p>Please go back, correct this, and send it again:</p>"
        rules = [_rule(error, fields) for error in theirs[:MAX_RULES]]
        yield f"<ul>{''.join(f'<li>{escape(rule)}</li>' for rule in rules)}</ul>"
    elif [error.field for error in problem.errors] == ["fields"]:
        yield "<p>Nothing was filled in. Please go back, fill in the form, and send it again.</p>"
    else:
        yield "<p>The form does not work as it stands. Please reach us in another way.</p>"
        yield f"<p><small>For those who run it: {escape(problem.detail)}</small></p>"


def _rule(error: BrokenRule, fields: Mapping[str, LeadField]) -> str:
    """Say what is to be corrected, by what people call the field.

    Examples
    --------
    >>> cost = LeadField(role="answer", obstacle="need", type="number", label="what it costs")
    >>> _rule(
    ...     BrokenRule(field="fields.cost", rule="must be a number", value="'a lot'", remedy="correct it"),
    ...     {"cost": cost},
    ... )
    "What it costs: please write a number, you wrote 'a lot'"
    """
    name = error.field.removeprefix("fields.")
    field = fields[name]
    asked = label(name, field)
    return f"{asked[:1].upper()}{asked[1:]}: please {_request(field, error)}, you wrote {error.value}"


def _request(field: LeadField, error: BrokenRule) -> str:
    if error.rule == ONE_VALUE:
        return "choose one answer"
    if field.type == "category" and field.values:
        return f"choose one of {', '.join(field.values)}"
    if field.type == "number" and field.minimum is not None and ">=" in error.rule:
        return f"write a number of {field.minimum:g} or more"
    if field.type == "number" and field.maximum is not None and "<=" in error.rule:
        return f"write a number of {field.maximum:g} or less"
    words = {"number": "write a number", "flag": "answer yes or no", "date": "write a day such as 2027-01-31"}
    return words.get(field.type, "write less")


def _page(status: int, title: str, said: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(PAGE.format(title=title, said=said), status, {**HEADERS, **(headers or {})})

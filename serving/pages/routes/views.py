"""A reader's own views of the queue: named, kept with the key, and deleted by it."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.auth import written
from serving.intake.calls import Call
from serving.intake.saved_views import SaveView
from serving.pages.list_choices import QUEUE, view_query
from serving.pages.routes.entry import SEE_OTHER, field
from serving.schemas.problems import INVALID_FORM, refusal
from serving.store.saved_views import SavedView

MAX_NAME, MAX_QUERY = 40, 1_000
"""Characters of the name of a view, and of what it chooses by."""


async def save(request: Request) -> Response:
    """Save the list that is shown under the name of the form."""
    form = request.state.form
    name, query = field(form, "name"), view_query(dict(parse_qsl(field(form, "back").partition("?")[2])))
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        rule = f"must have 1 to {MAX_NAME} characters"
        raise refusal(INVALID_FORM, "name", rule, repr(name[:80]), "give the list a short name")
    if len(query) > MAX_QUERY:
        raise refusal(INVALID_FORM, "back", "must be an address of the list", f"{len(query)}", "load the page anew")
    await written(request, Call(SaveView(request.state.key.key_id, name, SavedView(name, query))))
    return RedirectResponse(f"{QUEUE}?{query}", SEE_OTHER)


async def delete(request: Request) -> Response:
    """Delete the view of a name, and show all leads."""
    await written(request, Call(SaveView(request.state.key.key_id, field(request.state.form, "name"), None)))
    return RedirectResponse(QUEUE, SEE_OTHER)

"""`/pages/model`: the model's own record; and the report of each training, with a style sheet of its own."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from models.registry import REPORT, NoModelError, RegistryError
from serving.api.model import account_of, of_registry
from serving.api.services import services_of
from serving.pages.model import model_page
from serving.pages.report import hoisted
from serving.pages.routes.answers import page
from serving.schemas.problems import NOT_THERE, refusal
from serving.store.keys import Role

MODEL = "/pages/model"
REPORTS = f"{MODEL}/reports"
REPORT_READERS: tuple[Role, ...] = ("admin",)
"""A report names every rep with his or her skills; to anybody else the service tells their own alone."""


async def model(request: Request) -> Response:
    """Show the model."""
    reports = REPORTS if request.state.key.role in REPORT_READERS else ""
    return page(request, "model", page=model_page(await account_of(request), reports))


async def report(request: Request) -> Response:
    """Show the report of a training."""
    number = request.path_params["version"]
    html, _ = hoisted(await of_registry(request, _report, request, number), f"{REPORTS}/{number}.css")
    return HTMLResponse(html.replace("<header>", f'<header><p><a href="{MODEL}">Back to the model</a></p>', 1))


async def style(request: Request) -> Response:
    """Return the style sheet of a report: the browser takes nothing that stands inside a page."""
    number = request.path_params["version"]
    _, css = hoisted(await of_registry(request, _report, request, number), "")
    return Response(css, media_type="text/css")


def _report(request: Request, number: str) -> str:
    find = services_of(request).registry
    try:
        text = find().text(number, REPORT) if find and number.isdigit() else None
    except (NoModelError, RegistryError, ValueError, OSError):
        text = None
    if text is None:
        raise refusal(NOT_THERE, "version", "must have a report in the registry", repr(number[:80]), "choose another")
    return str(text)

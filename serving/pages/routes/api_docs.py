"""`/pages/docs`: the description of the API for people; and the doors that browsers come in by."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.services import services_of
from serving.pages.api_docs import DOCS, api_page
from serving.pages.routes.answers import page
from serving.pages.routes.entry import SEE_OTHER
from serving.pages.routes.session import PATH

DOORS = {"/": PATH, "/docs": DOCS, "/docs/": DOCS}
"""Where a browser is sent from addresses that people type."""


async def docs(request: Request) -> Response:
    """Show the description of the API."""
    url = f"{request.url.scheme}://{request.url.netloc}"
    return page(request, "api_docs", page=api_page(services_of(request).current.openapi, url))


class FrontDoors:
    """Sends whoever asks for a page at an address that people type to the pages; programs, which ask for JSON, go on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or send its browser elsewhere."""
        place = DOORS.get(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if place is not None and _wants_page(Request(scope)):
            await RedirectResponse(place, SEE_OTHER, {"vary": "accept"})(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _wants_page(request: Request) -> bool:
    """Return whether whoever asks would rather have a page than JSON, and comes without a key."""
    has_key = "authorization" in request.headers or "x-api-key" in request.headers
    return not has_key and "text/html" in request.headers.get("accept", "")

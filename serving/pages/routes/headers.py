"""What every answer under `/pages` says to the browser: nothing inline, nothing from elsewhere, in nobody's frame but a card in that of a site of the settings."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.cards import CARDS
from serving.api.services import entry_services_of
from serving.pages.routes.session import PATH

POLICY = "content-security-policy"
HEADERS = {
    POLICY: "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PAGE = "no-store"
STATIC = "no-cache"
"""Kept by the browser, which asks by the ETag whether it is still the same."""


class PageHeaders:
    """Adds `HEADERS` to whatever is answered under `/pages`, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not is_page(scope["path"]):
            await self.app(scope, receive, send)
            return
        own = _of_card(scope) if scope["path"].startswith(f"{CARDS}/") else HEADERS
        caching = STATIC if scope["path"].startswith(f"{PATH}/static/") else PAGE

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**own, "cache-control": caching})
            await send(message)

        await self.app(scope, receive, guarded)


def _of_card(scope: Scope) -> Mapping[str, str]:
    """Return the headers of a card: the sites of the settings may show it in a frame, and no other; without any, nobody may."""
    frames = entry_services_of(HTTPConnection(scope)).deployment.service.frames
    if not frames:
        return HEADERS
    policy = HEADERS[POLICY].replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(frames)}")
    return {name: value for name, value in HEADERS.items() if name != "x-frame-options"} | {POLICY: policy}


def is_page(path: str) -> bool:
    """Return whether a path is one of a page."""
    return path == PATH or path.startswith(f"{PATH}/")

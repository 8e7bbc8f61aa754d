"""What every answer under `/pages` says to the browser: nothing inline, nothing from elsewhere, in nobody's frame."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.routes.pages.session import PATH

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
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
        caching = STATIC if scope["path"].startswith(f"{PATH}/static/") else PAGE

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**HEADERS, "cache-control": caching})
            await send(message)

        await self.app(scope, receive, guarded)


def is_page(path: str) -> bool:
    """Return whether a path is one of a page."""
    return path == PATH or path.startswith(f"{PATH}/")

"""Slashes in ids: `%2F` in a path is part of a name, and parts of the path stand between slashes that were not escaped."""

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

SLASH = "\x1f"
"""Stands for an escaped slash while routes are matched; no id can hold this control character."""


class EscapedSlashes:
    """Keeps escaped slashes apart from those between the parts of a path, so that `/leads/A%2Fwhy` is the lead `A/why` and not why of `A`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            scope = {**scope, "path": matched_path(raw)}
        await self.app(scope, receive, send)


def matched_path(raw: bytes) -> str:
    """Return the path by which a request is matched.

    Examples
    --------
    >>> matched_path(b"/leads/A%2Fwhy") == f"/leads/A{SLASH}why", matched_path(b"/leads/A%20B/why?x=1")
    (True, '/leads/A B/why')
    """
    escaped = raw.partition(b"?")[0].decode("ascii", errors="replace")
    return unquote(escaped.replace("%2f", SLASH).replace("%2F", SLASH))


def with_slashes(name: str) -> str:
    """Return a part of a matched path as it was meant."""
    return name.replace(SLASH, "/")

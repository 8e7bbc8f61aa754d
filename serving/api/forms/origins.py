"""Which sites' pages may post: what a browser asks before and after, and what it names with each post."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.services import services_of
from serving.schemas.problems import OTHER_SITE, plain_problem, problem_response, refusal
from serving.settings.forms import FormSettings

PATH = "/leads"
HEADERS = ("Authorization", "X-Api-Key", "Content-Type", "Idempotency-Key")
"""What a page may send along."""


class FormOrigins:
    """Tells browsers which sites may call `POST /leads`, by the settings of the champion that serves; other routes are for nobody's pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._made: tuple[tuple[str, ...], _Cors] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with what the browser is to know."""
        is_form = scope["type"] == "http" and scope["path"] == PATH and "origin" in Headers(scope=scope)
        app = self._cors(services_of(HTTPConnection(scope)).champion.forms) if is_form else self._app
        await app(scope, receive, send)

    def _cors(self, settings: FormSettings) -> "_Cors":
        if self._made is None or self._made[0] != settings.origins:
            self._made = settings.origins, _Cors(self._app, settings.origins)
        return self._made[1]


class _Cors(CORSMiddleware):
    """Starlette's, with a problem where it refuses."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        super().__init__(
            app, origins, allow_methods=("POST",), allow_headers=HEADERS, expose_headers=("Retry-After",), max_age=600
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer what a browser asks before it posts."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        headers = {name: answer.headers[name] for name in answer.headers if not name.startswith("content-")}
        return problem_response(plain_problem(answer.status_code, bytes(answer.body).decode()), headers)


def check_origin(request: Request, settings: FormSettings) -> None:
    """Refuse the post of a page of another site; what is no browser names no site.

    Raises
    ------
    RefusedError
        If the site is not among the settings'.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin not in settings.origins:
        remedy = "name the site under forms.origins in the settings"
        raise refusal(OTHER_SITE, "Origin", "must be a site that may post", repr(origin[:80]), remedy)

"""What logins are kept by: made once as the app starts."""

from dataclasses import dataclass

from starlette.requests import Request

from serving.api.openid import OpenIdProviders
from serving.pages.routes.attempts import Attempts
from serving.pages.routes.ended import EndedSessions
from serving.pages.routes.session import Sessions


@dataclass(frozen=True)
class Logins:
    """Who is logged in, which logins were ended before their time, and which are under way to which provider."""

    sessions: Sessions
    ended: EndedSessions
    attempts: Attempts
    providers: OpenIdProviders


def logins_of(request: Request) -> Logins:
    """Return what a request's login is known by."""
    logins: Logins = request.app.state.logins
    return logins

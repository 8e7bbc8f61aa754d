"""What logins are kept by: made once as the app starts."""

from dataclasses import dataclass

from starlette.requests import Request

from serving.pages.routes.ended import EndedSessions
from serving.pages.routes.session import Sessions


@dataclass(frozen=True)
class Logins:
    """Who is logged in, and which logins were ended before their time."""

    sessions: Sessions
    ended: EndedSessions


def logins_of(request: Request) -> Logins:
    """Return what a request's login is known by."""
    logins: Logins = request.app.state.logins
    return logins

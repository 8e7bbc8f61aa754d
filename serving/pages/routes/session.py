"""Who is logged in: a signed cookie that names a key. What the key may do is asked anew with every request."""

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

from serving.settings.settings import ServiceSettings

COOKIE = "glengarry_session"
PATH = "/pages"
HOUR = 3_600


@dataclass(frozen=True)
class Session:
    """A login.

    Attributes
    ----------
    token
        Must come with every form of this session, so that no other site can send one.
    ends_at
        Seconds since 1970.
    """

    key_id: str
    token: str
    ends_at: int


class Sessions:
    """Makes sessions and reads them back; whoever changes one, or signs with another secret, has none."""

    def __init__(self, secret: str) -> None:
        signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeSerializer(secret, salt="glengarry pages", signer_kwargs=signing)

    def begin(self, key_id: str, now: float, hours: int) -> Session:
        """Return a new session of a key."""
        return Session(key_id, secrets.token_urlsafe(24), int(now) + hours * HOUR)

    def write(self, session: Session) -> str:
        """Return a session as it stands in a cookie."""
        return str(self._serializer.dumps([session.key_id, session.token, session.ends_at]))

    def read(self, cookie: str, now: float) -> Session | None:
        """Return the session of a cookie; None if it has ended or is none of ours."""
        try:
            session = Session(*self._serializer.loads(cookie))
        except (BadData, TypeError):
            return None
        return session if now < session.ends_at else None


def keep_cookie(response: Response, value: str, limits: ServiceSettings) -> None:
    """Have the browser keep a session: out of the reach of scripts, and of other sites' forms."""
    life = limits.session_hours * HOUR
    response.set_cookie(COOKIE, value, life, path=PATH, secure=limits.https, httponly=True, samesite="lax")


def drop_cookie(response: Response, limits: ServiceSettings) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(COOKIE, path=PATH, secure=limits.https, httponly=True, samesite="lax")

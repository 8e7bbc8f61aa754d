"""Logins under way: each in a signed cookie of the browser that began it, out of the reach of scripts, for minutes."""

import hashlib

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from serving.api.openid import LoginAttempt
from serving.pages.routes.session import PATH
from serving.settings.settings import ServiceSettings

COOKIE = "glengarry_login"
COOKIE_PATH = f"{PATH}/login/openid"
ATTEMPT_SECONDS = 600
"""That a login may take: whoever is asked for a second factor looks for a telephone."""


class Attempts:
    """Writes attempts into cookies and reads them back; whoever changes one, or comes late, has none."""

    def __init__(self, secret: str) -> None:
        signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeTimedSerializer(secret, salt="glengarry login", signer_kwargs=signing)

    def write(self, attempt: LoginAttempt) -> str:
        """Return an attempt as it stands in a cookie."""
        return str(self._serializer.dumps([attempt.state, attempt.nonce, attempt.verifier, attempt.next]))

    def read(self, cookie: str, seconds: int = ATTEMPT_SECONDS) -> LoginAttempt | None:
        """Return the attempt of a cookie; None if there is none, or it began longer ago."""
        try:
            return LoginAttempt(*self._serializer.loads(cookie, max_age=seconds))
        except (BadData, TypeError):
            return None


def keep_attempt(response: Response, value: str, limits: ServiceSettings) -> None:
    """Have the browser keep an attempt; it comes back with the provider's answer, which is a visit from another site."""
    response.set_cookie(
        COOKIE, value, ATTEMPT_SECONDS, path=COOKIE_PATH, secure=limits.https, httponly=True, samesite="lax"
    )


def drop_attempt(response: Response, limits: ServiceSettings) -> None:
    """Have the browser forget its attempt: an answer is taken once."""
    response.delete_cookie(COOKIE, path=COOKIE_PATH, secure=limits.https, httponly=True, samesite="lax")

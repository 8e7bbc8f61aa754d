"""Attempts in cookies: read back whole, by the same secret, within their time."""

from __future__ import annotations

from starlette.responses import Response

from serving.api.openid import LoginAttempt
from serving.pages.routes.attempts import Attempts, drop_attempt, keep_attempt
from serving.pages.routes.session import Sessions
from serving.settings.settings import ServiceSettings


def test_an_attempt_is_read_back_by_its_secret_alone_and_in_time() -> None:
    attempt = LoginAttempt.begun("/pages/leads")
    cookie = Attempts("secret").write(attempt)
    assert Attempts("secret").read(cookie) == attempt
    assert Attempts("another").read(cookie) is None
    assert Attempts("secret").read(cookie, seconds=-1) is None
    payload, rest = cookie.split(".", 1)
    assert Attempts("secret").read(f"{payload[:-4]}AAAA.{rest}") is None


def test_no_session_is_an_attempt_and_no_attempt_a_session() -> None:
    session = Sessions("secret").write(Sessions("secret").begin("k", 0, 1))
    assert Attempts("secret").read(session) is None
    assert Sessions("secret").read(Attempts("secret").write(LoginAttempt.begun("/pages")), 0) is None


def test_no_two_attempts_are_alike() -> None:
    one, other = LoginAttempt.begun(""), LoginAttempt.begun("")
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6
    assert 43 <= len(one.verifier) <= 128  # as RFC 7636 has it


def test_the_cookie_is_closed_to_scripts_and_to_forms_of_other_sites() -> None:
    limits = ServiceSettings(https=True)
    kept, dropped = Response(), Response()
    keep_attempt(kept, "x", limits)
    drop_attempt(dropped, limits)
    for answer in (kept, dropped):
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/pages/login/openid"))

"""Login by OpenID Connect: to the provider with what only this browser can answer to, and back into a session like any other."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.auth import note, written
from serving.api.openid import (
    LoginAttempt,
    LoginRefusedError,
    OpenIdPerson,
    OpenIdProvider,
    ProviderError,
    refusal_of_groups,
)
from serving.api.services import entry_services_of
from serving.intake.audit import Refusal
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.routes.answers import page
from serving.pages.routes.attempts import COOKIE, drop_attempt, keep_attempt
from serving.pages.routes.entry import LOGIN, SEE_OTHER
from serving.pages.routes.login import begun, safe_place
from serving.pages.routes.logins import logins_of
from serving.schemas.problems import NO_KEY, NOT_ALLOWED, NOT_THERE, RefusedError, refusal
from serving.settings.login import LOGIN_SECRET_VARIABLE
from serving.store.keys import Key, admit_person, dismiss_person, person_id
from serving.store.sessions import end_session, open_sessions
from serving.store.transaction import Transaction

log = logging.getLogger("glengarry")

START = f"{LOGIN}/openid"
BACK = f"{START}/back"
NO_ATTEMPT = "This browser began no login, or too long ago: its cookies may be off. Log in again."
PROVIDER_GONE = (
    "The provider of the login does not answer as it must; the service's log says why. Try again, or log in with a key."
)
REMEDY = "ask whoever runs the service to let you in again"


@dataclass(frozen=True)
class PersonAdmission:
    """Somebody who comes in by a provider, as the store keeps them."""

    person: Key

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Keep who it is; whoever was revoked here stays out."""
        if not admit_person(transaction, self.person):
            raise refusal(NOT_ALLOWED, "access", "must not have been ended here", "one that was", REMEDY)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")


@dataclass(frozen=True)
class PersonDismissal:
    """Somebody to whom no group gives a role any more: what earlier logins opened is shut."""

    key_id: str
    now: int

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Take their role away, and end their sessions."""
        dismiss_person(transaction, self.key_id)
        for session in open_sessions(transaction.connection, self.now):
            if session.key_id == self.key_id:
                end_session(transaction, session.name, session.key_id, "a login without a role")
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is told why it is refused."""
        return Reply(204, "")


async def start(request: Request) -> Response:
    """Send a browser to the provider."""
    attempt = LoginAttempt.begun(safe_place(request.query_params.get("next", "")))
    provider = provider_of(request)
    try:
        address = await run_in_threadpool(provider.address_of, attempt)
    except ProviderError as error:
        return _gone(request, error)
    answer = RedirectResponse(address, SEE_OTHER)
    keep_attempt(answer, logins_of(request).attempts.write(attempt), entry_services_of(request).deployment.service)
    return answer


async def back(request: Request) -> Response:
    """Let in whom the provider sends back, if the answer is to this browser's attempt and a group has a role here."""
    provider = provider_of(request)
    attempt = logins_of(request).attempts.read(request.cookies.get(COOKIE, ""))
    try:
        if attempt is None:
            raise LoginRefusedError(NO_ATTEMPT)
        person = await run_in_threadpool(provider.person, attempt, dict(request.query_params))
        key = _admitted(provider, person)
        if key is None:
            gone = PersonDismissal(person_id(provider.settings.issuer, person.subject), time.time_ns() // 1_000)
            await written(request, Call(gone))
            raise refusal_of_groups(person)
        await written(request, Call(PersonAdmission(key)))
        answer = await begun(request, key, safe_place(attempt.next))
    except (LoginRefusedError, RefusedError) as error:
        note(request, Refusal("GET", BACK, NOT_ALLOWED.title, None))
        answer = _refused(request, HTTPStatus.FORBIDDEN, str(error))
    except ProviderError as error:
        note(request, Refusal("GET", BACK, NO_KEY.title, None))
        answer = _gone(request, error)
    drop_attempt(answer, entry_services_of(request).deployment.service)
    return answer


def provider_of(request: Request) -> OpenIdProvider:
    """Return the provider that the settings name.

    Raises
    ------
    RefusedError
        If they name none.
    """
    settings = entry_services_of(request).deployment.login
    if not settings.is_on:
        rule, remedy = "must name a provider under [login]", "log in with a key"
        raise refusal(NOT_THERE, "login", rule, "none", remedy)
    secret = entry_services_of(request).environment.get(LOGIN_SECRET_VARIABLE, "")
    return logins_of(request).providers.find(settings, secret, settings.address.rstrip("/") + BACK)


def _admitted(provider: OpenIdProvider, person: OpenIdPerson) -> Key | None:
    """Return what somebody may do here, by their groups; None where none has a role."""
    role = provider.settings.role_of(person.groups)
    if role is None:
        return None
    key_id = person_id(provider.settings.issuer, person.subject)
    return Key(key_id, person.name, role, "", 0, rep_id=person.rep_id if role == "rep" else None)


def _gone(request: Request, error: ProviderError) -> Response:
    log.error("login: %s", error)
    return _refused(request, HTTPStatus.BAD_GATEWAY, PROVIDER_GONE)


def _refused(request: Request, status: HTTPStatus, sentence: str) -> Response:
    login = entry_services_of(request).deployment.login
    return page(request, "login", status, next="", problem=sentence, openid=login)

"""Requests to a CRM: paced, tried again as it asks for, with a token that stands in the environment alone and in no log."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

import httpx

from features.settings.redaction import redacted
from serving.crm.bounded import TooLargeError, fetch
from serving.settings.crm import CrmSettings

log = logging.getLogger("glengarry")

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
MAX_TRIES = 5
LONGEST_WAIT = 30.0
"""Seconds that a request waits before it is tried again; where a CRM asks for more, the round ends and the next one is that much later."""
BUSY = frozenset({429, 502, 503, 504})
LONGEST_SAID = 300


class CrmError(ConnectionError):
    """A CRM cannot be reached, or does not work: the next round tries again."""


class CrmBusyError(CrmError):
    """A CRM has had enough for now.

    Attributes
    ----------
    wait
        Seconds that it asks for.
    """

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class CrmRefusedError(CrmError):
    """A CRM understood a request and refused it: a right, a property or a record is missing.

    Attributes
    ----------
    status
        Of HTTP.
    content
        What it said; None where that is no JSON.
    """

    def __init__(self, message: str, status: int, content: Any) -> None:
        super().__init__(message)
        self.status, self.content = status, content


class CrmTokenError(ValueError):
    """The environment has no token for a CRM, or none that it takes."""


@dataclass
class Token:
    """What calls are allowed by: a token of the environment, or one that is given for a client's id and secret.

    Parameters
    ----------
    environment
        Holds the secrets; they are read when they are needed.
    """

    settings: CrmSettings
    environment: Mapping[str, str]
    _given: str = field(default="", repr=False)

    def value(self, http: httpx.Client) -> str:
        """Return the token.

        Raises
        ------
        CrmTokenError
            If there is none.
        """
        if self.settings.token_variable:
            return self._of(self.settings.token_variable)
        if not self._given:
            self._given = self._ask(http)
        return self._given

    def renew(self) -> bool:
        """Let go of a token that is good no longer; return whether another can be had."""
        had, self._given = bool(self._given), ""
        return had

    def _of(self, variable: str) -> str:
        found = self.environment.get(variable, "").strip()
        if not found:
            raise CrmTokenError(
                f"The environment must have {variable} for crm {self.settings.name!r}, got none: set it."
            )
        return found

    def _ask(self, http: httpx.Client) -> str:
        said = {
            "grant_type": "client_credentials",
            "client_id": self._of(self.settings.client_variable),
            "client_secret": self._of(self.settings.secret_variable),
        }
        if self.settings.vendor == "dynamics":
            said["scope"] = f"{self.settings.root}/.default"
        try:
            answer = fetch(http, "POST", self.settings.token_address, data=said)
        except TooLargeError as error:
            raise CrmError(f"An answer of {self.settings.token_address} {error}: compare the address.") from None
        except httpx.HTTPError as error:
            raise CrmError(f"{self.settings.token_address} must give a token, got {type(error).__name__}.") from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise CrmError(f"{self.settings.token_address} must give a token, got {answer.status_code}.")
        try:
            token = answer.json()["access_token"]
        except (ValueError, KeyError, TypeError):
            variables = f"{self.settings.client_variable} and {self.settings.secret_variable}"
            raise CrmTokenError(
                f"{self.settings.token_address} must give a token for {variables}, got {answer.status_code}: compare them."
            ) from None
        return str(token)


class CrmClient:
    """Asks one CRM.

    Parameters
    ----------
    per_second
        Requests at most; the CRM's own limits are for all of an account's programs together.
    transport
        How requests are sent; by default over the network.
    """

    def __init__(
        self,
        settings: CrmSettings,
        environment: Mapping[str, str],
        per_second: float,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self._root, self._pause = settings.name, settings.root, 1.0 / per_second
        self._token = Token(settings, environment)
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)
        self._clock, self._sleep = clock, sleep
        self._next = 0.0

    def ask(
        self,
        method: str,
        path: str,
        *,
        allowed: Collection[int] = (),
        once: bool = False,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Send a request and return the answer, which is one of success or of a status that is allowed.

        Parameters
        ----------
        path
            After the CRM's address; or a whole address there.
        once
            Whether it is not sent again where no answer came, or one of a failed server: it might have been carried out.

        Raises
        ------
        CrmRefusedError
            If it is refused.
        CrmBusyError
            If it is asked to wait for longer than a round lasts.
        CrmError
            If it cannot be reached.
        CrmTokenError
            If there is no token.
        """
        renewed = False
        for number in range(1, MAX_TRIES + 1):
            answer = self._send(method, path, headers or {}, content, number, once=once)
            if answer is None:
                continue
            if answer.status_code == 401 and not renewed and self._token.renew():
                renewed = True
                continue
            wait = _asked_wait(answer, number)
            if once and answer.status_code >= 500:  # it might have been carried out: the next round looks
                raise CrmError(f"crm {self.name!r} must answer, got {answer.status_code}: it is asked again later.")
            if wait is None:
                if answer.is_success or answer.status_code in allowed:
                    return answer
                raise self._refusal(method, path, answer)
            if wait > LONGEST_WAIT or number == MAX_TRIES:
                raise CrmBusyError(f"crm {self.name!r} asks to wait for {wait:g} seconds ({answer.status_code}).", wait)
            self._sleep(wait)
        raise CrmError(f"crm {self.name!r} must be reachable, got no answer {MAX_TRIES} times.")

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any], number: int, *, once: bool
    ) -> httpx.Response | None:
        """Return the answer; None where none came and it may be tried again."""
        self._sleep(max(self._next - self._clock(), 0.0))
        self._next = self._clock() + self._pause
        address = path if path.startswith(("https://", "http://")) else f"{self._root}{path}"
        if not address.startswith(f"{self._root}/"):
            raise CrmError(f"crm {self.name!r} must name addresses of its own, got another: the token is not for that.")
        allowed = {"authorization": f"Bearer {self._token.value(self._http)}", **headers}
        try:
            return fetch(self._http, method, address, headers=allowed, **content)
        except TooLargeError as error:
            route = path.partition("?")[0]
            remedy = (
                "nothing of it is stored, and it is asked for again; let the rules of the webhook name fewer properties"
            )
            raise CrmError(f"An answer of crm {self.name!r} to {method} {route} {error}: {remedy}.") from None
        except httpx.TransportError as error:
            if once or number == MAX_TRIES:
                raise CrmError(f"crm {self.name!r} must be reachable, got {type(error).__name__}.") from None
            self._sleep(_backoff(number))
            return None

    def _refusal(self, method: str, path: str, answer: httpx.Response) -> CrmRefusedError:
        try:
            content = answer.json()
        except ValueError:
            content = None
        route = path.partition("?")[0]
        said = message_of(content)
        remedy = (
            " (see its page in the docs for the rights that the token needs)"
            if answer.status_code in (401, 403)
            else ""
        )
        return CrmRefusedError(
            f"crm {self.name!r} refused {method} {route}: {answer.status_code} {said}{remedy}.",
            answer.status_code,
            content,
        )


def message_of(content: Any) -> str:
    """Return what a CRM says is wrong, shortened, without secrets.

    Examples
    --------
    >>> message_of([{"message": "No such column", "errorCode": "INVALID_FIELD"}])
    'No such column'
    >>> message_of({"error": {"code": "0x80040217", "message": "Does not exist"}})
    'Does not exist'
    """
    if isinstance(content, list):
        content = content[0] if content else None
    if isinstance(content, Mapping) and isinstance(content.get("error"), Mapping):
        content = content["error"]
    said = content.get("message", "") if isinstance(content, Mapping) else ""
    return redacted(" ".join(str(said).split()))[:LONGEST_SAID]


def _asked_wait(answer: httpx.Response, number: int) -> float | None:
    """Return how many seconds a CRM asks to wait; None where it does not."""
    if answer.status_code not in BUSY and not _is_over_limit(answer):
        return None
    asked = answer.headers.get("retry-after", "").strip()
    if asked:
        try:
            seconds = float(asked)
            if isfinite(seconds):
                return max(seconds, 0.0)
        except ValueError:
            pass
        try:
            return max((parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds(), 0.0)
        except (ValueError, TypeError):
            pass
    if _policy(answer) == "DAILY":
        return 3600.0
    if answer.status_code == 403:  # Salesforce counts over 24 hours
        return 900.0
    return _backoff(number)


def _is_over_limit(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and b"REQUEST_LIMIT_EXCEEDED" in answer.content


def _policy(answer: httpx.Response) -> str:
    try:
        content = answer.json()
    except ValueError:
        return ""
    return str(content.get("policyName", "")) if isinstance(content, Mapping) else ""


def _backoff(number: int) -> float:
    return min(2.0 ** (number - 1), LONGEST_WAIT)

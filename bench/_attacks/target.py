"""A service that is attacked, and what an attack is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from bench.harness.openid_provider import StandInProvider
from serving.store.keys import Role, Secret

Json = dict[str, Any]
DEFECT = 500
JSON_TYPE = {"content-type": "application/json"}
SCORE = b'{"fields": {}}'


@dataclass
class Target:
    """A running service with a key of each role, and what is run beside it.

    Attributes
    ----------
    tools
        Where the tools for agents answer over HTTP.
    provider
        Of logins.
    told, inside
        The calls that a receiver was told by, who sends everybody on, and those that reached where it sends them.
    """

    client: httpx.Client
    port: int
    keys: dict[Role, Secret]
    number: Iterator[int]
    tools: str
    provider: StandInProvider
    told: list[dict[str, str]]
    inside: list[dict[str, str]]

    def call(self, method: str, path: str, role: Role | None = "admin", **sent: Any) -> httpx.Response:
        """Send a request by the key of a role."""
        headers = {"authorization": f"Bearer {self.keys[role]}"} if role else {}
        return self.client.request(method, path, headers={**headers, **sent.pop("headers", {})}, **sent)

    def name(self) -> str:
        """Return an id that nobody has."""
        return f"attack-{next(self.number)}"

    def enter(self, role: Role = "admin") -> dict[str, str]:
        """Log in by a key, and return the header with the session's cookie."""
        entered = self.call("POST", "/pages/login", None, data={"key": self.keys[role]})
        return {"cookie": entered.headers["set-cookie"].split(";")[0]}

    def token(self, cookie: dict[str, str], page: str = "/pages/leads") -> str:
        """Return the token that the forms of a page have in a session."""
        shown = self.call("GET", page, None, headers=cookie).text
        return shown.partition('name="token" value="')[2].partition('"')[0]


@dataclass(frozen=True)
class Attack:
    """An attack; `run` returns what it found, empty where the service held."""

    kind: str
    name: str
    run: Callable[[Target], str]


def must(holds: bool, found: object) -> str:
    """Return what was found where a law does not hold."""
    return "" if holds else str(found)[:300]


def refused(answer: httpx.Response, *statuses: int) -> str:
    """Return what was found where an answer is none of these refusals."""
    return must(answer.status_code in statuses, f"{answer.status_code} {answer.text[:200]}")

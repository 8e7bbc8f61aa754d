"""A service that is attacked, and what an attack is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from serving.store.keys import Role, Secret

Json = dict[str, Any]
DEFECT = 500


@dataclass
class Target:
    """A running service with a key of each role."""

    client: httpx.Client
    port: int
    keys: dict[Role, Secret]
    number: Iterator[int]

    def call(self, method: str, path: str, role: Role | None = "admin", **sent: Any) -> httpx.Response:
        """Send a request by the key of a role."""
        headers = {"authorization": f"Bearer {self.keys[role]}"} if role else {}
        return self.client.request(method, path, headers={**headers, **sent.pop("headers", {})}, **sent)

    def name(self) -> str:
        """Return an id that nobody has."""
        return f"attack-{next(self.number)}"


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

"""Who may call a route: by the role of the key that comes with the request. No key, no entry."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.services import entry_services_of
from serving.intake.audit import Refusal
from serving.intake.calls import Call
from serving.schemas.problems import NO_KEY, NOT_ALLOWED, RefusedError, refusal
from serving.settings.settings import ServiceSettings
from serving.store.keys import Key, Role

Endpoint = Callable[[Request], Awaitable[Response]]
Admission = Callable[[Request, "Access"], Awaitable[Key]]


@dataclass(frozen=True)
class Access:
    """A method of a path, what answers it, and whose keys open it; settings may open it to everybody.

    Attributes
    ----------
    admission
        Finds the key where it may also come in another place than a header.
    opened_by
        Settings by which no key is needed.
    """

    method: str
    path: str
    endpoint: Endpoint
    roles: tuple[Role, ...]
    admission: Admission | None = field(default=None, kw_only=True)
    opened_by: Callable[[ServiceSettings], bool] = field(default=lambda _: False, kw_only=True)

    @property
    def template(self) -> str:
        """The path as it is described: `/leads/{lead_id}`."""
        return self.path.replace(":path", "")


A = TypeVar("A", bound=Access)
Guarded = Callable[[Request, A], Awaitable[Response]]
"""Answers what is asked of a row of a table, if whoever asks may have it."""


async def guarded(request: Request, access: Access) -> Response:
    """Answer whoever has a key for it, or everybody where settings say so."""
    if not access.opened_by(entry_services_of(request).deployment.service):
        request.state.key = await (access.admission or admit)(request, access)
    return await access.endpoint(request)


def routes_of(table: tuple[A, ...], guarded: Guarded[A]) -> list[Route]:
    """Return a route for each path of a table, which is guarded before anything else."""
    paths: dict[str, dict[str, A]] = {}
    for access in table:
        paths.setdefault(access.path, {})[access.method] = access
    return [Route(path, _endpoint(methods, guarded), methods=list(methods)) for path, methods in paths.items()]


def _endpoint(methods: Mapping[str, A], guarded: Guarded[A]) -> Endpoint:
    async def answer(request: Request) -> Response:
        access = methods["GET" if request.method == "HEAD" else request.method]
        request.state.route = access.template
        return await guarded(request, access)

    return answer


async def admit(request: Request, access: Access) -> Key:
    """Return the key that comes with a request, if it opens the route.

    Raises
    ------
    RefusedError
        If there is none, it is not good, or its role is another; that is in the audit trail then.
    StoreError
        If the store cannot tell.
    """
    return await admit_token(request, access, token_of(request))


async def admit_token(request: Request, access: Access, token: str, place: str = "Authorization") -> Key:
    """Return the key that this is, if it opens the route, as `admit` does; `place` is where it was sent."""
    ring = entry_services_of(request).keys
    key = ring.find(token) if ring.remembers(token) else await run_in_threadpool(ring.find, token)
    if key is not None and key.role in access.roles:
        return key
    error = _refusal(token, key, access, place)
    note(request, Refusal(access.method, access.path, error.problem.title, None if key is None else key.key_id))
    raise error


def token_of(request: Request) -> str:
    """Return the key as it was sent, empty if none was."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "").strip()


def _refusal(token: str, key: Key | None, access: Access, place: str) -> RefusedError:
    if key is not None:
        rule = f"must be of role {' or '.join(access.roles)} for {access.method} {access.path}"
        return refusal(NOT_ALLOWED, place, rule, key.role, "use another key")
    got = "one that is not good" if token else "none"
    remedy = "send 'Authorization: Bearer KEY' with a key of `glengarry keys create`"
    return refusal(NO_KEY, place, "must hold a good key", got, remedy)


def note(request: Request, entry: Refusal) -> None:
    """Have a refusal written into the audit trail; nobody waits for it."""
    refusals = entry_services_of(request).refusals
    refusals.note(entry)


async def written(request: Request, call: Call) -> Any:
    """Return the answer to a call once it is on disk.

    Raises
    ------
    RefusedError
        If it cannot be taken.
    StoreError
        If the store does not take it; nothing then is acknowledged.
    """
    writer = entry_services_of(request).writer
    telemetry = entry_services_of(request).telemetry
    with telemetry.stage("write"):
        return await asyncio.wrap_future(writer.submit(call))

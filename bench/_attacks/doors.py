"""Attacks by keys: none, bad ones, and those of roles that must not open a route."""

from collections.abc import Iterator

from bench._attacks.target import Attack, Target, refused
from serving.runtime.app import ACCESS
from serving.store.keys import ROLES, Role

BAD_TOKENS = (
    "",
    "Bearer",
    "Bearer x",
    "Bearer glengarry_0_0",
    "Basic YWRtaW46YWRtaW4=",
    "Bearer ' OR 1=1 --",
    "Bearer \u00e9",
)


def doors() -> Iterator[Attack]:
    """Every route without a key, by a bad one, and by the key of every role that must not open it."""
    for access in ACCESS:
        path = access.template.replace("{lead_id}", "L1").replace("{name}", "crm")
        for token in BAD_TOKENS:

            def by_bad(target: Target, method: str = access.method, path: str = path, token: str = token) -> str:
                headers = {"authorization": token.encode()} if token else {}
                return refused(target.call(method, path, None, headers=headers), 401)

            yield Attack("keys", f"{access.method} {path} by {token!r}", by_bad)
        for role in ROLES:
            if role not in access.roles:

                def by_role(target: Target, method: str = access.method, path: str = path, role: Role = role) -> str:
                    return refused(target.call(method, path, role), 403)

                yield Attack("roles", f"{access.method} {path} by {role}", by_role)

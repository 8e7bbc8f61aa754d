"""Keys of each role, as tests and measurements call with them."""

from __future__ import annotations

from datetime import UTC, datetime

from features.records.clock import to_microseconds
from serving.store.keys import ROLES, Role, Secret, create_key
from serving.store.store import open_store


def make_tokens(url: str) -> dict[Role, Secret]:
    """Make a key of each role in a store."""
    store = open_store(url)
    made = {role: create_key(store, f"test {role}", role, to_microseconds(datetime.now(UTC))) for role in ROLES}
    store.close()
    return made


def bearer(token: str) -> dict[str, str]:
    """Return the headers that a key comes in."""
    return {"authorization": f"Bearer {token}"}

"""API keys, without their secrets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.records.clock import to_datetime

if TYPE_CHECKING:
    from serving.store.keys import Key


def keys_json(keys: Sequence["Key"]) -> list[dict[str, Any]]:
    """Return keys as plain values."""
    return [
        {
            "key_id": key.key_id,
            "name": key.name,
            "role": key.role,
            "rep_id": key.rep_id,
            "created_at": to_datetime(key.created_at).isoformat(),
            "revoked_at": None if key.revoked_at is None else to_datetime(key.revoked_at).isoformat(),
        }
        for key in keys
    ]


def print_keys(console: Console, keys: Sequence["Key"]) -> None:
    """Print keys, the oldest first."""
    if not keys:
        console.print("There is no key: make one with `glengarry keys create NAME --role crm`.", soft_wrap=True)
        return
    table = Table("id", "name", "role", "rep", "made", "revoked")
    for key in keys:
        revoked = "" if key.revoked_at is None else f"{to_datetime(key.revoked_at):%Y-%m-%d %H:%M}"
        table.add_row(
            key.key_id,
            escape(key.name),
            key.role,
            escape(key.rep_id or ""),
            f"{to_datetime(key.created_at):%Y-%m-%d %H:%M}",
            revoked,
        )
    console.print(table)

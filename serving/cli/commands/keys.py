"""Commands on API keys: make, list, revoke. A key is shown once, when it is made."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, err, out, print_json
from serving.settings.settings import DEFAULT_FILE, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from serving.store.store import Store

keys = typer.Typer(help="API keys of the service.", no_args_is_help=True, rich_markup_mode=None)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is, such as 'web site'.")],
    role: Annotated[str, typer.Option(help="form, crm, rep or admin.")],
    rep: Annotated[str | None, typer.Option(help="The rep whose key it is, as events name the rep.")] = None,
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Make a key and print it; it is not shown again."""
    from serving.store.keys import create_key, role_of

    with _store(settings) as (store, now):
        key = create_key(store, name, role_of(role), now, rep)
    sys.stdout.write(f"{key}\n")
    err.print("Keep it: it is not shown again, and the store has its hash alone.", highlight=False, soft_wrap=True)


@keys.command("list")
def list_(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    from serving.cli.printing.keys import keys_json, print_keys
    from serving.store.keys import list_keys

    with _store(settings) as (store, _):
        found = store.ask(list_keys)
    if as_json:
        print_json(keys_json(found))
    else:
        print_keys(out, found)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id, as `glengarry keys list` shows it.")],
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Revoke a key: within seconds it opens nothing any more."""
    from serving.store.keys import revoke_key

    with _store(settings) as (store, now):
        key = revoke_key(store, key_id, now)
    out.print(f"Key {key.key_id} of {key.name!r} is revoked.", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _store(settings: "Path") -> "Iterator[tuple[Store, int]]":
    from features.records.clock import to_microseconds
    from serving.store.store import open_store

    loaded = load_settings(settings)
    store = open_store(loaded.store_url, loaded.folder)
    try:
        yield store, to_microseconds(datetime.now(UTC))
    finally:
        store.close()

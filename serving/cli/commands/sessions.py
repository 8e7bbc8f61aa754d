"""Commands on the sessions of the pages: who is logged in, and ending a session from here."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, out, print_json, whoever
from serving.settings.settings import DEFAULT_FILE, load_settings

sessions = typer.Typer(help="Sessions of the pages.", no_args_is_help=True, rich_markup_mode=None)


@sessions.command("list")
def list_(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """List who is logged in, the latest first."""
    from features.records.clock import to_datetime, to_microseconds
    from serving.store.sessions import open_sessions
    from serving.store.store import open_store

    loaded = load_settings(settings)
    with closing(open_store(loaded.store_url, loaded.folder)) as store:
        found = store.ask(open_sessions, to_microseconds(datetime.now(UTC)))
    rows = [
        {
            "session": one.name.removeprefix("session "),
            "key_id": one.key_id,
            "key": one.key_name,
            "since": to_datetime(one.began_at).isoformat(timespec="seconds"),
            "until": to_datetime(one.ends_at).isoformat(timespec="seconds"),
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        out.print("  ".join(row.values()), highlight=False, soft_wrap=True, markup=False)
    if not rows:
        out.print("Nobody is logged in.", highlight=False)


@sessions.command()
def end(
    name: Annotated[str, typer.Argument(help="The session, or how its name begins.")] = "",
    key: Annotated[str, typer.Option(help="All sessions of this key.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="All sessions.")] = False,
    by: Annotated[str, typer.Option(help="Who ends them; it stands in the audit trail.")] = "",
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """End a session, those of a key, or all: within seconds their cookies open nothing any more, wherever they were copied to."""
    from features.records.clock import to_microseconds
    from serving.store.sessions import chosen, end_session, open_sessions
    from serving.store.store import open_store

    if sum((bool(name), bool(key), everybody)) != 1:
        raise typer.BadParameter("name one session, or say --key or --all")
    loaded, now = load_settings(settings), to_microseconds(datetime.now(UTC))
    with closing(open_store(loaded.store_url, loaded.folder)) as store, store.writing(now) as transaction:
        found = chosen(open_sessions(transaction.connection, now), name, key, everybody)
        for one in found:
            end_session(transaction, one.name, one.key_id, whoever(by))
    out.print(f"{len(found)} {'session was' if len(found) == 1 else 'sessions were'} ended.", highlight=False)

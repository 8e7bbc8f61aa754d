"""Commands on the outbox: who is told what happens and how far they are, telling again, and trying a receiver."""

import math
import os
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, err, out, parse_moment, print_json, whoever
from serving.settings.settings import DEFAULT_FILE, load_settings

outbox = typer.Typer(help="Who is told what happens.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="The receiver, as the settings name it.")]
ByOption = Annotated[str, typer.Option(help="Who does it; it stands in the audit trail.")]


class NoReceiverError(ValueError):
    """There is no receiver of this name."""


@outbox.command("list")
def list_(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """List the receivers: how much they have taken, what waits, and who is switched off and why."""
    from features.records.clock import to_datetime
    from serving.runtime.delivery_loop import deliveries_of
    from serving.store.backlog import backlog
    from serving.store.deliveries import states
    from serving.store.store import open_store

    loaded = load_settings(settings)
    kinds = {delivery.name: delivery.kinds for delivery in deliveries_of(loaded, os.environ)}

    def time_of(at: int | None) -> str | None:
        return None if at is None else to_datetime(at).isoformat(timespec="seconds")

    rows: list[dict[str, Any]] = []
    with closing(open_store(loaded.store_url, loaded.folder)) as store, store.reading() as connection:
        for state in states(connection):
            behind = backlog(connection, state, kinds.get(state.name, frozenset()))
            rows.append(
                {
                    "receiver": state.name,
                    "is_on": state.off_at is None,
                    "sent": state.sent,
                    "last_sent_at": time_of(state.sent_at),
                    "waiting": behind.waiting,
                    "oldest_at": time_of(behind.oldest),
                    "given_up": behind.given_up,
                    "failing_since": time_of(state.failing_since),
                    "trouble": state.trouble,
                }
            )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        said = f"{row['receiver']}: {'on' if row['is_on'] else 'OFF'}, {row['sent']:,} sent, {row['waiting']:,} waiting, {row['given_up']:,} given up"
        trouble = f"; {row['trouble']}" if row["trouble"] else ""
        out.print(f"{said}{trouble}", highlight=False, soft_wrap=True, markup=False)
    if not rows:
        out.print(
            "Nobody is told: name somebody under [[outbox.targets]], and start the service.",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )


@outbox.command()
def replay(
    name: NameArgument,
    since: Annotated[
        str, typer.Option(help="From this time on (ISO 8601); without it, from where the receiver was.")
    ] = "",
    by: ByOption = "",
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Switch a receiver on that was switched off and, with --since, tell it everything again from a time on; the outbox keeps 30 days."""
    from features.records.clock import to_microseconds
    from serving.store.backlog import replay as again
    from serving.store.backlog import switch_on
    from serving.store.store import open_store

    loaded, now = load_settings(settings), to_microseconds(datetime.now(UTC))
    start = to_microseconds(parse_moment(since)) if since else None
    with closing(open_store(loaded.store_url, loaded.folder)) as store, store.writing(now) as transaction:
        known = switch_on(transaction, name) if start is None else again(transaction, name, start)
        if not known:
            raise NoReceiverError(
                f"There must be a receiver {name!r}, got none of this name: see `glengarry outbox list`."
            )
        what = f"from {since} on" if since else "from where it was"
        transaction.add_audit("told again", f"delivery {name}", f"{what}, by {whoever(by)}")
    out.print(f"{name} is told {what}, as soon as the service runs.", highlight=False, soft_wrap=True, markup=False)


@outbox.command("test")
def try_(name: NameArgument, settings: SettingsOption = DEFAULT_FILE) -> None:
    """Send a receiver a notice of kind "test" at once, and say what it answers; exit code 1 if it does not take it."""
    from serving.runtime.delivery_loop import deliveries_of
    from serving.store.deliveries import Failed, Notice
    from serving.store.notices import notice_id

    found = [one for one in deliveries_of(load_settings(settings), os.environ) if one.name == name]
    if not found:
        raise NoReceiverError(f"There must be a receiver {name!r} in the settings, got none: see [[outbox.targets]].")
    at = round(time.time() * 1e6)
    notice = Notice(at, notice_id(at), "test", None, {"said": "Glengarry tries whether this arrives."})
    failed = found[0].send([notice], math.inf).get(notice.notice_id)
    if isinstance(failed, Failed):
        err.print(f"{name} did not take it: {failed.why.rstrip('.')}.", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)
    out.print(f"{name} took it.", highlight=False, markup=False)

"""Commands on messages to people: one to try, and what they would be sent."""

import math
import os
import time
from contextlib import closing
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, err, out, print_json
from serving.settings.settings import DEFAULT_FILE, load_settings

if TYPE_CHECKING:
    from serving.outbox.messages import MessageDelivery
    from serving.outbox.wording import OutboxMessage

messages = typer.Typer(help="Messages to people.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="The entry of [[outbox.messages]].")]
MAX_RECENT = 500
"""Notices of the outbox in which it is looked for something to say."""


class NobodyError(ValueError):
    """Nobody of this name is sent messages."""


@messages.command("test")
def try_(name: NameArgument, settings: SettingsOption = DEFAULT_FILE) -> None:
    """Send somebody a message at once, and say whether it was taken; exit code 1 if it was not."""
    from serving.runtime.delivery_loop import people_of
    from serving.store.deliveries import Failed, Notice
    from serving.store.notices import notice_id

    one = _named(people_of(load_settings(settings), os.environ, None), name)
    at = round(time.time() * 1e6)
    notice = Notice(at, notice_id(at), "test", None, {})
    failed = one.send([notice], math.inf).get(notice.notice_id)
    if isinstance(failed, Failed):
        err.print(f"{name} was not told: {failed.why.rstrip('.')}.", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)
    out.print(f"{name} was told.", highlight=False, markup=False)


@messages.command()
def preview(
    name: NameArgument,
    page: Annotated[
        Path | None, typer.Option(help="Write what is sent on Mondays into this file of HTML, its pictures beside it.")
    ] = None,
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Say what somebody would be sent of what happened lately; nothing is sent."""
    from serving.champion.cache import ModelCache
    from serving.champion.latest import LatestChampion
    from serving.outbox.wording import OutboxMessage
    from serving.runtime.delivery_loop import people_of
    from serving.runtime.message_desk import desk_of
    from serving.store.backlog import recent
    from serving.store.store import open_store

    loaded = load_settings(settings)
    with closing(open_store(loaded.store_url, loaded.folder)) as store:
        desk = desk_of(loaded, store, LatestChampion(ModelCache(loaded.copies)))
        one = _named(people_of(loaded, os.environ, desk), name)
        theirs = one.theirs([notice for notice in store.ask(recent, MAX_RECENT) if notice.kind in one.kinds][::-1])
        lately = [notice for notice in theirs if notice.kind != "week.began"]
        some = [one.message(lately)] if lately else []
        if "week.began" in one.kinds or page is not None:
            some.append(desk.week(round(time.time() * 1e6)))
    if page is not None:
        _write(some[-1], page)
    if as_json:
        print_json([{"title": message.title, "text": message.text} for message in some])
        return
    for message in some or [OutboxMessage(f"Nothing of which {name} is told happened lately.", "")]:
        out.print(f"{message.title}\n{message.text}".strip() + "\n", highlight=False, markup=False, soft_wrap=True)


def _write(message: "OutboxMessage", file: Path) -> None:
    html = message.html or f"<pre>{escape(message.text)}</pre>"
    for name, content in message.pictures.items():
        (file.parent / name).write_bytes(content)
        html = html.replace(f"cid:{name}", name)
    file.write_text(html, encoding="utf-8")


def _named(people: "list[MessageDelivery]", name: str) -> "MessageDelivery":
    found = [one for one in people if one.name == name]
    if not found:
        known = ", ".join(one.name for one in people) or "nobody"
        raise NobodyError(f"There must be somebody {name!r} under [[outbox.messages]], got none: there is {known}.")
    return found[0]

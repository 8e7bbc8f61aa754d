"""Commands around the service: serve, build a Bento, the demo."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.commands.console import SettingsOption, out, steps
from serving.cli.commands.learning import train
from serving.settings.settings import DEFAULT_FILE, STORE_VARIABLE, load_settings


def serve(settings: SettingsOption = DEFAULT_FILE) -> None:
    """Answer scores over HTTP with the champion; in an empty folder, open the page of own data instead."""
    if settings == DEFAULT_FILE and not settings.exists():
        from serving.runtime.first_start import is_first_start, serve_first

        if is_first_start(Path(), os.environ):
            serve_first(Path())
            return
    from serving.runtime.server import serve as run

    sys.exit(run(settings))


def build(settings: SettingsOption = DEFAULT_FILE) -> None:
    """Build a Bento of the service with the champion inside."""
    from serving.runtime.bento import build as run

    out.print(str(run(settings)), highlight=False)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the simulated company is kept.")] = Path("var/demo"),
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is trained.")] = True,
) -> None:
    """Make a simulated company, train on its history, score its open leads, and serve them."""
    from datetime import UTC, datetime

    from models.registry import Registry
    from serving.cli.demo import make_company

    os.environ.pop(STORE_VARIABLE, None)  # made-up leads and their key go into no other store than the demo's own
    now = datetime.now(UTC)
    with steps() as step:
        step("simulating a company")
        file = make_company(folder, now)
    loaded = load_settings(file)
    if serving:
        from serving.runtime.server import refuse_taken

        refuse_taken(loaded.service)  # before minutes of training
    if not Registry(loaded.registry, loaded.var).versions():
        train(file)
    with steps() as step:
        from serving.champion.finding import from_registry
        from serving.cli.demo import fill_store

        step("scoring its open leads")
        fill_store(loaded, from_registry(loaded), now)
    if serving:
        from serving.cli.demo import make_key
        from serving.runtime.server import serve as run

        sys.exit(run(file, make_key(loaded)))

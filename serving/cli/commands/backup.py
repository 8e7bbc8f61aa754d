"""Commands that keep an installation: back it up, restore it, look what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, out, print_json, steps
from serving.settings.settings import DEFAULT_FILE, load_settings


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the backup.")],
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Copy store, registry, secrets and settings into a folder, with the hash of each file; the service may run meanwhile."""
    import os
    from datetime import UTC, datetime

    from serving.runtime.backup import back_up

    with steps() as step:
        step("copying store and registry")
        manifest = back_up(load_settings(settings), settings, folder, datetime.now(UTC), os.environ)
    out.print(f"{len(manifest.files):,} files are in {folder}, whole and on disk.", highlight=False, soft_wrap=True)
    for one in manifest.left_out:
        out.print(f"Not in it: {one}.", highlight=False, soft_wrap=True, markup=False)


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `glengarry backup` wrote.")],
    settings: SettingsOption = DEFAULT_FILE,
) -> None:
    """Put a backup where the settings say, which may be another machine, and compute its latest scores again; exit code 1 if one differs."""
    import os

    from serving.cli.printing.store import count_replays, print_replays
    from serving.runtime.restore import restore as run

    with steps() as step:
        step("restoring")
        manifest, restored, replays = run(folder, settings, os.environ)
    out.print(
        f"The backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC stands in {restored.var}; `glengarry serve` goes on from there.",
        highlight=False,
        soft_wrap=True,
    )
    for one in manifest.left_out:
        out.print(f"Not in it: {one}.", highlight=False, soft_wrap=True, markup=False)
    out.print(
        "Everybody logs in again. Erase anew whom you have erased since, and revoke the keys that you have revoked since.",
        highlight=False,
        soft_wrap=True,
    )
    result = count_replays(replays, lambda _: None)
    print_replays(out, result)
    raise typer.Exit(1 if result.differing else 0)


def doctor(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Say on one page what is wrong here, and what to do; exit code 1 if something is."""
    import os
    import time
    from dataclasses import asdict

    from serving.runtime.doctor import examine

    findings = list(examine(load_settings(settings), os.environ, time.time()))
    if as_json:
        print_json([asdict(one) for one in findings])
    else:
        for one in findings:
            out.print(f"{one.about}: {one.what} {one.remedy}", highlight=False, soft_wrap=True, markup=False)
        if not findings:
            out.print("Nothing is wrong here that can be seen from here.", highlight=False)
    raise typer.Exit(1 if findings else 0)

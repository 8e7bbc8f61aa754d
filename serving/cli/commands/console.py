"""What all commands share: where they print, their common options, and how they read settings and history."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from serving.cli.commands.progress import Step, followed
from serving.settings.settings import Settings

if TYPE_CHECKING:
    from features.records.checks import CheckedHistory
    from features.records.history import History
    from features.settings.schema import LeadSchema

out, err = Console(), Console(stderr=True)

NOT_LEARNED_FROM = "Nothing is learned from what the service is told, as store.learned_from is false."

READING = "reading the history"
"""The first step of most commands."""

SettingsOption = Annotated[Path, typer.Option("--settings", "-s", help="The settings file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
AsOfOption = Annotated[
    str | None, typer.Option(help="As it was known at this time (ISO 8601); all that is known if not given.")
]


def read_history(settings: Settings, as_of: datetime | None = None) -> "CheckedHistory":
    """Return the history of this installation, as it was known at a time if one is given; say where the settings leave out a part."""
    from features.records.clock import to_microseconds
    from serving.analytics.history import read_history as read
    from training.rounds.retrain import known_at

    if settings.learns_from == "files":
        err.print(NOT_LEARNED_FROM, markup=False, highlight=False, soft_wrap=True)
    return read(settings) if as_of is None else known_at(read(settings), to_microseconds(as_of))


def parse_as_of(text: str | None) -> datetime | None:
    """Return the time of an option --as-of, None if it is not given."""
    return None if text is None else parse_moment(text)


def reader(settings: Settings, until: datetime) -> "Callable[[LeadSchema], History]":
    """Return what reads the same history by another schema, as known at a time."""
    from features.records.clock import to_microseconds
    from serving.analytics.history import read_history as read

    return lambda schema: read(settings, schema).history.as_known_at(to_microseconds(until))


def whoever(by: str) -> str:
    """Return who decides: by name, or as the computer knows the user."""
    import getpass

    try:
        return by or getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no user of this number
        return "unknown"


def parse_moment(text: str | None) -> datetime:
    """Return an ISO 8601 time, UTC where it names no zone; now if there is none."""
    from zoneinfo import ZoneInfo

    from features.records.parsing.values import parse_time

    return datetime.now(UTC) if text is None else parse_time(text, ZoneInfo("UTC"))


def print_json(content: Any) -> None:
    """Print for machines."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def steps(command: str = "", names: Sequence[str] = (), folder: Path | None = None) -> Iterator[Step]:
    """Show on a terminal what is being done, step n of m; say nothing where nobody watches, unless it is asked for."""
    with followed(err, command, names, folder) as step:
        yield step

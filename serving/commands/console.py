"""What all commands share: where they print, their common options, and how they read settings and history."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from serving.settings import Settings

if TYPE_CHECKING:
    from features.checks import CheckedHistory
    from features.history import History
    from features.settings import LeadSchema

out, err = Console(), Console(stderr=True)

SettingsOption = Annotated[Path, typer.Option("--settings", "-s", help="The settings file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
AsOfOption = Annotated[
    str | None, typer.Option(help="As it was known at this time (ISO 8601); all that is known if not given.")
]


def read_history(settings: Settings) -> "CheckedHistory":
    """Return the history that the settings name, checked as of now; the service's own store is complete until then."""
    return _read(settings, settings.lead_schema)


def reader(settings: Settings, until: datetime) -> "Callable[[LeadSchema], History]":
    """Return what reads the same history by another schema, as known at a time."""
    from features.clock import to_microseconds

    return lambda schema: _read(settings, schema).history.as_known_at(to_microseconds(until))


def _read(settings: Settings, schema: "LeadSchema") -> "CheckedHistory":
    from features.checks import check_history
    from features.settings import fitting

    now, source = datetime.now(UTC), settings.source
    if schema != settings.lead_schema:
        source = fitting(source, schema)
    if settings.learns_from_store:
        now = max(now, _store_clock(settings))
        source = source.model_copy(update={"exported_at": now})
    return check_history(source, schema, now, settings.folder)


def _store_clock(settings: Settings) -> datetime:
    """Return the latest time in the store, which may be ahead of a clock that was set back."""
    from features.clock import to_datetime
    from serving.store import reading
    from serving.store.store import open_store

    store = open_store(settings.store_url, settings.folder)
    try:
        return to_datetime(store.ask(reading.latest))
    finally:
        store.close()


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

    from features.fields import parse_time

    return datetime.now(UTC) if text is None else parse_time(text, ZoneInfo("UTC"))


def print_json(content: Any) -> None:
    """Print for machines."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def steps() -> Iterator[Any]:
    """Show on a terminal what is being done; say nothing where nobody watches."""
    with err.status("starting") as status:
        yield status.update

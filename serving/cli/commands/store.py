"""Commands on the service's own store."""

from contextlib import ExitStack
from typing import Annotated

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, err, out, parse_moment, print_json
from serving.settings.settings import DEFAULT_FILE, SettingsError, load_settings

db = typer.Typer(help="The service's own store.", no_args_is_help=True, rich_markup_mode=None)


@db.callback()
def _group() -> None:
    """Keep `upgrade` a command of its own."""


@db.command()
def upgrade(settings: SettingsOption = DEFAULT_FILE) -> None:
    """Bring the store to the schema of this version, making it where there is none."""
    from serving.store.store import open_store

    loaded = load_settings(settings)
    store = open_store(loaded.store_url, loaded.folder)
    version = store.upgrade()
    store.close()
    out.print(f"The store is at version {version}.", highlight=False)


def replay(
    lead_id: Annotated[str | None, typer.Argument(help="Whose scores; of all leads with --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The scores of all leads.")] = False,
    since: Annotated[str | None, typer.Option(help="Scores as of this time or later (ISO 8601).")] = None,
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Compute stored scores again and compare to the last bit; exit code 1 if one differs."""
    import os

    from features.records.clock import to_microseconds
    from features.records.parsing.values import FIRST
    from serving.analytics.replay import replay_all
    from serving.champion.versions import VersionCache, from_registry
    from serving.cli.printing.store import count_replays, print_replays, replays_json
    from serving.settings.secret import EXPLORATION
    from serving.store.store import open_store

    if (lead_id is None) != everything:
        raise typer.BadParameter("name one lead, or say --all")
    loaded = load_settings(settings)
    start = FIRST if since is None else to_microseconds(parse_moment(since))
    with ExitStack() as stack:
        store = open_store(loaded.store_url, loaded.folder)
        stack.callback(store.close)
        status = stack.enter_context(err.status("replaying"))
        secret = EXPLORATION.find(os.environ, loaded.var)
        replays = replay_all(
            store, VersionCache(None, from_registry(loaded, secret)), start, lead_id and loaded.lead_id(lead_id)
        )
        result = count_replays(replays, lambda done: status.update(f"{done:,} scores replayed"))
    if as_json:
        print_json(replays_json(result))
    else:
        print_replays(out, result)
    raise typer.Exit(1 if result.differing else 0)


def rescore(settings: SettingsOption = DEFAULT_FILE) -> None:
    """Score every open lead of the store as of now, by the champion: after an import, or every night."""
    import os
    from dataclasses import replace
    from datetime import UTC, datetime

    from features.records.clock import to_microseconds
    from serving.champion.finding import from_registry
    from serving.intake.rescoring import rescore as run
    from serving.settings.secret import EXPLORATION
    from serving.store.store import open_store

    loaded = load_settings(settings)
    champion = replace(from_registry(loaded), secret=EXPLORATION.find(os.environ, loaded.var))
    with ExitStack() as stack:
        store = open_store(loaded.store_url, loaded.folder)
        stack.callback(store.close)
        status = stack.enter_context(err.status("scoring"))
        now = to_microseconds(datetime.now(UTC))
        scored = run(store, champion, now, lambda done: status.update(f"{done:,} open leads done"))
    out.print(f"{scored:,} open leads have a score of now.", highlight=False)


def changes(
    lead_id: Annotated[str, typer.Argument(help="Whose scores.")],
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Say what changed each score of a lead since the one before: time, the lead's new records, or a new model."""
    from serving.analytics.changes import changes_of, read_course
    from serving.champion.versions import VersionCache, from_registry
    from serving.cli.printing.changes import print_changes
    from serving.schemas.records import LeadChanges
    from serving.store.store import open_store

    loaded = load_settings(settings)
    lead_id = loaded.lead_id(lead_id)
    store = open_store(loaded.store_url, loaded.folder)
    try:
        course = store.ask(read_course, lead_id)
    finally:
        store.close()
    found = () if course is None else changes_of(course, VersionCache(None, from_registry(loaded)))
    told = LeadChanges(lead_id=lead_id, changes=tuple(found))
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        print_changes(out, told)


def audit_trail(
    since: Annotated[str | None, typer.Option(help="Entries of this time or later (ISO 8601).")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many, the latest ones.")] = 100,
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Say what was refused, trapped and erased, and what was done with keys, the latest first."""
    from features.records.clock import to_microseconds
    from features.records.parsing.values import FIRST
    from serving.cli.printing.store import audit_json, print_audit
    from serving.store import reading
    from serving.store.store import open_store

    loaded = load_settings(settings)
    store = open_store(loaded.store_url, loaded.folder)
    try:
        start = FIRST if since is None else to_microseconds(parse_moment(since))
        entries = store.ask(reading.audit_trail, start, None, most)
    finally:
        store.close()
    if as_json:
        print_json(audit_json(entries))
    else:
        print_audit(out, entries)


def import_(settings: SettingsOption = DEFAULT_FILE) -> None:
    """Bring the history that the settings name into the store: each record once, however often it is run; `rescore` scores it."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from rich.progress import Progress

    from features.records.checks import check_tables
    from features.records.clock import to_microseconds
    from serving.analytics.history import erased_note, without
    from serving.intake.importing import import_tables
    from serving.store.store import open_store
    from serving.store.tombstones import tombstones

    loaded, now = load_settings(settings), datetime.now(UTC)
    if loaded.export is None:
        raise SettingsError(
            "[history] must name an export to import, got the store itself: say where the history lies."
        )
    tables = check_tables(loaded.source, loaded.lead_schema, now, loaded.folder)
    with ExitStack() as stack:
        store = open_store(loaded.store_url, loaded.folder)
        stack.callback(store.close)
        erased: set[str] = store.ask(tombstones).among(tables.leads.lead_id)
        tables = replace(tables, checked=without(tables.checked, erased))
        bar = stack.enter_context(Progress(console=err, transient=True, disable=not err.is_terminal))
        rows = {"leads": len(tables.leads), "events": len(tables.events), "outcomes": len(tables.outcomes)}
        tasks = {name: bar.add_task(name, total=total) for name, total in rows.items()}
        counts = import_tables(
            store,
            tables,
            loaded.lead_schema,
            to_microseconds(now),
            lambda name, done: bar.update(tasks[name], completed=done),
            erased,
        )
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    broken = sum(count.rows for count in tables.checked.counts)
    if erased:
        out.print(erased_note(len(erased)), highlight=False, soft_wrap=True)
    out.print(
        f"{told} are in the store; {broken:,} broken rows are not: see `glengarry check`.",
        highlight=False,
        soft_wrap=True,
    )

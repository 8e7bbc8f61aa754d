"""Commands on CRMs: scores written back, records pulled, and how both stand."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.commands.console import JsonOption, SettingsOption, err, out, print_json
from serving.settings.crm import CrmSettings
from serving.settings.settings import DEFAULT_FILE, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from serving.champion.champion import Champion
    from serving.crm.turn import CrmTurn
    from serving.store.store import Store

crm = typer.Typer(help="Scores into the CRM, and records out of it.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(help="Of the entry under [[crm]]; not needed where there is one alone.")]
TestingOption = Annotated[bool, typer.Option("--testing", help="Compute and write nothing.")]


@crm.command()
def write(
    name: NameArgument = "",
    testing: TestingOption = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Compare all open leads, not those with a new score.")
    ] = False,
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Write scores back that have changed; say what would be written where that is not on, or with --testing."""
    from serving.cli.printing.crm import print_written, written_json
    from serving.crm.connect import connect
    from serving.crm.pull import tell_store
    from serving.crm.writeback import WriteBack
    from serving.store.store import open_store

    loaded = load_settings(settings)
    entry = _entry(loaded, name)
    champion = _champion(loaded)
    with closing(open_store(loaded.store_url, loaded.folder)) as store, closing(connect(entry, os.environ)) as target:

        def tell(told: Any) -> Any:
            return tell_store(store, champion, told, _now())

        turn = _turn(store, entry)
        writer = WriteBack(store, entry, target, loaded.lead_schema, _now, tell, turn.take)
        with _ended(turn), err.status("comparing scores"):
            is_on = entry.state == "on" and not testing
            report = writer.round(everything=everything) if is_on else writer.plan(target.candidates)
    if as_json:
        print_json(written_json(report))
    else:
        print_written(out, report, entry)


@crm.command()
def pull(
    name: NameArgument = "",
    testing: TestingOption = False,
    settings: SettingsOption = DEFAULT_FILE,
    as_json: JsonOption = False,
) -> None:
    """Read what was changed in a CRM since the last time, and store it as its webhooks would; only count it where that is not on."""
    from serving.cli.printing.crm import print_pulled, pulled_json
    from serving.crm.connect import connect_crm
    from serving.crm.pull import pull as run
    from serving.store.store import open_store

    loaded = load_settings(settings)
    entry = _entry(loaded, name)
    if not entry.webhook:
        raise SettingsError(f"crm {entry.name!r} must name a webhook, by whose rules records are read, got none.")
    webhook, is_on = loaded.webhooks[entry.webhook], entry.state == "on" and not testing
    with (
        closing(open_store(loaded.store_url, loaded.folder)) as store,
        closing(connect_crm(entry, os.environ)) as source,
        _ended(_turn(store, entry)) as turn,
        err.status("reading what was changed"),
    ):
        more: dict[str, Any] = {"go_on": turn.take} if is_on else {"testing": True}
        report = run(store, entry, webhook, source, _champion(loaded), _now, **more)
    if as_json:
        print_json(pulled_json(report))
    else:
        print_pulled(out, report)


@crm.command()
def status(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Say how many leads each CRM was told of, what it did not take, how far the pulls are, and what went wrong last."""
    from serving.cli.printing.crm import CrmStanding, print_standings, standings_json
    from serving.store.crm_records import crm_counts, crm_positions, in_trouble
    from serving.store.store import open_store

    loaded = load_settings(settings)
    with closing(open_store(loaded.store_url, loaded.folder)) as store:
        found = [
            CrmStanding(
                entry,
                store.ask(crm_counts, entry.name),
                store.ask(crm_positions, entry.name),
                store.ask(in_trouble, entry.name, 20),
            )
            for entry in loaded.crm
        ]
    if as_json:
        print_json(standings_json(found))
    else:
        print_standings(out, found)


def _entry(loaded: Settings, name: str) -> CrmSettings:
    """Return the entry of a name, or the only one.

    Raises
    ------
    SettingsError
        If there is none, or several and no name.
    """
    found = [one for one in loaded.crm if name in ("", one.name)]
    if len(found) != 1:
        known = ", ".join(one.name for one in loaded.crm) or "none"
        raise SettingsError(f"One entry under [[crm]] must be named, got {name!r}: there is {known}.")
    return found[0]


def _turn(store: "Store", entry: CrmSettings) -> "CrmTurn":
    from serving.crm.turn import CrmTurn
    from serving.outbox.courier import has_ended, process_name

    return CrmTurn(store, entry.name, _now, process_name(), has_ended)


@contextmanager
def _ended(turn: "CrmTurn") -> Iterator["CrmTurn"]:
    """Let others work for the CRM afterwards."""
    try:
        yield turn
    finally:
        turn.end()


def _champion(loaded: Settings) -> "Callable[[], Champion]":
    """Return what loads the champion, once and if it is needed: writing scores back that are there needs no model."""
    kept: list[Champion] = []

    def load() -> "Champion":
        from serving.champion.finding import from_registry
        from serving.settings.secret import EXPLORATION

        if not kept:
            kept.append(replace(from_registry(loaded), secret=EXPLORATION.find(os.environ, loaded.var)))
        return kept[0]

    return load


def _now() -> int:
    return time.time_ns() // 1_000

"""The demo: a simulated company, its settings file and its history, ready to train on."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from features.records.checks import check_tables
from features.records.clock import to_microseconds
from features.simulation import (
    CONTACTS,
    SOURCES,
    WorldSettings,
    contact_columns,
    simulate,
    world_history,
    world_schema,
    write_world,
)
from serving.champion.champion import Champion
from serving.intake.importing import import_tables
from serving.intake.rescoring import rescore
from serving.settings.secret import EXPLORATION
from serving.settings.settings import Settings
from serving.store.keys import create_key, revoke_named
from serving.store.listing import ListingPage, list_leads
from serving.store.store import Store, open_store

HISTORY = "history"
FILE = "glengarry.toml"
LEADS = 6_000
KEY_NAME = "demo"
FORMS: dict[str, Any] = {"origins": ["http://localhost:8000"], "honeypot": "website"}
"""A page of the user's own machine may post, as `python -m http.server` shows it."""
SETTLING_DAYS = 7
"""Its people record some outcomes late; almost all within a week."""
SCORED_BEFORE = (timedelta(days=7), timedelta(days=1, hours=1))
"""So long ago the open leads were scored too, so that the queue shows how scores have moved."""


def make_company(folder: Path, now: datetime) -> Path:
    """Write a simulated company's history until today and settings into a folder, unless they are there; return the settings file."""
    file = folder / FILE
    if file.exists():
        return file
    world = simulate(WorldSettings(leads=LEADS, end=now.replace(hour=0, minute=0, second=0, microsecond=0)))
    (folder / HISTORY).mkdir(parents=True, exist_ok=True)
    leads = pd.concat([world.leads, contact_columns(len(world.leads))], axis=1)
    write_world(replace(world, leads=leads), folder / HISTORY)
    return write_settings(folder, world.settings)


def fill_store(settings: Settings, champion: Champion, now: datetime) -> None:
    """Put the company's history into its store, unless it is there, and score the open leads as of now, with the lots of the service."""
    champion = replace(champion, secret=EXPLORATION.find(os.environ, settings.var))
    store = open_store(settings.store_url, settings.folder)
    try:
        if not store.ask(list_leads, ListingPage(most=1)):
            _bring(store, settings, champion, now)
        rescore(store, champion, to_microseconds(now))
    finally:
        store.close()


def _bring(store: Store, settings: Settings, champion: Champion, now: datetime) -> None:
    """Import the history as if that had been done before now: a score knows what was recorded by its moment, not more."""
    moments = [to_microseconds(now - before) for before in SCORED_BEFORE]
    tables = check_tables(settings.source, settings.lead_schema, now, settings.folder)
    import_tables(store, tables, settings.lead_schema, moments[0], lambda *_: None)
    for moment in moments:
        rescore(store, champion, moment)


def make_key(settings: Settings) -> str:
    """Make a key of all rights for the demo's user; the one of the last time is revoked."""
    store, now = open_store(settings.store_url, settings.folder), to_microseconds(datetime.now(UTC))
    try:
        revoke_named(store, KEY_NAME, now)
        return create_key(store, KEY_NAME, "admin", now)
    finally:
        store.close()


def write_settings(folder: Path, world: WorldSettings | None = None) -> Path:
    """Write the settings of a simulated company whose history lies in the folder; return the file."""
    fields = {**CONTACTS, **world_schema(world).fields}
    schema = world_schema(world).model_copy(update={"fields": fields}).model_dump(mode="json", exclude_defaults=True)
    history = world_history(HISTORY, world).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    sources = SOURCES if world is None else world.sources
    costs = {"costs": {"channel": "source", "per_lead": {source.name: source.cost for source in sources}}}
    text = tomli_w.dumps(
        {
            **schema,
            "history": history,
            "training": {"settling_days": SETTLING_DAYS},
            "accountability": costs,
            "forms": FORMS,
        }
    )
    file = folder / FILE
    file.write_text(f"# A simulated company: `make demo` wrote this file.\n{text}", encoding="utf-8")
    return file

"""An imported history is the same history, however often and in however many pieces it is imported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.records.checks import CheckedHistory, CheckedTables, check_history, check_tables
from features.records.clock import to_datetime, to_microseconds
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from serving.intake import importing
from serving.settings.store_source import history_source
from serving.store.engine import StoreError
from serving.store.store import Store

WORLD = WorldSettings(leads=150, seed=5)
SCHEMA = world_schema(WORLD)
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    folder = tmp_path_factory.mktemp("export")
    write_world(simulate(WORLD), folder)
    return check_tables(world_history(folder, WORLD), SCHEMA, NOW, Path())


def run(store: Store, tables: CheckedTables) -> dict[str, int]:
    return importing.import_tables(store, tables, SCHEMA, to_microseconds(NOW), lambda *_: None)


def again_from(url: str, tables: CheckedTables) -> CheckedHistory:
    """Read the store as of when the export was made."""
    source = history_source(url).model_copy(update={"exported_at": to_datetime(tables.checked.history.known_until)})
    return check_history(source, SCHEMA, NOW, Path())


def test_store_holds_the_same_history_as_the_export(store: Store, url: str, tables: CheckedTables) -> None:
    counts = run(store, tables)
    again = again_from(url, tables)

    assert counts["leads"] == 150
    assert counts["events"] == len(tables.checked.history.events)
    assert again.broken == ()
    assert again.fingerprint == tables.checked.fingerprint
    assert run(store, tables) == counts
    assert again_from(url, tables).fingerprint == tables.checked.fingerprint


def test_import_that_was_stopped_goes_on(
    store: Store, url: str, tables: CheckedTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 100)
    told: list[tuple[str, int]] = []

    def stop(name: str, done: int) -> None:
        told.append((name, done))
        if (name, done) == ("events", 200):
            raise StoreError("gone")

    with pytest.raises(StoreError, match="gone"):
        importing.import_tables(store, tables, SCHEMA, to_microseconds(NOW), stop)
    told.clear()
    importing.import_tables(store, tables, SCHEMA, to_microseconds(NOW), lambda *done: told.append(done))

    assert told[:2] == [("leads", 150), ("events", 200)]
    assert again_from(url, tables).fingerprint == tables.checked.fingerprint

"""Commands on the store, as a user meets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from features.records.clock import to_microseconds
from features.settings.schema import LeadSchema
from serving.cli.program import app
from serving.settings.settings import SettingsError, load_settings
from serving.store import reading
from serving.store.erasing import erase_person
from serving.store.migrations import versions
from serving.store.records import NewEvent, NewLead, NewOutcome
from serving.store.schema import StoreSchemaError
from serving.store.store import open_store
from serving.store.tombstones import tombstones

SETTINGS = """
[fields.source]
role = "channel"

[kinds.call]
obstacle = "trust"
"""


def run(*arguments: str | Path, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stdout


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "glengarry.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def test_upgrade_makes_the_store_and_says_its_version(settings: Path) -> None:
    newest = max(file.stem[1:5] for file in Path(versions.__file__).parent.glob("v*.py"))
    assert run("db", "upgrade", "--settings", settings) == f"The store is at version {newest}.\n"
    assert (settings.parent / "var" / "store.db").is_file()


def test_store_of_a_newer_version_is_refused(settings: Path) -> None:
    run("db", "upgrade", "--settings", settings)
    with sa.create_engine(load_settings(settings).store_url).begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    for command in (["db", "upgrade"], ["check"]):
        with pytest.raises(StoreSchemaError, match="a newer one has written it"):
            run(*command, "--settings", settings)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=3)])
def test_history_of_the_store_is_read_even_if_the_clock_was_set_back(settings: Path, ahead: timedelta) -> None:
    now = to_microseconds(datetime.now(UTC) + ahead)
    loaded = load_settings(settings)
    store = open_store(loaded.store_url, loaded.folder)
    store.add_leads([NewLead("L1", {"source": "fair"}), NewLead("L2", {})], now)
    store.add_events([NewEvent("L1", "call", now), NewEvent("L3", "call", now)], now)
    store.add_outcomes([NewOutcome("L1", now + 9, won=True)], now + 9)
    store.close()

    checked = json.loads(run("check", "--json", "--settings", settings))

    assert checked["broken"] == []
    assert checked["summary"]["rows"] == {"leads": 2, "events": 1, "outcomes": 1}
    assert run("audit", "--settings", settings)


def test_replay_is_of_one_lead_or_of_all(settings: Path) -> None:
    run("db", "upgrade", "--settings", settings)

    assert "0 scores are the same to the last bit; 0 differ." in run("replay", "--all", "--settings", settings)
    assert json.loads(run("replay", "L1", "--since", "2026-10-01", "--json", "--settings", settings))["differing"] == 0
    for wrong in (["replay"], ["replay", "L1", "--all"]):
        run(*wrong, "--settings", settings, exit_code=2)


def test_history_is_imported_once(settings: Path) -> None:
    export = "lead_id,created_at,source\nL1,2026-01-01T00:00:00Z,fair\nL2,soon,web\n"
    (settings.parent / "leads.csv").write_text(export, encoding="utf-8")
    (settings.parent / "outcomes.csv").write_text(
        "lead_id,closed_at,won\nL1,2026-02-01T00:00:00Z,true\n", encoding="utf-8"
    )
    learning = settings.with_name("export.toml")
    learning.write_text(f'[history]\nsource = "."\n{SETTINGS}', encoding="utf-8")

    for _ in range(2):
        said = run("import", "--settings", learning)
        assert said == "1 leads, 0 events, 1 outcomes are in the store; 1 broken rows are not: see `glengarry check`.\n"

    checked = json.loads(run("check", "--json", "--settings", settings))
    assert checked["summary"]["rows"] == {"leads": 1, "events": 0, "outcomes": 1}
    with pytest.raises(SettingsError, match="must name an export to import"):
        run("import", "--settings", settings)


def test_changes_of_a_lead_without_two_scores(settings: Path) -> None:
    assert run("changes", "L1", "--settings", settings).startswith("Lead L1 has no two scores to compare")
    assert json.loads(run("changes", "L1", "--json", "--settings", settings)) == {"lead_id": "L1", "changes": []}


def test_replay_and_changes_know_a_lead_however_its_id_is_written(settings: Path) -> None:
    other = settings.with_name("written.toml")
    other.write_text(f'[history]\nsource = "."\nid_form = ["integer"]\n{SETTINGS}', encoding="utf-8")
    run("db", "upgrade", "--settings", other)

    assert json.loads(run("changes", "1000.0", "--json", "--settings", other))["lead_id"] == "1000"
    assert json.loads(run("replay", "1000.0", "--json", "--settings", other))["differing"] == 0


def test_person_is_exported_whole_and_taken_back_by_name_alone(settings: Path, champion_schema: LeadSchema) -> None:
    store = open_store(load_settings(settings).store_url)
    store.add_leads([NewLead("A", {"source": "fair"}), NewLead("B", {"source": "web"})], 1)
    store.add_events([NewEvent("A", "call", 2, text="said a word"), NewEvent("B", "call", 2, text="another")], 2)
    store.add_outcomes([NewOutcome("A", 3, won=True, reason="price")], 3)

    told = json.loads(run("person", "A", "--export", "--settings", settings))

    assert told["lead_id"] == "A"
    assert {name: len(rows) for name, rows in told["records"].items()} == {"leads": 1, "events": 1, "outcomes": 1}
    assert told["records"]["events"][0]["text"] == "said a word"
    assert "another" not in str(told)
    with store.writing(4) as transaction:
        erase_person(transaction, champion_schema, "A", "erased-1")
    with pytest.raises(LookupError, match="got nothing: they are unknown here, or were erased"):
        run("person", "A", "--settings", settings)
    with pytest.raises(LookupError, match="Only somebody who was erased"):
        run("person", "B", "--take-back", "--settings", settings)
    run("person", "A", "--take-back", "--by", "Ann", "--settings", settings)
    last = json.loads(run("audit-trail", "--json", "--settings", settings))[0]
    assert (last["action"], last["detail"]) == ("person taken back", "by Ann")
    assert not store.ask(tombstones)
    store.close()


@pytest.fixture
def champion_schema(settings: Path) -> LeadSchema:
    return load_settings(settings).lead_schema


def test_import_leaves_out_who_was_erased_under_another_id_too(settings: Path) -> None:
    export = "lead_id,created_at,source,mail\nL1,2026-01-01T00:00:00Z,fair,ada@n.example\nL2,2026-01-01T00:00:00Z,fair,Ada@N.example\nL3,2026-01-01T00:00:00Z,fair,\n"
    (settings.parent / "leads.csv").write_text(export, encoding="utf-8")
    outcomes = "lead_id,closed_at,won\nL2,2026-02-01T00:00:00Z,true\nL3,2026-02-01T00:00:00Z,true\n"
    (settings.parent / "outcomes.csv").write_text(outcomes, encoding="utf-8")
    learning = settings.with_name("export.toml")
    learning.write_text(f'[history]\nsource = "."\n{SETTINGS}[fields.mail]\nrole = "contact"\n', encoding="utf-8")
    store, schema = open_store(load_settings(learning).store_url), load_settings(learning).lead_schema
    store.add_leads([NewLead("L1", {"mail": "ada@n.example"})], 1)
    with store.writing(2) as transaction:
        erase_person(transaction, schema, "L1", "erased-1")

    for _ in range(2):
        said = run("import", "--settings", learning)
        assert "2 leads of the export left out, having been erased in the service" in said
        assert "1 leads, 0 events, 1 outcomes are in the store" in said
    assert set(store.ask(reading.leads_of, ["L1", "L2", "L3"])) == {"L3"}
    assert set(store.ask(reading.outcomes_of, ["L1", "L2", "L3"])) == {"L3"}
    store.close()

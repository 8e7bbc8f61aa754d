"""`glengarry crm`: what would be written, writing into a table, and how it stands, run as its user would."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from serving.crm.turn import TurnError
from serving.settings.settings import SettingsError
from serving.store.crm_records import crm_position, end_turn, take_turn
from serving.store.records import Listed, NewLead, StoredScore
from serving.store.store import open_store
from tests.serving.cli.commands.company import run

TABLE = """
[[crm]]
name = "table"
vendor = "sql"
state = "{state}"
address = "sqlite:///{file}"
"""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A settings file of a store with one scored lead."""
    answer = {
        "lead_id": "L1",
        "as_of": "2026-03-01T10:00:00Z",
        "probability": 0.314,
        "range": None,
        "abstention": None,
        "base_rate": 0.2,
        "base_probability": 0.2,
        "base_value": -1.386,
        "margin": -0.78,
        "reasons": {"for": [], "against": []},
        "unknown": [],
        "model": {"name": "close", "version": "1", "trained_until": "2026-01-01T00:00:00Z"},
        "horizon_days": 90,
    }
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'store.db'}")
    with store.writing(1_772_359_200_000_000) as transaction:
        lead = transaction.add_lead(NewLead("L1", {}))
        listed = Listed(route="rep", step="prospect")
        score = StoredScore("L1", lead.stored_at, "close", "1", 0.314, [], [], json.dumps(answer), listed)
        transaction.add_scores([score])
    store.close()
    return tmp_path / "glengarry.toml"


def test_nothing_is_written_before_it_is_on(company: Path, tmp_path: Path) -> None:
    file = tmp_path / "scores.db"
    company.write_text(TABLE.format(state="testing", file=file), encoding="utf-8")
    said = " ".join(run("crm", "write", "--settings", company).stdout.split())
    assert "L1" in said
    assert 'would be told of 1 leads (state = "testing"); 0 have not changed' in said
    assert not file.exists()

    company.write_text(TABLE.format(state="on", file=file), encoding="utf-8")
    assert (
        json.loads(run("crm", "write", "--testing", "--json", "--settings", company).stdout)["planned"][0][
            "probability"
        ]
        == 0.314
    )
    assert not file.exists()
    assert "was told of 1 leads" in run("crm", "write", "--settings", company).stdout
    assert "1 have not changed" in run("crm", "write", "--all", "--settings", company).stdout
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT lead_id, probability FROM lead_scores")).all() == [("L1", 0.314)]
    engine.dispose()
    (standing,) = json.loads(run("crm", "status", "--json", "--settings", company).stdout)
    assert (standing["written"], standing["trouble"], standing["set_aside"]) == (1, "", [])
    assert "table (sql, on): 1 leads told" in run("crm", "status", "--settings", company).stdout


def test_while_another_process_works_for_it_nothing_is_written(company: Path, tmp_path: Path) -> None:
    company.write_text(TABLE.format(state="on", file=tmp_path / "scores.db"), encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'store.db'}")
    now = time.time_ns() // 1_000
    with store.writing(now) as transaction:
        assert take_turn(transaction, "table", "elsewhere:1:1", now, now + 60_000_000)
    with pytest.raises(TurnError, match="another does just now: try again in a moment"):
        run("crm", "write", "--settings", company)
    with store.writing(now) as transaction:
        end_turn(transaction, "table", "elsewhere:1:1")
    assert "was told of 1 leads" in run("crm", "write", "--settings", company).stdout
    assert store.ask(crm_position, "table", "turn") is None
    store.close()


def test_what_cannot_be_done_is_said(company: Path, tmp_path: Path) -> None:
    company.write_text(TABLE.format(state="on", file=tmp_path / "scores.db"), encoding="utf-8")
    with pytest.raises(SettingsError, match="must name a webhook"):
        run("crm", "pull", "--settings", company)
    with pytest.raises(SettingsError, match="must be named, got 'another': there is table"):
        run("crm", "write", "another", "--settings", company)

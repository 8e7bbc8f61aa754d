"""The example settings read the exports of HubSpot and Salesforce as they are, and `glengarry init` drafts what reads them too."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.records.checks import CheckedHistory, check_history
from features.records.clock import to_datetime
from features.scaffold import draft_settings
from serving.settings.settings import load_settings
from tests.serving.api.webhooks.crm_exports import write_hubspot, write_salesforce
from tests.test_docs import ROOT

CRMS = [("hubspot", write_hubspot), ("salesforce", write_salesforce)]
by_crm = pytest.mark.parametrize(("crm", "write"), CRMS, ids=["hubspot", "salesforce"])


def read(file: Path) -> CheckedHistory:
    settings = load_settings(file)
    return check_history(settings.source, settings.lead_schema, datetime(2026, 11, 1, tzinfo=UTC), settings.folder)


def examples(crm: str, write: Callable[[Path], Path], home: Path) -> CheckedHistory:
    write(home / "exports")
    return read(Path(shutil.copy(ROOT / "docs" / "examples" / f"{crm}.toml", home / "glengarry.toml")))


@by_crm
def test_example_reads_the_export_without_a_broken_row(crm: str, write: Callable[[Path], Path], tmp_path: Path) -> None:
    checked = examples(crm, write, tmp_path)

    assert checked.broken == ()
    outcomes = checked.history.outcomes
    assert sorted(zip(outcomes.won, outcomes.amount, strict=True), reverse=True)[0] == (True, 12_000)
    assert len(outcomes) == 2


def test_hubspot_is_read_as_it_is_meant(tmp_path: Path) -> None:
    history = examples(*CRMS[0], tmp_path).history

    assert list(history.leads.lead_id) == ["9100001", "9100002", "9100003", "9100004"]
    assert to_datetime(int(history.leads.created_at[0])).isoformat() == "2026-01-12T09:15:00+00:00"
    assert list(history.leads.channels["source"]) == ["Organic Search", "Paid Search", "Referrals", "Offline Sources"]
    assert history.outcomes.reason is not None
    assert set(history.outcomes.reason) == {None, "No budget"}


def test_salesforce_is_read_as_it_is_meant(tmp_path: Path) -> None:
    history = examples(*CRMS[1], tmp_path).history

    assert list(history.leads.channels["source"]) == ["Web", "Trade Show", "Web"]
    assert sorted(zip(history.events.lead, history.events.kind, strict=True)) == [(0, 0), (0, 1), (1, 0)]
    assert history.events.rep_id is not None
    assert set(history.events.rep_id) == {"005a", "005b"}
    assert to_datetime(int(history.events.recorded_at.min())).isoformat() == "2026-01-15T10:00:00+00:00"


@by_crm
def test_draft_reads_the_export_too(crm: str, write: Callable[[Path], Path], tmp_path: Path) -> None:
    write(tmp_path / "exports")
    (tmp_path / "glengarry.toml").write_text(draft_settings(tmp_path / "exports", tmp_path), encoding="utf-8")

    checked = read(tmp_path / "glengarry.toml")

    assert checked.broken == ()
    assert (len(checked.history.leads), len(checked.history.outcomes)) == (4 if crm == "hubspot" else 3, 2)
    settings = load_settings(tmp_path / "glengarry.toml")
    if settings.history is not None and settings.history.events:
        assert settings.history.events[0].columns["kind"] == "TaskSubtype"
        assert settings.history.events[0].columns["recorded_at"] == "CreatedDate"

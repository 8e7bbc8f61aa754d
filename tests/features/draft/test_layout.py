"""Which file is which table is told by what ids have in common."""

from __future__ import annotations

from pathlib import Path

from tests.features.draft.conftest import Draft, draft, write_company


def test_tables_are_told_apart_by_what_they_hold(company: Draft) -> None:
    source = company.source

    assert source.leads.table == "contacts.csv"
    assert source.leads.columns["lead_id"] == "Record Id"
    assert source.leads.columns["created_at"] == "createDate"
    assert source.events is not None
    assert source.events.table == "crm_history.csv"
    assert source.events.columns == {
        "lead_id": "contact",
        "kind": "type",
        "occurred_at": "happened_at",
        "recorded_at": "logged_at",
    }
    assert source.outcomes.table == "deals.csv"
    assert {name: source.outcomes.columns[name] for name in ("lead_id", "won", "closed_at")} == {
        "lead_id": "contact",
        "won": "stage",
        "closed_at": "close_date",
    }
    assert (source.outcomes.won_values, source.outcomes.lost_values) == (("Closed Won",), ("Closed Lost",))
    assert company.comment("Not used") == "# Not used: products.csv."


def test_names_of_files_are_not_needed(tmp_path: Path) -> None:
    write_company(tmp_path)
    for name, other in (("contacts", "b"), ("crm_history", "c"), ("deals", "a"), ("products", "d")):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"{other}.csv")

    source = draft(tmp_path).source

    assert (source.leads.table, source.events and source.events.table, source.outcomes.table) == (
        "b.csv",
        "c.csv",
        "a.csv",
    )

"""Which file is which table is told by what ids have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.scaffold.conftest import END, ROWS, Draft, by_end, counts, day, draft, write, write_company


def test_tables_are_told_apart_by_what_they_hold(company: Draft) -> None:
    source = company.source

    assert source.leads.table == "contacts.csv"
    assert source.leads.columns["lead_id"] == "Record Id"
    assert source.leads.columns["created_at"] == "createDate"
    assert source.events is not None
    assert source.events[0].table == "crm_history.csv"
    assert source.events[0].columns == {
        "lead_id": "contact",
        "kind": "type",
        "occurred_at": "happened_at",
        "recorded_at": "logged_at",
    }
    assert source.outcomes[0].table == "deals.csv"
    assert {name: source.outcomes[0].columns[name] for name in ("lead_id", "won", "closed_at")} == {
        "lead_id": "contact",
        "won": "stage",
        "closed_at": "close_date",
    }
    assert (source.outcomes[0].won_values, source.outcomes[0].lost_values) == (("Closed Won",), ("Closed Lost",))
    assert company.comment("Not used") == "# Not used: products.csv."


def test_names_of_files_are_not_needed(tmp_path: Path) -> None:
    write_company(tmp_path)
    for name, other in (("contacts", "b"), ("crm_history", "c"), ("deals", "a"), ("products", "d")):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"{other}.csv")

    source = draft(tmp_path).source

    assert (source.leads.table, source.events and source.events[0].table, source.outcomes[0].table) == (
        "b.csv",
        "c.csv",
        "a.csv",
    )


def test_log_that_holds_outcomes_among_events_is_read_as_both(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("no", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    told: list[tuple[object, ...]] = []
    for at in range(ROWS):
        told += [(f"L{at}", ("call", "visit")[step], day(at + 1 + step)) for step in range(at % 3)]
        if END[at] != "open":
            told.append((f"L{at}", "Deal won" if END[at] == "won" else "Deal lost", day(at + 20)))
    write(tmp_path, "journal.csv", ("no", "what", "date"), *told)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert len(drafted.check().history.events) == sum(at % 3 for at in range(ROWS))
    assert {"call", "visit"} == set(drafted.schema.kinds)


def test_outcome_that_was_taken_back_is_no_event(tmp_path: Path) -> None:
    """The state of a lead that is worked on again opens it, whatever stood there before."""
    write(tmp_path, "leads.csv", ("no", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    told: list[tuple[object, ...]] = []
    for at in range(ROWS):
        told.append((f"L{at}", day(at + 20), "Closed Lost" if END[at] != "won" else "Closed Won"))
        if END[at] == "open":
            told.append((f"L{at}", day(at + 40), "Second talk"))
    write(tmp_path, "outcomes.csv", ("no", "closed_at", "won"), *told)

    assert counts(draft(tmp_path)) == (40, 40, 40)


def test_outcomes_without_any_day_borrow_that_of_the_lead(tmp_path: Path) -> None:
    """Ids differ in writing, and times are those of the leads' file."""
    rows = [(1000 + at, f"{day(at):%d.%m.%Y}", ("fair", "web")[at % 2]) for at in range(ROWS)]
    write(tmp_path, "users.csv", ("user", "signed up", "source"), *rows)
    write(
        tmp_path,
        "subscriptions.csv",
        ("user", "status"),
        *[(f"{1000 + at}.0", by_end("won", "lost", "trialing")[at]) for at in range(ROWS)],
    )

    drafted = draft(tmp_path)

    assert not drafted.check().broken
    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment("outcomes count as known on it")


def test_kind_and_state_that_come_late_in_a_long_file_are_in_the_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.scaffold.sheets.ROWS", 90)
    state = [{"won": "Won", "lost": "Lost", "open": "New"}[end] for end in END]
    state[110], state[111] = "Parked", "Lost to a friend"
    rows = [(f"L{at}", day(at), "web", state[at], day(at + 20) if state[at] != "New" else None) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("no", "created", "source", "status", "closed"), *rows)
    told = [(f"L{at}", "reopened" if at == 115 else ("call", "visit")[at % 2], day(at + 1)) for at in range(ROWS)]
    write(tmp_path, "events.csv", ("no", "kind", "date"), *[*told, *told[:60]])

    drafted = draft(tmp_path)

    assert not drafted.check().broken
    assert "reopened" in drafted.text
    assert "Parked" in drafted.text


def write_deals(folder: Path, name: str, own: str, beside: str) -> None:
    rows = [
        (f"p-{7 * at % 997:04}", f"d{at:05}x", day(at), day(at + 20), "won" if at % 3 else "lost") for at in range(ROWS)
    ]
    write(folder, name, (beside, own, "created", "closed", "outcome"), *rows)


@pytest.mark.parametrize("beside", ["Contact ID", "Account Id", "Kunde Nr"])
def test_id_of_a_deal_whose_name_says_nothing_is_asked_about_beside_that_of_somebody(
    beside: str, tmp_path: Path
) -> None:
    write_deals(tmp_path, "pipeline.csv", "Field 9", beside)

    assert "or is it 'Field 9'? Each tells every row from all others" in draft(tmp_path).text


def test_of_two_ids_that_named_as_the_table_is_the_leads(tmp_path: Path) -> None:
    write_deals(tmp_path, "Opportunities 2026.csv", "Opportunity ID", "Contact ID")

    drafted = draft(tmp_path)

    assert drafted.source.leads.columns["lead_id"] == "Opportunity ID"
    assert "Each tells every row" not in drafted.text


def test_id_of_contacts_in_their_own_table_is_not_asked_about(tmp_path: Path) -> None:
    write_deals(tmp_path, "contacts.csv", "Field 9", "Contact ID")

    drafted = draft(tmp_path)

    assert drafted.source.leads.columns["lead_id"] == "Contact ID"
    assert "Each tells every row" not in drafted.text


@pytest.mark.parametrize(
    ("left", "entered"), [("from_stage", "to_stage"), ("Old Value", "New Value"), ("by", "status")]
)
def test_moves_of_stages_without_their_days_are_read_by_their_ends_and_asked_about(
    left: str, entered: str, tmp_path: Path
) -> None:
    write(tmp_path, "leads.csv", ("no", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    moves = [(f"L{at}", "New", "Contacted") for at in range(ROWS)]
    moves += [(f"L{at}", "Contacted", END[at].title()) for at in range(ROWS) if END[at] != "open"]
    write(tmp_path, "moves.csv", ("no", left, entered), *[moves[7 * at % len(moves)] for at in range(len(moves))])

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment(
        "no column of moves.csv says when, so only the ends among its rows are read: export the day."
    )

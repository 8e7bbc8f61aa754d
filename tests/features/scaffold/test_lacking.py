"""Exports that lack a column, or whose names say nothing: what is missing is said, and nothing else takes its place in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.scaffold import Draft, draft
from tests.features.scaffold import conftest
from tests.features.scaffold.conftest import day, write

ROWS = 120
EXPORTED = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=ROWS + 20)


def end_of(at: int) -> str:
    return ("won", "lost", "open")[at % 3]


def cells(at: int) -> dict[str, Any]:
    """Return all that is known of a lead."""
    is_open = end_of(at) == "open"
    return {
        "Id": f"L{at}",
        "Created": day(at),
        "Source": ("web", "fair", "call")[at % 4 % 3],
        "Status": end_of(at),
        "Closed": None if is_open else day(at + 10 + at % 7),
        "Delivery": None if end_of(at) != "won" else day(at + 200),
        "Age": ROWS + 20 - at if is_open else 10 + at % 7,
        "Customer": f"{4000 + 7 * at}",
        "Kind": ("call", "mail")[at % 2],
    }


def drafted(folder: Path, **names: str) -> Draft:
    """Draft an export of some columns, each under a name."""
    rows = [tuple(cells(at)[of] for of in names.values()) for at in range(ROWS)]
    write(folder, "leads.csv", tuple(name.replace("_", " ") for name in names), *rows)
    return draft(folder, now=EXPORTED)


@pytest.mark.parametrize("name", ["Closed_on", "Feld_3"])
def test_the_day_of_the_close_is_never_taken_for_that_of_the_creation(tmp_path: Path, name: str) -> None:
    found = drafted(tmp_path, Id="Id", Status="Status", **{name: "Closed"})
    assert found.problem == "No column of leads.csv holds the day on which a lead was created: export it."


def test_a_day_that_comes_after_closes_is_not_that_of_the_creation(tmp_path: Path) -> None:
    rows = [(f"L{at}", end_of(at), cells(at)["Closed"], day(ROWS - at)) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Status", "Closed on", "Feld 3"), *rows)
    assert draft(tmp_path, now=EXPORTED).problem.startswith("No column of leads.csv holds the day on which a lead was")


def test_a_day_to_come_is_not_that_of_the_close(tmp_path: Path) -> None:
    found = drafted(tmp_path, Id="Id", Created="Created", Status="Status", Feld_7="Delivery")
    assert 'closed_at = "Created"' in found.text
    assert "outcomes count as known" in found.text


def test_a_close_with_plans_for_open_rows_is_a_close(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), end_of(at), day(at + (300 if end_of(at) == "open" else 1))) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Close date"), *rows)
    assert 'closed_at = "Close date"' in draft(tmp_path, now=EXPORTED).text


def test_the_day_of_all_ended_rows_is_the_close_though_another_is_named_for_a_win(tmp_path: Path) -> None:
    rows = [
        (f"L{at}", day(at), end_of(at), cells(at)["Closed"], day(at + 60) if end_of(at) == "won" else None)
        for at in range(ROWS)
    ]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Feld 4", "Won bonus paid on"), *rows)
    assert 'closed_at = "Feld 4"  # check this' in draft(tmp_path).text


def test_days_that_count_to_the_export_are_late_though_no_close_is_there(tmp_path: Path) -> None:
    found = drafted(tmp_path, Id="Id", Created="Created", Status="Status", Age="Age")
    assert conftest.Draft(found.text).roles["age"] == "late"
    assert "of the open leads it is the number of days from creation to one and the same day" in found.text


def test_small_numbers_of_leads_that_were_imported_on_one_day_count_no_days(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(60 if at % 10 else at), end_of(at), 1 + at // 3 % 3) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Children"), *rows)
    found = draft(tmp_path, now=EXPORTED)
    assert "the number of days" not in found.text
    assert conftest.Draft(found.text).roles["children"] != "late"


def test_of_two_columns_that_may_be_the_id_both_are_named(tmp_path: Path) -> None:
    one = drafted(tmp_path, Customer="Customer", Created="Created", Status="Status", Feld_9="Id")
    assert "lead_id = \"Customer\"  # check this: or is it 'Feld 9'?" in one.text
    (tmp_path / "leads.csv").unlink()
    named = drafted(tmp_path, Id="Id", Created="Created", Status="Status", Feld_9="Customer")
    assert "or is it" not in named.text


def test_a_price_that_many_rows_have_makes_no_log_of_them(tmp_path: Path) -> None:
    rows = [(day(at), f"{60 + at % 70}.5", "none" if at else "paid", 0 if at else 3, end_of(at)) for at in range(ROWS)]
    write(tmp_path, "bookings.csv", ("Booked", "Rate", "Deposit", "Days on list", "Status"), *rows)
    assert draft(tmp_path).problem == "No column of bookings.csv names each lead: export the record's id."


def test_ends_in_a_log_without_days_are_read_and_the_day_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("Id", "Created", "Source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    log = [(f"L{at}", kind) for at in range(ROWS) for kind in ("call", "visit", end_of(at)) if kind != "open"]
    write(tmp_path, "journal.csv", ("Id", "event"), *log)
    found = draft(tmp_path)
    assert "check this first: no column of journal.csv says when" in found.text
    read = conftest.Draft(found.text)
    assert (conftest.counts(read), len(read.check().broken)) == ((40, 40, 40), 0)


def test_many_rows_without_a_day_of_creation_are_asked_about_first(tmp_path: Path) -> None:
    rows = [(f"L{at}", None if at < 6 else day(at), end_of(at), cells(at)["Closed"]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Closed on"), *rows)
    assert "check this first: 6 of 120 rows have no 'Created', and are left out." in draft(tmp_path).text
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Closed on"), *rows[5:])
    assert "check this first: 1 of" not in draft(tmp_path).text


def test_wins_without_a_day_are_asked_about_first(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), end_of(at), None if at < 6 else cells(at)["Closed"]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Closed on"), *rows)
    assert "check this first: 2 rows are read as won and have no day of closing" in draft(tmp_path).text
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Closed on"), *rows[6:])
    assert "no day of closing" not in draft(tmp_path).text


def test_a_log_without_a_day_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), end_of(at), cells(at)["Closed"]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Status", "Closed on"), *rows)
    acts = [(f"A{at}", f"L{at % 40}", ("Email", "Call")[at % 2]) for at in range(ROWS)]
    write(tmp_path, "activities.csv", ("Activity", "Lead", "Activity type"), *acts)
    write(tmp_path, "products.csv", ("Product", "Price"), ("A", 1), ("B", 2))
    text = draft(tmp_path).text
    assert "check this: activities.csv has rows of the leads, but no column says when" in text
    assert "# Not used: products.csv." in text

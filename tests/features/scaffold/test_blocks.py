"""The blocks of a draft ask what cannot be guessed, and say what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.records.reading import ReadingError
from tests.features.scaffold.conftest import Draft, day, draft, write


def test_horizon_covers_three_wins_in_four(company: Draft) -> None:
    assert company.schema.horizon_days == 30
    assert company.comment("Three in four wins") == "# Three in four wins came within 20 days."


def test_kinds_become_names_and_a_later_answer_keeps_its_field(company: Draft) -> None:
    assert company.source.events is not None
    assert company.source.events[0].kinds == {
        "Phone Call": "phone_call",
        "Page Visit": "page_visit",
        "Budget": "budget",
    }
    assert {name: (kind.obstacle, kind.actor) for name, kind in company.schema.kinds.items()} == {
        "phone_call": ("hurry", "rep"),
        "page_visit": ("desire", "lead"),
    }


def test_a_kind_is_called_as_the_export_calls_it_whatever_name_is_left_for_it(tmp_path: Path) -> None:
    long = "the customer rang and wanted to know when somebody would come by"
    kinds = ["email", "Звонок", "Gespräch_geführt", "Phone Call", "EmailSent", long]
    leads = [(f"L{at}", day(at), f"p{at}@firm.example", ("none", "some")[at % 2]) for at in range(60)]
    write(tmp_path, "leads.csv", ("id", "created", "email", "budget"), *leads)
    events = [(f"L{at}", kinds[at % len(kinds)], day(at + 1)) for at in range(60)]
    write(tmp_path, "activities.csv", ("lead_id", "activity", "happened_at"), *events)
    deals = [(f"L{at}", day(at + 9), ("won", "lost")[at // 2 % 2]) for at in range(60)]
    write(tmp_path, "deals.csv", ("lead_id", "closed_at", "result"), *deals)

    drafted = draft(tmp_path)

    assert drafted.source.events is not None
    ours = drafted.source.events[0].kinds
    called = {kind: drafted.schema.kinds[ours.get(kind, kind)].singular for kind in kinds}
    assert ours["email"] == "email_2"  # a field has the name already
    assert called.pop(long) == long[:55].replace("_", " ")
    assert called == {
        "email": "email",
        "Звонок": "звонок",
        "Gespräch_geführt": "gespräch geführt",
        "Phone Call": "phone call",
        "EmailSent": "email sent",
    }


def test_day_and_month_that_may_be_exchanged_are_asked_about(tmp_path: Path) -> None:
    rows = [(f"L{at}", f"0{at % 9 + 1}/0{at % 8 + 1}/2025", "web", "won" if at % 2 else "lost") for at in range(20)]
    write(tmp_path, "leads.csv", ("id", "created", "source", "outcome"), *rows)

    asked = 'time_formats = { created_at = "%d/%m/%Y" }  # check this: created_at: day first, or month first?'
    assert asked in draft(tmp_path).text


def test_a_column_is_not_asked_about_where_its_name_is_ours(tmp_path: Path) -> None:
    rows = [(f"L{at}", f"2025-0{at % 9 + 1}-11", "web", "won" if at % 2 else "lost") for at in range(20)]
    write(tmp_path, "leads.csv", ("lead_id", "created_at", "source", "outcome"), *rows)

    assert "when the lead was created" not in draft(tmp_path).text


def test_missing_date_and_id_are_told_with_a_remedy(tmp_path: Path) -> None:
    write(
        tmp_path, "calls.csv", ("job", "source", "y"), *[("a", at % 3, "yes" if at % 2 else "no") for at in range(50)]
    )

    drafted = draft(tmp_path)

    assert "no column of calls.csv tells each row from all others" in drafted.comment("tells each row")
    assert "nobody could tell what was known when" in drafted.comment("holds a time")
    with pytest.raises(ReadingError, match=r"calls\.csv has no column 'lead_id'"):
        drafted.check()


def test_missing_outcomes_are_told_with_a_remedy(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("id", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(5)])

    drafted = draft(tmp_path)

    assert drafted.comment("no file says how leads ended")
    with pytest.raises(ReadingError, match="No file for table 'outcomes'"):
        drafted.check()


def test_folder_that_says_nothing_of_a_lead_is_a_history_too(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("id", "created", "won"), *[(f"L{at}", day(at), at % 2) for at in range(20)])

    drafted = draft(tmp_path)

    assert drafted.comment("no column says anything of a lead")
    assert drafted.check().summary.won == 10


def test_who_closed_the_deal_is_asked_where_several_columns_name_somebody(tmp_path: Path) -> None:
    leads = [(f"L{at}", day(at), "web") for at in range(20)]
    write(tmp_path, "leads.csv", ("id", "created", "source"), *leads)
    deals = [(f"L{at}", day(at + 3), "won" if at % 2 else "lost", f"S{at % 3}", f"R{at % 4}") for at in range(20)]
    write(tmp_path, "deals.csv", ("id", "closed", "outcome", "sdr_id", "sr_id"), *deals)

    assert 'rep_id = "sdr_id"  # check this: who closed the deal, or sr_id?' in draft(tmp_path).text


def test_log_without_a_table_of_leads_is_called_one_and_no_running_number_is_asked_for(tmp_path: Path) -> None:
    rows = [
        (f"P{at // 3}", ("Rome", "Bonn")[at // 3 % 2], ("web", "fair")[at // 6 % 2], day(at), ("call", "visit")[at % 2])
        for at in range(90)
    ]
    write(tmp_path, "log.csv", ("patient", "city", "source", "on", "step"), *rows)

    drafted = draft(tmp_path)

    assert "several rows of one 'patient'" in drafted.text
    assert "the lead's own: city, source." in drafted.text
    assert "running number" not in drafted.text

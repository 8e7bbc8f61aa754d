"""A table in several files is read as one, and each row keeps its file and its number there."""

from __future__ import annotations

import pytest

from features.records.reading import ReadingError
from features.records.reading.pieces import table_pieces
from tests.features.conftest import Export
from tests.features.records.checks.conftest import broken
from tests.features.records.reading.conftest import PLAIN, cities

ALL = {"table": "leads_*.csv"}


@pytest.fixture
def years(folder: Export) -> Export:
    folder.write("leads_2024.csv", "lead_id,created_at", "a,2024-05-01", "b,2024-06-01")
    folder.write("leads_2025.csv", "lead_id,created_at,city", "c,2025-05-01,Rome", "d,soon,Bonn")
    folder.write("other.csv", "lead_id,created_at,city", "x,2025-05-01,Oslo")
    return folder


def test_rows_of_all_files_that_fit_stand_one_below_the_other(years: Export) -> None:
    assert cities(years, leads=ALL) == [None, None, "Rome", "Bonn"]
    assert years.read(schema=PLAIN, leads=ALL).cells.column("lead_id").to_pylist() == ["a", "b", "c", "d"]


def test_broken_row_is_named_by_its_own_file_and_number(years: Export) -> None:
    years.write("outcomes.csv", "lead_id,closed_at,won", "a,2024-07-01,won")

    (row,) = broken(years.check(PLAIN, leads=ALL))

    assert "lead 'd' (leads_2025.csv, row 3)" in row


def test_column_that_no_file_has_is_an_error(years: Export) -> None:
    with pytest.raises(ReadingError, match=r"leads_\*\.csv has no column 'town'"):
        years.read(schema=PLAIN, leads={**ALL, "columns": {"city": "town"}})


def test_name_that_no_file_fits_is_an_error(years: Export) -> None:
    with pytest.raises(
        ReadingError, match=r"No file for table 'deals_\*'.*stands for any characters: there are 'leads_2024"
    ):
        years.read(schema=PLAIN, leads={"table": "deals_*"})


def test_pieces_are_the_files_with_all_columns(years: Export) -> None:
    pieces = list(table_pieces(years.source(leads=ALL), PLAIN, "leads", years.folder))

    assert [(piece.place, piece.row.tolist()) for piece in pieces] == [
        ("leads_2024.csv", [2, 3]),
        ("leads_2025.csv", [2, 3]),
    ]
    assert {tuple(piece.columns) for piece in pieces} == {("lead_id", "created_at", "city")}


RENAMED = {"table": "deals_*.csv", "columns": {"closed_at": "Closed"}}


@pytest.fixture
def renamed(folder: Export) -> Export:
    """Two years of deals, of which the second calls its status `State`."""
    folder.write(
        "deals_2024.csv", "lead_id,created_at,Closed,Status,city", "a,2024-05-01,2024-06-01,won,Rome", "b,2024-06-01,,,"
    )
    folder.write("deals_2025.csv", "lead_id,created_at,Closed,State,city", "c,2025-05-01,2025-06-01,won,Bonn")
    return folder


@pytest.mark.parametrize(
    "told",
    [
        {"columns": {"closed_at": "Closed", "won": "Status"}},
        {"won_when": [{"Status": "won"}], "lost_when": [{"Status": "lost"}]},
        {"won_when": [{"Closed": {"filled": True}}], "lost_when": [{"Status": {"filled": False}}]},
        {"won_when": [{"Closed": {"filled": True}}], "open_when": [{"Status": "open"}]},
        {"all_won": True, "leave_out_when": [{"Status": "deleted"}]},
        {"all_won": True, "first_of": {"closed_at": ["Status", "Closed"]}, "columns": {}},
    ],
)
def test_file_that_lacks_a_column_which_decides_is_refused(renamed: Export, told: dict[str, object]) -> None:
    refused = (
        r"Each file of deals_\*\.csv must have the columns by which \[history\.outcomes\] tells .*"
        r"deals_2025\.csv has no column 'Status': did you mean 'State'\? .*add it without values"
    )
    with pytest.raises(ReadingError, match=refused):
        renamed.read("outcomes", PLAIN, outcomes=RENAMED | told)


def test_pieces_refuse_it_too(renamed: Export) -> None:
    source = renamed.source(
        leads={"table": "deals_*.csv"}, outcomes=RENAMED | {"columns": {"won": "Status", "closed_at": "Closed"}}
    )

    with pytest.raises(ReadingError, match=r"deals_2025\.csv has no column 'Status'"):
        list(table_pieces(source, PLAIN, "outcomes", renamed.folder))


@pytest.mark.parametrize(("lacking", "has"), [("lead_id", "Id"), ("created_at", "Made")])
def test_all_files_that_lack_an_id_or_a_creation_are_named(folder: Export, lacking: str, has: str) -> None:
    header = "lead_id,created_at,city"
    folder.write("leads_1.csv", header, "a,2024-05-01,Rome")
    folder.write("leads_2.csv", header.replace(lacking, has), "b,2024-05-01,Rome")
    folder.write("leads_3.csv", header.replace(lacking, has), "c,2024-05-01,Rome")

    with pytest.raises(
        ReadingError,
        match=rf"leads_2\.csv has no column '{lacking}': .* leads_3\.csv has no column '{lacking}': .*the name that it has",
    ):
        folder.read(schema=PLAIN, leads=ALL)


def test_joined_table_has_its_key_and_what_decides_in_each_file(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,city,deal", "a,2024-05-01,Rome,1", "b,2024-05-01,Rome,2")
    folder.write("deals_1.csv", "key,Status,Size", "1,deleted,3")
    folder.write("deals_2.csv", "key,State,Size", "2,deleted,3")
    joins = {"deal": {"table": "deals_*.csv", "on": "deal", "key": "key"}}

    with pytest.raises(ReadingError, match=r"history\.leads\.joins\.deal\].* deals_2\.csv has no column 'Status'"):
        folder.read(
            schema=PLAIN, leads={"joins": joins, "leave_out_when": [{"deal.Status": "deleted"}], "table": "leads"}
        )


def test_column_by_which_a_joined_status_is_found_has_to_be_in_each_file(years: Export) -> None:
    years.write("deals.csv", "key,Status", "1,deleted")
    years.write("leads_2025.csv", "lead_id,created_at,city,deal", "c,2025-05-01,Rome,1")
    joins = {"deal": {"table": "deals", "on": "deal", "key": "key"}}

    with pytest.raises(ReadingError, match=r"leads_2024\.csv has no column 'deal'"):
        years.read(schema=PLAIN, leads={"joins": joins, "leave_out_when": [{"deal.Status": "deleted"}], **ALL})


def test_other_column_that_a_file_lacks_is_empty_there_and_noted(years: Export) -> None:
    whole = years.read(schema=PLAIN, leads=ALL)
    pieces = list(table_pieces(years.source(leads=ALL), PLAIN, "leads", years.folder))
    lacking = "has no column 'city', which is empty in its rows"

    assert f"leads_2024.csv: {lacking}" in map(str, whole.notes)
    assert not any("leads_2025.csv: has no" in str(note) for note in whole.notes)
    assert [[str(note) for note in piece.notes] for piece in pieces] == [[lacking], []]

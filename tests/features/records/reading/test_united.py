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

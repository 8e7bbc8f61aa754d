"""Columns are found under the names that the settings map, or missed with a remedy."""

from __future__ import annotations

import pytest

from features.records.reading import ReadingError
from tests.features.conftest import FILES, SCHEMA, Export
from tests.features.records.reading.conftest import PLAIN


def test_columns_have_the_name_that_the_settings_map(folder: Export) -> None:
    folder.write("crm.csv", "Ort,Id,Created On,unused", "Bonn,L1,2026-01-01,x")
    columns = {"lead_id": "Id", "created_at": "Created On", "city": "Ort"}

    raw = folder.read(schema=PLAIN, leads={"table": "crm", "columns": columns})

    assert raw.cells.to_pylist() == [{"lead_id": "L1", "created_at": "2026-01-01", "city": "Bonn"}]
    assert raw.columns == columns


def test_missing_column_names_the_nearest_and_the_remedy(export: Export) -> None:
    with pytest.raises(
        ReadingError,
        match=r"leads\.csv has no column 'Budget ' \(field 'budget'\): did you mean 'budget'\? its columns are 'lead_id', "
        r".*write budget = \"\.\.\.\" under \[history\.leads\.columns\], or take the field out",
    ):
        export.read(leads={"table": "leads", "columns": {"budget": "Budget "}})


@pytest.mark.parametrize(
    ("table", "column"), [("leads", "created_at"), ("events", "kind"), ("outcomes", "closed_at"), ("outcomes", "won")]
)
def test_column_that_no_history_goes_without_must_be_there(export: Export, table: str, column: str) -> None:
    header = FILES[table][0].replace(column, "other")
    export.write(f"{table}.csv", header, *FILES[table][1:])

    with pytest.raises(ReadingError, match=rf"{table}\.csv has no column '{column}'"):
        export.read(table)  # type: ignore[arg-type]


def test_optional_columns_may_be_absent_and_late_fields_are_not_read(export: Export) -> None:
    export.write("events.csv", "lead_id,kind,occurred_at", "L1,call,2026-01-05")
    export.write("leads.csv", f"{FILES['leads'][0]},notes", "L1,2026-01-01,fair,1,small,signed")

    assert export.read("events").cells.column_names == ["lead_id", "kind", "occurred_at"]
    assert "notes" not in export.read().cells.column_names


def test_mapped_late_field_must_be_there(export: Export) -> None:
    with pytest.raises(ReadingError, match=r"outcomes\.csv has no column 'Notes' \(column 'notes'\)"):
        export.read("outcomes", outcomes={"table": "outcomes", "columns": {"notes": "Notes"}})


def test_field_that_stands_with_the_outcomes_must_be_late(export: Export) -> None:
    with pytest.raises(ReadingError, match="Field 'budget' must have role 'late' if it stands in the outcomes table"):
        export.read("outcomes", outcomes={"table": "outcomes", "columns": {"budget": "amount"}})


def test_of_two_columns_of_one_name_the_second_has_a_number(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,city,city", "L1,2026-01-01,a,b")

    first, second = (
        folder.read(schema=PLAIN, leads={"table": "leads", "columns": {"city": name}}) for name in ("city", "city (2)")
    )

    assert (first.cells["city"].to_pylist(), second.cells["city"].to_pylist()) == (["a"], ["b"])
    told = "'city' stands there twice: the first is read, the second is called 'city (2)'"
    assert list(map(str, first.notes)) == [told]


def test_settings_without_events_have_no_events_to_read(folder: Export) -> None:
    with pytest.raises(ReadingError, match=r"The settings name no events table: add \[history\.events\]"):
        folder.read("events", schema=SCHEMA)

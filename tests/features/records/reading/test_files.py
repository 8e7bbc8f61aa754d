"""Files are found by name or stem, and what is not there is told with what is."""

from __future__ import annotations

import gzip
import os

import pytest

from features.records.reading import ReadingError
from features.records.reading.files import TableFile
from features.records.reading.locating import locate
from features.settings.schema import LeadSchema
from tests.features.conftest import Export
from tests.features.records.reading.conftest import HEADER, PLAIN, cities


@pytest.mark.parametrize("table", ["leads", "leads.csv"])
def test_table_is_named_by_stem_or_file(export: Export, table: str) -> None:
    assert locate(export.folder, table) == TableFile(export.folder / "leads.csv")


def test_two_files_of_one_stem_are_an_error_unless_named_in_full(export: Export) -> None:
    export.write("leads.parquet", "")

    with pytest.raises(
        ReadingError, match=r"must be one file, got leads\.csv and leads\.parquet: name the file in full"
    ):
        export.read()
    assert len(export.read(leads={"table": "leads.csv"})) == 3


def test_missing_file_names_the_nearest(export: Export) -> None:
    with pytest.raises(
        ReadingError,
        match=r"No file for table 'lead' in .*: did you mean 'leads\.csv'\? there are 'events\.csv', 'leads",
    ):
        export.read(leads={"table": "lead"})


def test_missing_folder_is_an_error(folder: Export) -> None:
    with pytest.raises(ReadingError, match=r"must be a folder or a database URL, got '.*nowhere'"):
        folder.read(source=str(folder.folder / "nowhere"))


def test_relative_source_lies_beside_the_settings(export: Export) -> None:
    assert len(export.read(source=".")) == 3


@pytest.mark.parametrize("name", ["leads.csv", "leads.parquet"])
def test_empty_file_is_an_error(folder: Export, name: str) -> None:
    (folder.folder / name).touch()

    with pytest.raises(ReadingError, match=rf"{name} must hold a table, got an empty file"):
        folder.read(schema=PLAIN)


def test_packed_file_reads_as_its_content(folder: Export) -> None:
    (folder.folder / "leads.csv.gz").write_bytes(gzip.compress(f"{HEADER}\nL1,2026-01-01,Bonn\n".encode()))

    assert cities(folder) == ["Bonn"]


def test_damaged_packed_file_is_an_error(folder: Export) -> None:
    packed = gzip.compress(os.urandom(200_000).hex().encode())
    (folder.folder / "leads.csv.gz").write_bytes(packed[: len(packed) // 2])

    with pytest.raises(ReadingError, match=r"leads\.csv\.gz cannot be unpacked: .* Copy or export it again"):
        folder.read(schema=LeadSchema.model_validate({"fields": {}, "kinds": {"call": {"obstacle": "need"}}}))

"""Parquet: cells keep their type."""

from __future__ import annotations

import pytest

from features.records.reading import ReadingError
from tests.features.conftest import Export
from tests.features.records.reading.conftest import PLAIN, write_parquet


def test_parquet_column_may_have_dots_in_its_name(folder: Export) -> None:
    write_parquet(folder, **{"emp.var": ["a", "b"], "emp": ["c", "d"]})

    raw = folder.read(schema=PLAIN, leads={"table": "leads", "columns": {"city": "emp.var"}})

    assert raw.cells.column("city").to_pylist() == ["a", "b"]


def test_damaged_parquet_is_an_error(folder: Export) -> None:
    (folder.folder / "leads.parquet").write_bytes(b"PAR1 no more")

    with pytest.raises(ReadingError, match=r"leads\.parquet cannot be read as Parquet: .* Export it again"):
        folder.read(schema=PLAIN)

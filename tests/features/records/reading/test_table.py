"""A table of few types, without blank rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from features.records.reading import ReadingError
from tests.features.conftest import Export
from tests.features.records.reading.conftest import HEADER, PLAIN, write_parquet

NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def test_csv_gives_the_mapped_columns_as_text_with_their_rows(export: Export) -> None:
    raw = export.read()

    assert raw.cells.column_names == ["lead_id", "created_at", "source", "employees", "budget"]
    assert raw.cells.column("employees").to_pylist() == ["12", "", "7"]
    assert raw.row.tolist() == [2, 3, 4]
    assert (raw.place, raw.flaws, raw.blank) == ("leads.csv", (), 0)


def test_blank_rows_are_counted_but_still_numbered(folder: Export) -> None:
    folder.write("leads.csv", HEADER, "L1,2026-01-01,a", "", ",,", "L4,2026-01-01,d", "")

    raw = folder.read(schema=PLAIN)

    assert raw.row.tolist() == [2, 5]
    assert raw.blank == 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array([b"a", None]), ["a", None]),
        (pa.array([1, None], pa.int8()), [1, None]),
        (pa.array([1, 2**64 - 1], pa.uint64()), ["1", str(2**64 - 1)]),
        (pa.array([0.5, None], pa.float32()), [0.5, None]),
        (pa.array([Decimal("1.50"), None]), [1.5, None]),
        (pa.array([True, None]), [True, None]),
        (pa.array([date(2026, 1, 1), None]), [NAIVE, None]),
        (pa.array([1_767_225_600_000_000_999, None], pa.timestamp("ns")), [NAIVE, None]),
        (pa.array([2, None], pa.timestamp("s", "Europe/Berlin")), [datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC), None]),
        (pa.nulls(2), [None, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_parquet_of_any_plain_type_is_read(folder: Export, values: pa.Array, expected: list[object]) -> None:
    write_parquet(folder, city=values)

    assert folder.read(schema=PLAIN).cells.column("city").to_pylist() == expected


def test_parquet_of_nested_type_is_an_error(folder: Export) -> None:
    write_parquet(folder, city=[[1], [2]])

    with pytest.raises(
        ReadingError, match=r"Column 'city' of leads\.parquet must hold texts, numbers, .*got list<.*int64"
    ):
        folder.read(schema=PLAIN)

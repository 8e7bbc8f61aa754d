"""What unpacks to more than any table does is refused in words, and what is a table is read."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.records.reading import ReadingError, bounded
from features.records.reading.files import TableFile
from features.records.reading.parquet import refuse_parquet_bomb
from features.records.reading.workbook import sheets_of
from serving.batch.tables import parquet_layout
from tests.features.conftest import Export
from tests.features.records.reading.conftest import PLAIN

REFUSED = r"must unpack to at most 100,000 bytes, got more from [0-9,]+: no table packs so small"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "ALWAYS_BYTES", 100_000)
    monkeypatch.setattr(bounded, "MAX_TIMES", 10)


def packed(folder: Path, kind: str, content: bytes) -> TableFile:
    if kind == "gz":
        path = folder / "leads.csv.gz"
        path.write_bytes(gzip.compress(content))
        return TableFile(path)
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("leads.csv", content)
    return TableFile(path, "leads.csv")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_bomb_is_refused_before_all_of_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    read: list[int] = []
    with packed(tmp_path, kind, b"0" * 10_000_000).open() as file, pytest.raises(ReadingError, match=REFUSED):
        read.extend(len(chunk) for chunk in iter(lambda: file.read(1 << 12), b""))
    assert sum(read) <= 100_000


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_as_much_as_may_come_out_is_read_to_the_byte(tmp_path: Path, kind: str) -> None:
    content = b"0" * 100_000
    with packed(tmp_path, kind, content).open() as file:
        assert file.read() == content
    with pytest.raises(ReadingError, match=REFUSED), packed(tmp_path, kind, content + b"0").open() as file:
        file.read()


def test_large_file_may_unpack_to_so_many_times_its_size(tmp_path: Path) -> None:
    """Random digits pack to nearly a half: two million bytes of them are no bomb."""
    rows = b"".join(f"{n * 2654435761 % 2**32}\n".encode() for n in range(180_000))
    with packed(tmp_path, "gz", rows).open() as file:
        assert file.read() == rows


def test_workbook_that_unpacks_to_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<t>a</t>" * 1_000_000)

    with pytest.raises(ReadingError, match=r"book\.xlsx must unpack to at most"):
        sheets_of(path)


def parquet(folder: Path, rows: int) -> Path:
    """A table of one text in all rows, which takes no room in the file."""
    pq.write_table(pa.table({"lead_id": ["L1"] * rows}), folder / "leads.parquet")
    return folder / "leads.parquet"


def test_parquet_that_says_that_it_is_endless_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = parquet(tmp_path, 12_501)
    with pq.ParquetFile(path) as file:
        refuse_parquet_bomb(file, path.name, 10_001)  # may unpack to ten times as much
        with pytest.raises(ReadingError, match=REFUSED):
            refuse_parquet_bomb(file, path.name, 10_000)

    with pytest.raises(ReadingError, match=REFUSED):
        parquet_layout(path)
    with pytest.raises(ReadingError, match=REFUSED):
        Export(tmp_path).read(schema=PLAIN)
    parquet(tmp_path, 12_500)
    assert parquet_layout(path) == (["lead_id"], 12_500)

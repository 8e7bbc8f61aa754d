"""CSV: what is a cell, and what is none is named with its row."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.reading import ReadingError, TableFile
from features.records.reading.csv_file import LONGEST_ROW, read_header
from features.records.reading.dialect import Dialect
from tests.features.conftest import Export
from tests.features.records.reading.conftest import HEADER, PLAIN, cities


def test_byte_order_mark_is_no_part_of_the_first_name(folder: Export) -> None:
    folder.write("leads.csv", HEADER, "L1,2026-01-01,Köln", encoding="utf-8-sig")

    assert cities(folder) == ["Köln"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig", "shift_jis"])
def test_encoding_of_the_settings_is_heeded(folder: Export, encoding: str) -> None:
    city = "東京" if encoding == "shift_jis" else "Zürich"
    folder.write("leads.csv", HEADER, f"L1,2026-01-01,{city}", encoding=encoding)

    assert cities(folder, encoding=encoding) == [city]


def test_delimiter_of_the_settings_is_heeded(folder: Export) -> None:
    folder.write("leads.csv", HEADER.replace(",", ";"), "L1;2026-01-01;Bonn, Beuel")

    assert cities(folder, delimiter=";") == ["Bonn, Beuel"]


def test_long_cells_and_line_breaks_in_quotes_are_kept(folder: Export) -> None:
    long, broken = "x" * 10_000, 'first\nsecond, "third"'
    folder.write(
        "leads.csv", HEADER, f"L1,2026-01-01,{long}", 'L2,2026-01-01,"first\nsecond, ""third"""', "L3,2026-01-01,c"
    )

    assert cities(folder) == [long, broken, "c"]
    assert folder.read(schema=PLAIN).row.tolist() == [2, 3, 4]  # records, whatever their lines


def test_line_ends_of_other_systems_are_line_ends(folder: Export) -> None:
    (folder.folder / "leads.csv").write_bytes(f"{HEADER}\r\nL1,2026-01-01,a\r\nL2,2026-01-01,b\r\n".encode())

    assert cities(folder) == ["a", "b"]


@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)] * 2), max_size=12
    )
)
def test_written_and_read_again_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = Export(tmp_path_factory.mktemp("round"))
    ids, texts = ([f"x{row[0]}" for row in rows], [row[1] for row in rows])
    table = pa.table({"lead_id": pa.array(ids, pa.string()), "created_at": pa.array(["t"] * len(rows), pa.string())})
    pa_csv.write_csv(table.append_column("city", pa.array(texts, pa.string())), folder.folder / "leads.csv")

    raw = folder.read(schema=PLAIN)

    assert raw.cells.column("lead_id").to_pylist() == ids
    assert raw.cells.column("city").to_pylist() == texts


def test_row_with_another_number_of_cells_is_named_and_the_rest_stands(folder: Export) -> None:
    folder.write(
        "leads.csv", HEADER, "L1,2026-01-01,a", "L2,2026-01-01,b,b", '"L\n3",2026-01-01,c', "L4", "L5,2026-01-01,e"
    )

    raw = folder.read(schema=PLAIN)

    assert raw.row.tolist() == [2, 4, 6]
    assert [(flaw.row, flaw.rule, flaw.value) for flaw in raw.flaws] == [
        (3, "must have 3 cells", "4 in 'L2,2026-01-01,b,b'"),
        (5, "must have 3 cells", "1 in 'L4'"),
    ]


def test_row_numbers_hold_beyond_one_block(folder: Export) -> None:
    wide = "x" * (LONGEST_ROW // 3)
    folder.write("leads.csv", HEADER, *[f"L{row},2026-01-01,{wide}" for row in range(2, 7)], "L7", "L8,2026-01-01,a")

    raw = folder.read(schema=PLAIN)

    assert raw.row.tolist() == [2, 3, 4, 5, 6, 8]
    assert [flaw.row for flaw in raw.flaws] == [7]


@pytest.mark.parametrize(("encoding", "byte"), [("utf-8", b"\xfc"), ("cp1252", b"\x81"), ("ascii", b"\xfc")])
def test_bytes_of_another_encoding_are_named(folder: Export, encoding: str, byte: bytes) -> None:
    (folder.folder / "leads.csv").write_bytes(
        HEADER.encode() + b"\nL1,2026-01-01,a\nL2,2026-01-01,Z" + byte + b"rich\n"
    )

    raw = folder.read(schema=PLAIN, encoding=encoding)

    assert [(flaw.row, flaw.column, flaw.rule) for flaw in raw.flaws] == [(3, "city", f"must be {encoding} text")]
    assert raw.flaws[0].value == repr(b"Z" + byte + b"rich")
    assert raw.flawed.tolist() == [3]
    assert raw.row.tolist() == [2, 3]


def test_truncated_text_of_two_byte_characters_is_an_error(folder: Export) -> None:
    (folder.folder / "leads.csv").write_bytes(f"{HEADER}\nL1,2026-01-01,a".encode("utf-16")[:-1])

    with pytest.raises(ReadingError, match=r"leads\.csv is not utf-16 text: .* Set history\.encoding"):
        folder.read(schema=PLAIN, encoding="utf-16")


@pytest.mark.parametrize("rest", ["L3,2026-01-01,c\n" * 3, "L3,2026-01-01,c\n" * 20_000])
def test_quote_that_is_never_closed_does_not_swallow_the_rest(folder: Export, rest: str) -> None:
    folder.write("leads.csv", HEADER, "L1,2026-01-01,a", 'L2,2026-01-01,"b', rest)

    with pytest.raises(ReadingError, match=r'Row 3 of leads.csv opens a quote \("\) that is never closed'):
        folder.read(schema=PLAIN)


def test_quote_within_a_cell_is_a_character(folder: Export) -> None:
    folder.write("leads.csv", HEADER, 'L1,2026-01-01,24" screen')

    assert cities(folder) == ['24" screen']


def test_row_longer_than_a_block_is_an_error(folder: Export) -> None:
    folder.write("leads.csv", HEADER, f"L1,2026-01-01,{'x' * (LONGEST_ROW * 2)}")

    with pytest.raises(ReadingError, match=r"leads\.csv has a row of more than 16 MB"):
        folder.read(schema=PLAIN)


@pytest.mark.parametrize("end", ["", "\n"])
def test_header_alone_is_a_table_without_rows(folder: Export, end: str) -> None:
    (folder.folder / "leads.csv").write_text(HEADER + end, encoding="utf-8")

    assert len(folder.read(schema=PLAIN)) == 0


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"\nlead_id\n", "utf-8", "must begin with the column names, got an empty line"),
        (b"lead_id,\xfc\n", "utf-8", r"The header of leads\.csv is not utf-8 text: .* Set history\.encoding"),
        (b"lead_id\n", "utf-9", "history.encoding must be a known encoding such as 'utf-8' or 'cp1252', got 'utf-9'"),
    ],
)
def test_header_that_cannot_be_read(folder: Export, content: bytes, encoding: str, message: str) -> None:
    (folder.folder / "leads.csv").write_bytes(content)

    with pytest.raises(ReadingError, match=message):
        read_header(TableFile(folder.folder / "leads.csv"), Dialect(encoding, ","))

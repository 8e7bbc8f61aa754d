"""A workbook that no program should try to hold in memory, or that is none, is refused by name."""

from __future__ import annotations

import struct
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from features.records.reading.far_cells import refuse_far_cells
from features.records.reading.files import TableFile
from features.records.reading.table import ReadingError
from features.records.reading.workbook import read_sheet, sheets_of

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="leads" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(path: Path, cells: dict[str, str], doctype: str = "") -> Path:
    """A workbook with one sheet, each of whose cells is in a row of its own of the file."""
    rows = "".join(
        f'<row r="{place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c s="1" r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for place, text in cells.items()
    )
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'{doctype}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return path


def test_workbook_with_a_cell_in_the_last_corner_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", {"A1": "lead_id", "XFD1048576": "x"})

    for reading in (sheets_of, lambda path: read_sheet(TableFile(path, "leads"))):
        with pytest.raises(
            ReadingError, match=r"2 cells in a sheet that reaches to row 1,048,576 and column 16,384: delete"
        ):
            reading(path)


FIRST, LAST = '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WRITINGS = {
    "single quotes": (FIRST + LAST).replace('"', "'"),
    "line breaks": (FIRST + LAST).replace(" r=", "\nr = "),
    "small letters": FIRST + LAST.replace("XFD", "xfd"),
    "other attributes": FIRST + LAST.replace(" r=", f' a=">" b="{"x" * 2_000}" r='),
    "rows alone": FIRST.replace("</row>", '<c r="XFD1"><v>1</v></c></row>') + '<row r="1048576"><c><v>1</v></c></row>',
    "no places": f"<row>{'<c><v>1</v></c>' * 300}</row>" + "<row/>" * 1_000_000 + "<row><c><v>1</v></c></row>",
}


@pytest.mark.parametrize("rows", WRITINGS.values(), ids=WRITINGS.keys())
@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("place", ["worksheets/sheet1.xml", "leads.bin"])
def test_far_cell_is_seen_however_its_sheet_is_written(tmp_path: Path, rows: str, prefix: str, place: str) -> None:
    sheet = f'<worksheet xmlns{prefix and ":x"}="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    sheet = sheet.replace("<", f"<{prefix}").replace(f"<{prefix}/", f"</{prefix}")
    with ZipFile(tmp_path / "leads.xlsx", "w", ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text.replace("worksheets/sheet1.xml", place))
        archive.writestr(f"xl/{place}", sheet)

    with pytest.raises(ReadingError, match="must have its cells together"):
        refuse_far_cells(tmp_path / "leads.xlsx")


def record(kind: int, content: bytes) -> bytes:
    """A record of a binary workbook."""
    low, high = len(content) & 0x7F, len(content) >> 7
    return (bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])) + (
        bytes([low | 0x80, high]) + content if high else bytes([low]) + content
    )


def binary(path: Path, row: int, column: int) -> Path:
    """A binary workbook with a number in the first cell and in another, counted from 0."""

    def cell(row: int, column: int) -> bytes:
        place = record(0, struct.pack("<I", row) + bytes(13))
        return place + record(5, struct.pack("<IId", column, 0, 1.5))

    name = struct.pack("<III", 0, 1, 4) + "rId1".encode("utf-16le") + struct.pack("<I", 5) + "leads".encode("utf-16le")
    book = record(131, b"") + record(143, b"") + record(156, name) + record(144, b"") + record(132, b"")
    long = record(500, bytes(300))  # of a kind and a length that take two bytes
    sheet = record(129, b"") + long + record(148, struct.pack("<IIII", 0, row, 0, column)) + record(145, b"")
    sheet += cell(0, 0) + cell(row, column) + record(146, b"") + record(130, b"")
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for part, text in PARTS.items():
            if part != "xl/workbook.xml":
                archive.writestr(
                    part.replace(".xml.rels", ".bin.rels"),
                    text.replace("1.xml", "1.bin").replace("workbook.xml", "workbook.bin"),
                )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def test_far_cell_of_a_binary_workbook_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"2 cells in a sheet that reaches to row 1,048,576 and column 16,384"):
        sheets_of(binary(tmp_path / "far.xlsb", 1_048_575, 16_383))

    assert sheets_of(binary(tmp_path / "near.xlsb", 3, 4)) == ["leads"]
    names, rows, _ = read_sheet(TableFile(tmp_path / "near.xlsb", "leads"), 1)
    assert (len(names), len(rows)) == (5, 3)
    with ZipFile(tmp_path / "near.xlsb", "a") as archive:  # a picture, and a part that breaks off
        archive.writestr(
            "xl/media/image1.png", record(0, struct.pack("<I", 1_048_575)) + record(5, bytes([255, 63, 0, 0]))
        )
        archive.writestr("xl/printerSettings1.bin", b"\x91\x01\x00\x00\x85")
    refuse_far_cells(tmp_path / "near.xlsb")


def test_tag_without_an_end_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "leads.xlsx", "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f'<sheetData><c a="{"x" * 3_000_000}" r="XFD1048576"/>')

    with pytest.raises(ReadingError, match="must have tags of at most 1,048,576 bytes"):
        refuse_far_cells(tmp_path / "leads.xlsx")


def test_picture_in_a_workbook_is_no_tag_without_an_end(tmp_path: Path) -> None:
    file = workbook(tmp_path / "picture.xlsx", {"A1": "1", "B2": "2"})
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.emf", b"\1<" + b"\0" * 3_000_000)

    assert read_sheet(TableFile(file, "leads"), 1) == (["1", ""], [["", "2"]], 1)


def test_workbook_with_a_gap_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", {"A1": "lead_id", "B1": "source", "A900": "L1"})

    names, rows, _ = read_sheet(TableFile(path, "leads"))

    assert sheets_of(path) == ["leads"]
    assert names == ["lead_id", "source"]
    assert rows[-1][0] == "L1"


def test_full_sheet_is_counted_as_full_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.records.reading.far_cells.CHUNK", 7)
    monkeypatch.setattr("features.records.reading.far_cells.MAX_EMPTY_CELLS", 0)
    places = [f"{column}{row}" for row in range(1, 30) for column in "AB"]

    refuse_far_cells(workbook(tmp_path / "full.xlsx", dict.fromkeys(places, "x")))
    with pytest.raises(ReadingError, match="got 57 cells in a sheet that reaches to row 29 and column 2"):
        refuse_far_cells(workbook(tmp_path / "gap.xlsx", dict.fromkeys(places[1:], "x")))


def test_entities_of_a_document_type_are_never_expanded(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = workbook(tmp_path / "leads.xlsx", {"A1": "&b;", "B1": "source"}, doctype)

    with pytest.raises(ReadingError, match="cannot be read as a workbook"):
        sheets_of(path)


@pytest.mark.parametrize("content", [b"", b"PK\\x03\\x04 nothing", b"\\xd0\\xcf\\x11\\xe0 nothing"])
def test_what_is_no_workbook_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leads.xlsx"
    path.write_bytes(content)

    with pytest.raises(ReadingError, match="cannot be read as a workbook"):
        sheets_of(path)

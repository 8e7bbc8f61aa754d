"""Workbooks of the old kind and of LibreOffice hold the same table as those of today."""

from __future__ import annotations

import base64
import zipfile
import zlib
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from features.records.reading import ReadingError
from tests.features.conftest import Export
from tests.features.records.reading.conftest import PLAIN, cities

OLD = (
    "c-rk)O=uHA6#izDv`J`wO@vk`Az;;73Ze%Q+O4J9gQiq3{vgD(2{bfKB<5f}Xtm}j2%Z!#l`0sa>ct;a(3=M#q6a|`5(O`M5mY?1"
    "S>L?u)-)nCpoNzGmU;8$y?HZl=jYANzAE}kGxyrcs6#I-sAvu})yM=Thf(l?^qMAFBezr1Ospz6>@<;0HavE{Y?gB<=erCAcdgHf"
    "0v{+H!wC#!(uvRtqMv<;3F$)*QGshDaif*J@-rP}x{m1`uK9#%A4@JW?V-9QaTG;$sB@>jiVrJc*0~|ueZV&FSh5X4ypXH->?KjH"
    "Ys2nrGL~9pigs%YW<e7=m`EqGvK+(>xn&0ix+9V9BZSb{*sh6*5&|^kv-qxsfN#d$eikz2D=QZu`Ol^D=D*18G?n%8%Ze44f_9v@"
    "N**qRtx{vd{zNQ(avnQ~1t(e+DUwB#aVKq|Y$BFR#G|nsRUb{}CMnzZBbBDCKa);7WyI$Q;aw6TT)cByh{oYz-pBjLOU}*T`uaLD"
    "GOR{fGR3Dt_3YRvorH#S(t?cLtg$T8PPW*}^gOq^f%!J30rH;mj^Uur?49O17g*at{cLBvQ8(4_n~BeVKJc(T|54pS{M=yqbYSkS"
    "I)gBsWpT2X&osJ3m$-UG;*o0PLXR`=nYR8BbL@&&_g&KuNDmg^WY)*DT9Tt97E6jgR?=G3S)WmyEc4;Ihcq-o(mOwH7Yc<hr#|(`"
    "76i9o(OXdJT6n7a?88lujFaJ_93yF`u$`QNUd505vJyqg-*Cc&2@@tvm@r|&#M+18FVgDww^hF(G*xd2{9k8*QpNmDvSx7*8G3Sb"
    "o!o;o<ylNNw0_pZCXBYkGHs0ig%XFT_bkRS!hVc5yngAnBWmAg*@oVKw}l$*ztV`G|GEEPBGBQS"
)
"""Rows as below in the format of Excel 97 (.xls), compressed."""
ROWS: list[tuple[float | str, datetime | str, str]] = [
    ("lead_id", "created_at", "city"),
    (1000, datetime(2026, 1, 1, 9, 30), "K\u00f6ln"),  # noqa: DTZ001
    (1001, datetime(2026, 1, 2), "Bonn"),  # noqa: DTZ001
]
MANIFEST = (
    """<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"""
)
CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Leads">{}
 </table:table></office:spreadsheet></office:body></office:document-content>"""


def open_cell(cell: float | str | datetime) -> str:
    """Return a cell as OpenDocument writes it."""
    if isinstance(cell, datetime):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{cell}"'
    return f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>"


def write(path: Path) -> None:
    """Write the rows in the format that a name ends in."""
    if path.suffix == ".xls":
        path.write_bytes(zlib.decompress(base64.b85decode("".join(OLD))))
    elif path.suffix == ".ods":
        rows = "".join(f"<table:table-row>{''.join(map(open_cell, row))}</table:table-row>" for row in ROWS)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", MANIFEST)
            archive.writestr("content.xml", CONTENT.format(rows))
    else:
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in ROWS:
            book.active.append(row)
        book.save(path)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
def test_workbook_of_every_kind_is_the_same_table(folder: Export, suffix: str) -> None:
    write(folder.folder / f"leads{suffix}")

    raw = folder.read(schema=PLAIN)

    assert raw.cells.column("lead_id").to_pylist() == [1000.0, 1001.0]
    assert raw.cells.column("created_at").type == pa.timestamp("us")
    assert raw.cells.column("created_at").to_pylist() == [row[1] for row in ROWS[1:]]
    assert cities(folder) == ["K\u00f6ln", "Bonn"]


def test_page_that_calls_itself_a_workbook_is_an_error(folder: Export) -> None:
    folder.write("leads.xls", "<html><table><tr><td>lead_id</td></tr></table></html>")

    with pytest.raises(ReadingError, match=r"leads\.xls cannot be read as a workbook.* save it again"):
        folder.read(schema=PLAIN)


def test_header_that_stands_there_again_makes_no_texts_of_times(folder: Export) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (*ROWS, (), *ROWS):
        book.active.append(row)
    book.save(folder.folder / "leads.xlsx")

    raw = folder.read(schema=PLAIN)

    assert raw.cells.column("created_at").type == pa.timestamp("us")
    assert raw.row.tolist() == [2, 3, 6, 7]
    assert [(passed.rows, passed.why) for passed in raw.passed] == [(1, "the column names once more")]

"""Attacks by files that an admin may be sent and drops on a page."""

import io
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from bench._attacks.target import DEFECT, Attack, Target, must, refused

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIRST, LAST = '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SHEETS = {
    "as Excel writes it": FIRST + LAST,
    "in single quotes": (FIRST + LAST).replace('"', "'"),
    "over lines": (FIRST + LAST).replace(" r=", "\nr="),
    "in small letters": FIRST + LAST.replace("XFD", "xfd"),
    "by rows alone": FIRST.replace("</row>", '<c r="XFD1"><v>1</v></c></row>')
    + '<row r="1048576"><c><v>1</v></c></row>',
}
NAMES = (
    "../../etc/passwd.csv",
    "..\\..\\x.csv",
    "/tmp/x.csv",
    "x.csv\0.sh",
    "x.sh",
    ".csv",
    "a" * 300 + ".csv",
    "x.duckdb",
)


def workbook(sheet: str, prefix: str = "", place: str = "worksheets/sheet1.xml") -> bytes:
    """Return a workbook of one sheet, written as told."""
    content = (
        f'<worksheet xmlns{":" + prefix[:-1] if prefix else ""}="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    )
    content = content.replace("<", f"<{prefix}").replace(f"<{prefix}/", f"</{prefix}")
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'

    def links(kind: str, target: str) -> str:
        return f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'

    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", links("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", book)
        archive.writestr("xl/_rels/workbook.xml.rels", links("worksheet", place))
        archive.writestr(f"xl/{place}", content)
    return made.getvalue()


def endless_parquet() -> bytes:
    """Return some kilobytes that say that they are a hundred and fifty million rows."""
    made, rows = io.BytesIO(), pa.table({"lead_id": pa.array(["L1"] * 5_000_000).dictionary_encode()})
    with pq.ParquetWriter(made, rows.schema, compression="zstd") as writer:
        for _ in range(30):
            writer.write_table(rows, row_group_size=5_000_000)
    return made.getvalue()


def sent(target: Target, page: str, field: str, name: str, content: bytes) -> Any:
    """Drop a file on a page."""
    cookie = target.enter()
    token = target.token(cookie, "/pages/file")
    return target.call(
        "POST", page, None, headers=cookie, data={"token": token}, files={field: (name, content)}, timeout=120
    )


def files() -> Iterator[Attack]:
    """Drop files that take all memory, or have names that lead elsewhere."""
    for name, sheet in SHEETS.items():
        for prefix, place in (("", "worksheets/sheet1.xml"), ("x:", "worksheets/sheet1.xml"), ("", "elsewhere.bin")):

            def far(target: Target, sheet: str = sheet, prefix: str = prefix, place: str = place) -> str:
                return refused(sent(target, "/pages/file", "leads", "leads.xlsx", workbook(sheet, prefix, place)), 422)

            yield Attack("files", f"a cell in the last corner, {name}, {prefix or 'no prefix'}, in {place}", far)

    def endless(target: Target) -> str:
        return refused(sent(target, "/pages/file", "leads", "leads.parquet", endless_parquet()), 413, 422)

    yield Attack("files", "endless Parquet", endless)
    for name in NAMES:

        def named(target: Target, name: str = name) -> str:
            answer = sent(target, "/pages/own", "nothing", name, b"a,b\n1,2\n")
            return must(answer.status_code < DEFECT, answer.status_code)

        yield Attack("files", f"a file called {name[:40]!r}", named)

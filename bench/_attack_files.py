"""Attacks by files that an admin may be sent and drops on a page, and on links that open a letter once."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from bench._attacked import DEFECT, Attack, Json, Target, must, refused

LETTER: Json = {"letter": {"sender": "Roe", "decides": "Ann Roe decides.", "objections": "privacy@roe.example"}}
"""Settings without which there is no letter."""
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


def logged_in(target: Target, page: str) -> tuple[dict[str, str], str]:
    """Return the cookie of an admin's session, and the token of a page's form."""
    entered = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"]})
    cookie = {"cookie": entered.headers["set-cookie"].split(";")[0]}
    shown = target.call("GET", page, None, headers=cookie).text
    return cookie, shown.partition('name="token" value="')[2].partition('"')[0]


def sent(target: Target, page: str, field: str, name: str, content: bytes) -> Any:
    """Drop a file on a page."""
    cookie, token = logged_in(target, "/pages/file")
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


def letters() -> Iterator[Attack]:
    """Open letters twice, at once, by made-up links, and by those that a lead's end has closed."""

    def link(target: Target, lead_id: str) -> str:
        target.call("POST", "/leads", json={"lead_id": lead_id, "fields": {}})
        url = str(target.call("POST", f"/leads/{lead_id}/letter").json()["url"])
        return url[url.index("/pages/") :]

    def twice(target: Target) -> str:
        path = link(target, target.name())
        seen = [target.call("GET", path, None).status_code for _ in range(3)]
        with ThreadPoolExecutor(8) as pool:
            opened = sorted(
                answer.status_code for answer in pool.map(lambda _: target.call("POST", path, None), range(8))
            )
        return must(seen == [200] * 3 and opened == [200] + [403] * 7, (seen, opened))

    yield Attack("letters", "opened eight times at once", twice)

    def erased(target: Target) -> str:
        lead_id = target.name()
        path = link(target, lead_id)
        target.call("DELETE", f"/leads/{lead_id}")
        return refused(target.call("POST", path, None), 403)

    yield Attack("letters", "of somebody who was erased since", erased)
    for token in ("x", "x" * 43, "%00", "%ED%A0%80", "..%2F..%2Fleads", "a" * 4_000, "' OR 1=1 --"):

        def made_up(target: Target, token: str = token) -> str:
            return refused(target.call("POST", f"/pages/letters/{token}", None), 303, 403, 404, 405)

        yield Attack("letters", f"a link of {token[:20]!r}", made_up)

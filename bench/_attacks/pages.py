"""Attacks on pages: logins, cookies, forged forms, exports and markup."""

import time
from collections.abc import Iterator

from bench._attacks.target import DEFECT, Attack, Target, must, refused

LOGINS: dict[str, bytes] = {
    "ampersands": b"&" * 290_000,
    "too much": b"key=" + b"a" * 400_000,
    "many fields": b"&".join(b"a%d=1" % number for number in range(5_000)),
    "percent": b"key=" + b"%" * 50_000,
    "nothing": b"",
    "SQL": b"key=' OR 1=1 --",
    "no UTF-8": b"key=%ff%fe",
    "a NUL": b"key=%00",
}
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "x;=cmd|' /C calc'!A0",
    "a\t=1+1",
    "a\r=1+1",
    'a",=1+1,"',
    "\uff1d1+1",
    "\n=1",
)
MARKUP = (
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
)
ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/pages/../x",
    "javascript:alert(1)",
    "/pages/login?next=//e",
)


def logins() -> Iterator[Attack]:
    """Send logins that are none, and such that lead elsewhere."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    for name, body in LOGINS.items():

        def login(target: Target, body: bytes = body) -> str:
            start = time.monotonic()
            answer = target.call("POST", "/pages/login", None, content=body, headers=form)
            seconds = time.monotonic() - start
            held = 400 <= answer.status_code < DEFECT and "set-cookie" not in answer.headers
            return must(held and seconds < 5, f"{answer.status_code} after {seconds:.1f} s")

        yield Attack("pages", f"login: {name}", login)
    for where in ELSEWHERE:

        def sent_on(target: Target, where: str = where) -> str:
            answer = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"], "next": where})
            to = answer.headers.get("location", "")
            return must(answer.status_code == 303 and to.startswith("/pages/") and ".." not in to, to)

        yield Attack("pages", f"login that sends on to {where}", sent_on)


def sessions() -> Iterator[Attack]:
    """Use cookies that were made up or copied, and send forms without their token."""
    for cookie in ("x", "a.b.c", "W10.sig", "[]", "\\u0000", "=" * 4_000):

        def forged(target: Target, cookie: str = cookie) -> str:
            answer = target.call("GET", "/pages/leads", None, headers={"cookie": f"glengarry_session={cookie}"})
            return refused(answer, 303, 401, 403)

        yield Attack("pages", f"a session of {cookie[:20]!r}", forged)

    def copied(target: Target) -> str:
        cookie = target.enter()
        token = target.token(cookie)
        out = target.call("POST", "/pages/logout", None, data={"token": token}, headers=cookie)
        again = target.call("GET", "/pages/leads", None, headers=cookie)
        return refused(out, 303) or refused(again, 303, 401)

    yield Attack("pages", "a cookie that was copied before the logout", copied)
    for act in ("logout", "leads/L1/acts", "what-if", "feedback"):

        def unsigned(target: Target, act: str = act) -> str:
            cookie = target.enter()
            answer = target.call("POST", f"/pages/{act}", None, data={"token": "forged"}, headers=cookie)
            return must(400 <= answer.status_code < DEFECT, answer.status_code)

        yield Attack("pages", f"POST /pages/{act} without its token", unsigned)


def exports() -> Iterator[Attack]:
    """Have an export hold what a spreadsheet would calculate."""
    for formula in FORMULAS:

        def export(target: Target, formula: str = formula) -> str:
            target.call(
                "POST", "/leads", json={"lead_id": target.name(), "fields": {"company": formula, "name": formula}}
            )
            cookie = target.enter()
            text = target.call("GET", "/pages/leads.csv", None, headers=cookie).text
            cells = [
                cell
                for line in text.splitlines()
                for one in line.split('"')
                for cell in one.replace("\t", ";").split(";")
            ]
            return must(
                not any(cell[:1] in "=@" and len(cell) > 1 for cell in cells if cell), "a cell begins with = or @"
            )

        yield Attack("pages", f"export with {formula!r}", export)


def markup() -> Iterator[Attack]:
    """Have a page show what a browser would run."""
    for text in MARKUP:

        def shown(target: Target, text: str = text) -> str:
            lead_id = target.name()
            told = {"lead_id": lead_id, "fields": {"company": text, "name": text, "mail": text, "telephone": text}}
            target.call("POST", "/leads", json=told)
            cookie = target.enter()
            page = target.call("GET", f"/pages/leads/{lead_id}", None, headers=cookie).text
            bad = [mark for mark in ("<script>alert", "<img src=x", 'href="javascript:') if mark in page]
            return must(not bad and lead_id in page, bad or "no page")

        yield Attack("pages", f"page of {text!r}", shown)

"""Attack a running service in every way that is safe to automate: `python -m bench.attack [--leads N] [--sqlite]`.

The service is started as `glengarry serve` starts it, on SQLite and then, in a schema of its own, on PostgreSQL. Each attack says what
must hold; those that found something print it, and the exit code is how many they were. Two laws are asked of all: no answer is a defect
of the service (500), and it answers a score afterwards.
"""

import argparse
import itertools
import json
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from bench._attack_files import LETTER, files, letters
from bench._attacked import DEFECT, Attack, Json, Target, must, refused
from bench._service import SERVE, Home, home
from bench.harness.databases import postgres_schema
from bench.harness.processes import running
from features.records.clock import to_microseconds
from serving.runtime.app import ACCESS
from serving.settings.settings import STORE_VARIABLE
from serving.store.keys import ROLES, Role, create_key
from serving.store.store import open_store

# Keys ------------------------------------------------------------------------------------------------------------------

BAD_TOKENS = (
    "",
    "Bearer",
    "Bearer x",
    "Bearer glengarry_0_0",
    "Basic YWRtaW46YWRtaW4=",
    "Bearer ' OR 1=1 --",
    "Bearer \u00e9",
)


def doors() -> Iterator[Attack]:
    """Every route without a key, by a bad one, and by the key of every role that must not open it."""
    for access in ACCESS:
        path = access.template.replace("{lead_id}", "L1").replace("{name}", "crm")
        for token in BAD_TOKENS:

            def by_bad(target: Target, method: str = access.method, path: str = path, token: str = token) -> str:
                headers = {"authorization": token.encode()} if token else {}
                return refused(target.call(method, path, None, headers=headers), 401)

            yield Attack("keys", f"{access.method} {path} by {token!r}", by_bad)
        for role in ROLES:
            if role not in access.roles:

                def by_role(target: Target, method: str = access.method, path: str = path, role: Role = role) -> str:
                    return refused(target.call(method, path, role), 403)

                yield Attack("roles", f"{access.method} {path} by {role}", by_role)


# Bodies ----------------------------------------------------------------------------------------------------------------

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"fields":' * 5_000 + b"1" + b"}" * 5_000,
    "not a number": b'{"lead_id": NaN}',
    "infinity": b'{"fields": -Infinity}',
    "long number": b'{"lead_id": ' + b"9" * 20_000 + b"}",
    "exponent": b'{"lead_id": 1e999999}',
    "two of one name": b'{"lead_id": "a", "lead_id": "b"}',
    "half a surrogate": rb'{"lead_id": "\ud800"}',
    "null character": rb'{"lead_id": "a\u0000b"}',
    "no UTF-8": b'{"lead_id": "\xff\xfe"}',
    "UTF-16": '{"lead_id": "a"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf[]",
    "a text": b'"lead"',
    "a list of lists": b"[[[]]]",
    "null": b"null",
    "many members": json.dumps({f"f{n}": n for n in range(5_000)}).encode(),
    "prototype": b'{"__proto__": {"admin": true}, "constructor": {}}',
    "an entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
}
WRITING = ("/score", "/leads", "/events", "/outcomes", "/feedback", "/deletions", "/merges")


def bodies() -> Iterator[Attack]:
    """Bodies that are no records, at every route that takes one."""
    for path, (name, body) in itertools.product(WRITING, BODIES.items()):

        def send(target: Target, path: str = path, body: bytes = body) -> str:
            answer = target.call("POST", path, content=body, headers={"content-type": "application/json"})
            return must(400 <= answer.status_code < DEFECT, f"{answer.status_code} {answer.text[:200]}")

        yield Attack("bodies", f"POST {path}: {name}", send)
    for path, kind in itertools.product(
        WRITING, ("text/plain", "application/xml", "multipart/form-data", "x/y; charset=utf-7")
    ):

        def typed(target: Target, path: str = path, kind: str = kind) -> str:
            return refused(target.call("POST", path, content=b"{}", headers={"content-type": kind}), 400, 415, 422)

        yield Attack("bodies", f"POST {path} as {kind}", typed)


# Records ---------------------------------------------------------------------------------------------------------------

BAD_IDS: tuple[Any, ...] = (
    "",
    " ",
    "\t",
    "\n",
    ".",
    "..",
    "a\nb",
    "a\0b",
    "\u200b",
    "\u00a0",
    "x" * 201,
    "\u2028",
    "\x7f",
    None,
    True,
    [],
    {},
    1.5,
)
AMOUNTS: tuple[Any, ...] = (-5, -0.01, 1.7e308, 1e300, "-5", "1e400", "NaN", [], {}, True)
TIMES: tuple[Any, ...] = (
    "",
    "yesterday",
    "0000-00-00",
    "9999-12-31T23:59:59Z",
    "2999-01-01T00:00:00Z",
    -1,
    1e30,
    "2026-13-01",
    [],
    True,
)


def records() -> Iterator[Attack]:
    """Ids, amounts and times that no record may have."""
    told: dict[str, Json] = {
        "/leads": {"fields": {}},
        "/events": {"kind": "call", "occurred_at": "2026-01-01T00:00:00Z"},
        "/outcomes": {"closed_at": "2026-01-01T00:00:00Z", "won": True},
    }
    for (path, record), bad in itertools.product(told.items(), BAD_IDS):
        if path == "/leads" and (bad is None or (isinstance(bad, str) and not bad.strip())):
            continue  # it has none, and gets one

        def by_id(target: Target, path: str = path, record: Json = record, bad: Any = bad) -> str:
            answer = target.call("POST", path, json=record | {"lead_id": bad})
            return refused(answer, 400, 422)

        yield Attack("records", f"POST {path} of the id {bad!r}", by_id)
    for amount in AMOUNTS:

        def won(target: Target, amount: Any = amount) -> str:
            lead_id = target.name()
            answer = target.call("POST", "/outcomes", json=told["/outcomes"] | {"lead_id": lead_id, "amount": amount})
            kept = answer.json().get("amount") if answer.status_code == 201 else None
            return must(answer.status_code < DEFECT and kept is None, answer.text)

        yield Attack("records", f"outcome of the amount {amount!r}", won)
    for (path, name), at in itertools.product(
        (("/leads", "created_at"), ("/events", "occurred_at"), ("/outcomes", "closed_at")), TIMES
    ):

        def timed(target: Target, path: str = path, name: str = name, at: Any = at) -> str:
            answer = target.call("POST", path, json={**told[path], "lead_id": target.name(), name: at})
            return refused(answer, 400, 422)

        yield Attack("records", f"POST {path} with {name} {at!r}", timed)
    for at in ("1990-01-01T00:00:00Z", datetime.now(UTC).isoformat(), *TIMES[:6]):

        def by_form(target: Target, at: Any = at) -> str:
            before = time.time()
            answer = target.call("POST", "/leads", "form", json={"fields": {"source": "web"}, "created_at": at})
            if answer.status_code != 201:
                return refused(answer, 400, 422)
            stored = datetime.fromisoformat(answer.json()["created_at"]).timestamp()
            return must(before - 5 <= stored <= time.time() + 5, answer.text)

        yield Attack("records", f"form that sets the time {at!r}", by_form)


# Addresses -------------------------------------------------------------------------------------------------------------

QUERIES = (
    "cursor=[[[[[]]]]]",
    "cursor=" + "%5B" * 3_000,
    'cursor={"a":1}',
    "cursor=%00",
    "cursor=AAAA",
    "most=-1",
    "most=1e9",
    "most=NaN",
    "order=;DROP TABLE leads",
    "q=%25%25%25' OR ''='",
    "q=" + "a" * 5_000,
    "unknown=1",
    "as_of=0",
    "as_of=9999-12-31",
    "most=1&most=2",
)


def addresses() -> Iterator[Attack]:
    """Paths and queries that are none."""
    for path, query in itertools.product(
        ("/leads", "/feedback", "/sources", "/funnel", "/reps", "/pages/leads"), QUERIES
    ):

        def ask(target: Target, path: str = path, query: str = query) -> str:
            answer = target.call("GET", f"{path}?{query}")
            return must(answer.status_code < DEFECT, f"{answer.status_code} {answer.text[:200]}")

        yield Attack("addresses", f"GET {path}?{query[:40]}", ask)
    for path in (
        "/pages/static/../../etc/passwd",
        "/pages/static/%2e%2e/%2e%2e/etc/passwd",
        "/pages/static/..%2f..%2fetc%2fpasswd",
        "/pages/reports/../../../glengarry.toml",
        "/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/leads/..%2f..%2fetc%2fpasswd",
        "/leads/%00",
        "/leads/" + "x" * 5_000,
        "/docs/..%2f..%2fpyproject.toml",
        "/.env",
        "/.git/config",
        "/metrics/../openapi.json%00",
    ):

        def climb(target: Target, path: str = path) -> str:
            answer = target.call("GET", path, None)
            leaked = any(mark in answer.text for mark in ("root:", "[fields", "repositoryformatversion", "[project]"))
            return must(answer.status_code < DEFECT and not leaked, f"{answer.status_code} {answer.text[:200]}")

        yield Attack("addresses", f"GET {path[:60]}", climb)
    for inside in ("why", "scores", "similar"):

        def escaped(target: Target, inside: str = inside) -> str:
            lead_id = target.name()
            target.call("POST", "/leads", json={"lead_id": lead_id, "fields": {}})
            return refused(target.call("GET", f"/leads/{lead_id}%2F{inside}"), 404)

        yield Attack("addresses", f"GET /leads/ID%2F{inside}", escaped)


# Order and repetition --------------------------------------------------------------------------------------------------


def orders() -> Iterator[Attack]:
    """Repeat calls, change them, and tell of somebody after an erasure."""
    for final in (True, False):

        def back(target: Target, final: bool = final) -> str:
            lead_id = target.name()
            target.call("POST", "/leads", json={"lead_id": lead_id, "fields": {}})
            for won in (final, not final, final):
                told = {"lead_id": lead_id, "closed_at": "2026-01-01T00:00:00Z", "won": won}
                answer = target.call("POST", "/outcomes", json=told)
            stands = target.call("GET", f"/leads/{lead_id}").json()["status"]
            return must(answer.json()["holds"] and stands == ("won" if final else "lost"), stands)

        yield Attack("order", f"{'won, lost, won' if final else 'lost, won, lost'}", back)

    def reused(target: Target) -> str:
        once = {"idempotency-key": target.name()}
        target.call("POST", "/leads", json={"lead_id": target.name(), "fields": {}}, headers=once)
        return refused(target.call("POST", "/leads", json={"lead_id": target.name(), "fields": {}}, headers=once), 422)

    yield Attack("order", "an Idempotency-Key with another call", reused)
    for length in (0, 201, 5_000):

        def long(target: Target, length: int = length) -> str:
            once = {"idempotency-key": "k" * length}
            return refused(target.call("POST", "/leads", json={"fields": {}}, headers=once), 422, 431)

        yield Attack("order", f"an Idempotency-Key of {length} characters", long)
    roads: dict[str, tuple[str, Json]] = {
        "lead": ("/leads", {"fields": {}}),
        "event": ("/events", {"kind": "call", "occurred_at": "2026-01-01T00:00:00Z"}),
        "outcome": ("/outcomes", {"closed_at": "2026-01-01T00:00:00Z", "won": True}),
        "merge": ("/merges", {"merged_id": "anybody"}),
        "deletion": ("/deletions", {}),
    }
    for name, (path, record) in roads.items():

        def returns(target: Target, path: str = path, record: Json = record) -> str:
            lead_id = target.name()
            target.call("POST", "/leads", json={"lead_id": lead_id, "fields": {}})
            target.call("DELETE", f"/leads/{lead_id}")
            answer = target.call("POST", path, json=record | {"lead_id": lead_id})
            return refused(answer, 410) or refused(target.call("GET", f"/leads/{lead_id}"), 404)

        yield Attack("erased", f"somebody erased comes back by a {name}", returns)


# Pages -----------------------------------------------------------------------------------------------------------------

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
ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/pages/../x",
    "javascript:alert(1)",
    "/pages/login?next=//e",
)


def pages() -> Iterator[Attack]:
    """Logins, cookies, forged forms, exports."""
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
    for cookie in ("x", "a.b.c", "W10.sig", "[]", "\\u0000", "=" * 4_000):

        def forged(target: Target, cookie: str = cookie) -> str:
            answer = target.call("GET", "/pages/leads", None, headers={"cookie": f"glengarry_session={cookie}"})
            return refused(answer, 303, 401, 403)

        yield Attack("pages", f"a session of {cookie[:20]!r}", forged)

    def copied(target: Target) -> str:
        entered = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"]})
        cookie = {"cookie": entered.headers["set-cookie"].split(";")[0]}
        page = target.call("GET", "/pages/leads", None, headers=cookie).text
        token = page.partition('name="token" value="')[2].partition('"')[0]
        out = target.call("POST", "/pages/logout", None, data={"token": token}, headers=cookie)
        again = target.call("GET", "/pages/leads", None, headers=cookie)
        return refused(out, 303) or refused(again, 303, 401)

    yield Attack("pages", "a cookie that was copied before the logout", copied)
    for act in ("logout", "leads/L1/acts", "what-if", "feedback"):

        def unsigned(target: Target, act: str = act) -> str:
            entered = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"]})
            cookie = {"cookie": entered.headers["set-cookie"].split(";")[0]}
            answer = target.call("POST", f"/pages/{act}", None, data={"token": "forged"}, headers=cookie)
            return must(400 <= answer.status_code < DEFECT, answer.status_code)

        yield Attack("pages", f"POST /pages/{act} without its token", unsigned)
    for formula in FORMULAS:

        def export(target: Target, formula: str = formula) -> str:
            target.call(
                "POST", "/leads", json={"lead_id": target.name(), "fields": {"company": formula, "name": formula}}
            )
            entered = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"]})
            cookie = {"cookie": entered.headers["set-cookie"].split(";")[0]}
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
    for text in (
        "<script>alert(1)</script>",
        "'\"><img src=x onerror=alert(1)>",
        "{{7*7}}",
        "${7*7}",
        "javascript:alert(1)",
    ):

        def shown(target: Target, text: str = text) -> str:
            lead_id = target.name()
            told = {"lead_id": lead_id, "fields": {"company": text, "name": text, "mail": text, "telephone": text}}
            target.call("POST", "/leads", json=told)
            entered = target.call("POST", "/pages/login", None, data={"key": target.keys["admin"]})
            cookie = {"cookie": entered.headers["set-cookie"].split(";")[0]}
            page = target.call("GET", f"/pages/leads/{lead_id}", None, headers=cookie).text
            bad = [mark for mark in ("<script>alert", "<img src=x", 'href="javascript:') if mark in page]
            return must(not bad and lead_id in page, bad or "no page")

        yield Attack("pages", f"page of {text!r}", shown)


# Forms -----------------------------------------------------------------------------------------------------------------


def traps() -> Iterator[Attack]:
    """Hold the answers of the honeypot against those of everybody."""
    for fields in ({"source": "web"}, {"budget": "a lot"}, {"created_at": "2020-01-01"}, {}, {"lead_id": "mine"}):

        def compared(target: Target, fields: Json = fields) -> str:
            filled = {"_key": target.keys["form"], **fields}
            plain = target.call("POST", "/leads", None, data=filled)
            trapped = target.call("POST", "/leads", None, data=filled | {"_gotcha": "x", "website": "x", "url": "x"})
            return must(plain.status_code == trapped.status_code, f"{plain.status_code} and {trapped.status_code}")

        yield Attack("forms", f"honeypot beside {fields}", compared)


# Connections -----------------------------------------------------------------------------------------------------------

SCORE = b'{"fields": {}}'
RAW: dict[str, tuple[bytes, ...]] = {
    "two ways to say a length": (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "two lengths": (b"Content-Length: 14", b"Content-Length: 4"),
    "a length below 0": (b"Content-Length: -1",),
    "a length that is no number": (b"Content-Length: 1e3",),
    "a length of two numbers": (b"Content-Length: 14, 4",),
    "an encoding that is none": (b"Transfer-Encoding: xchunked",),
    "chunked twice": (b"Transfer-Encoding: chunked, chunked",),
    "a header without a name": (b": nothing", b"Content-Length: 14"),
    "a blank before the colon": (b"Content-Length : 14",),
    "a header that goes on": (b"Content-Length: 14", b" folded"),
    "a NUL in a header": (b"X-A: \x00", b"Content-Length: 14"),
    "a long header": (b"X-A: " + b"a" * 200_000, b"Content-Length: 14"),
    "many headers": (*(b"X-%d: 1" % number for number in range(5_000)), b"Content-Length: 14"),
}


def connections() -> Iterator[Attack]:
    """Send what is hardly HTTP."""
    for name, headers in RAW.items():

        def raw(target: Target, headers: tuple[bytes, ...] = headers) -> str:
            key = f"Authorization: Bearer {target.keys['admin']}".encode()
            lines = [b"POST /score HTTP/1.1", b"Host: x", key, b"Content-Type: application/json", *headers]
            smuggled = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n" + key + b"\r\n\r\n"
            answer = spoken(target.port, b"\r\n".join(lines) + b"\r\n\r\n" + b"0\r\n\r\n" + smuggled)
            return must(b'"openapi"' not in answer and not answer.startswith(b"HTTP/1.1 5"), answer[:200])

        yield Attack("connections", name, raw)
    for line in (
        b"GET",
        b"GET / HTTP/9.9",
        b"\x16\x03\x01",
        b"PRI * HTTP/2.0",
        b"G\x00T / HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
    ):

        def first(target: Target, line: bytes = line) -> str:
            answer = spoken(target.port, line + b"\r\nHost: x\r\n\r\n")
            return must(not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 5")), answer[:200])

        yield Attack("connections", f"a first line of {line!r}", first)

    def silent(target: Target) -> str:
        with ExitStack() as stack:
            for _ in range(1_100):
                stack.enter_context(socket.create_connection(("127.0.0.1", target.port), timeout=5))
            answer = target.call("POST", "/score", content=SCORE, headers={"content-type": "application/json"})
            return must(answer.status_code == 200, answer.status_code)

    yield Attack("connections", "1,100 that say nothing", silent)


def spoken(port: int, request: bytes) -> bytes:
    """Return what is answered to bytes, within 3 seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        connection.sendall(request)
        parts: list[bytes] = []
        try:
            while part := connection.recv(65_536):
                parts.append(part)
        except (TimeoutError, ConnectionError):
            pass
        return b"".join(parts)


def attacks() -> list[Attack]:
    """Return all attacks."""
    kinds = (doors, bodies, records, addresses, orders, pages, traps, files, letters, connections)
    return [attack for kind in kinds for attack in kind()]


def assault(target: Target) -> list[str]:
    """Run every attack, and return what was found."""
    found, counts = [], Counter(attack.kind for attack in attacks())
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()), flush=True)
    for attack in attacks():
        try:
            what = attack.run(target)
        except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
            what = repr(error)
        if what:
            found.append(f"{attack.kind}: {attack.name}: {what}")
            print(f"FOUND {found[-1]}", flush=True)
    score = target.call("POST", "/score", content=SCORE, headers={"content-type": "application/json"})
    return found if score.is_success else [*found, f"no score afterwards: {score.status_code}"]


def attacked(place: Home, url: str) -> list[str]:
    """Start the service on a store, and attack it."""
    store = open_store(url, place.settings.folder)
    keys = {role: create_key(store, f"attack {role}", role, to_microseconds(datetime.now(UTC))) for role in ROLES}
    store.close()
    command = [sys.executable, "-c", SERVE, str(place.settings.folder / "glengarry.toml")]
    port = place.settings.service.port
    with (
        running(command, port, place.settings.folder, {STORE_VARIABLE: url}) as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        return assault(Target(client, port, keys, itertools.count()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000, help="of the simulated company that the model learns from")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    given = parser.parse_args()
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        place = home(Path(folder) / "home", given.leads)
        with (place.settings.folder / "glengarry.toml").open("a", encoding="utf-8") as settings:
            settings.write(f"\n{tomli_w.dumps(LETTER)}")
        urls = {"SQLite": place.settings.store_url}
        if not given.sqlite:
            urls["PostgreSQL"] = stack.enter_context(postgres_schema())
        for database, url in urls.items():
            print(f"{len(attacks())} attacks on {database}", flush=True)
            found += [f"{database}: {one}" for one in attacked(place, url)]
    print(f"{len(found)} found something" if found else "Nothing was found.")
    sys.exit(min(len(found), 100))


if __name__ == "__main__":
    main()

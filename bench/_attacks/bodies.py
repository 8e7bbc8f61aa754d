"""Attacks by bodies that are no records."""

import itertools
import json
from collections.abc import Iterator

from bench._attacks.target import DEFECT, Attack, Target, must, refused

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

"""Attacks by ids, amounts and times that no record may have."""

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench._attacks.target import DEFECT, Attack, Json, Target, must, refused

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


TOLD: dict[str, Json] = {
    "/leads": {"fields": {}},
    "/events": {"kind": "call", "occurred_at": "2026-01-01T00:00:00Z"},
    "/outcomes": {"closed_at": "2026-01-01T00:00:00Z", "won": True},
}


def ids() -> Iterator[Attack]:
    """Send records of ids that nobody may have."""
    for (path, record), bad in itertools.product(TOLD.items(), BAD_IDS):
        if path == "/leads" and (bad is None or (isinstance(bad, str) and not bad.strip())):
            continue  # it has none, and gets one

        def by_id(target: Target, path: str = path, record: Json = record, bad: Any = bad) -> str:
            answer = target.call("POST", path, json=record | {"lead_id": bad})
            return refused(answer, 400, 422)

        yield Attack("records", f"POST {path} of the id {bad!r}", by_id)


def amounts() -> Iterator[Attack]:
    """Send outcomes of amounts that none may have."""
    for amount in AMOUNTS:

        def won(target: Target, amount: Any = amount) -> str:
            lead_id = target.name()
            answer = target.call("POST", "/outcomes", json=TOLD["/outcomes"] | {"lead_id": lead_id, "amount": amount})
            kept = answer.json().get("amount") if answer.status_code == 201 else None
            return must(answer.status_code < DEFECT and kept is None, answer.text)

        yield Attack("records", f"outcome of the amount {amount!r}", won)


def times() -> Iterator[Attack]:
    """Send times that are none, and have a form set one."""
    for (path, name), at in itertools.product(
        (("/leads", "created_at"), ("/events", "occurred_at"), ("/outcomes", "closed_at")), TIMES
    ):

        def timed(target: Target, path: str = path, name: str = name, at: Any = at) -> str:
            answer = target.call("POST", path, json={**TOLD[path], "lead_id": target.name(), name: at})
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

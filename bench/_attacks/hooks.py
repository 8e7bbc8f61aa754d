"""Attacks on the addresses that CRMs call: recorded calls, signatures of something else, and keys that are none."""

import json
import time
from collections.abc import Iterator

import httpx

from bench._attacks.bodies import BODIES
from bench._attacks.target import DEFECT, JSON_TYPE, Attack, Json, Target, must, refused
from serving.api.webhooks.signature import SIGNATURE, TIMESTAMP, sign

SECRET, VARIABLE, UNSET = "a client secret", "ATTACK_HUB", "ATTACK_HUB_UNSET"
ADDRESS = "https://scores.example.com/webhooks/hub"
RULES = [
    {"makes": "lead", "columns": {"lead_id": "id"}},
    {
        "makes": "event",
        "when": {"what": ["call"]},
        "columns": {"lead_id": "id", "occurred_at": "at", "kind": "what"},
    },
]
WEBHOOKS: Json = {
    "webhooks": {
        "hub": {"secret_variable": VARIABLE, "address": ADDRESS, "rules": RULES},
        "unset": {"secret_variable": UNSET, "address": ADDRESS, "rules": RULES},
        "plain": {"rules": RULES},
    }
}


def message(lead_id: str) -> bytes:
    """Return a call that tells of a lead and of a call with them."""
    return json.dumps([{"id": lead_id, "what": "call", "at": "2026-01-01T00:00:00Z"}]).encode()


def signed(body: bytes, seconds: float = 0.0, secret: str = SECRET, address: str = ADDRESS) -> dict[str, str]:
    """Return the headers of a call that was signed so many seconds from now."""
    timestamp = str(int((time.time() + seconds) * 1000))
    return {**JSON_TYPE, TIMESTAMP: timestamp, SIGNATURE: sign(secret, address, body, timestamp)}


def send(target: Target, body: bytes, headers: dict[str, str], name: str = "hub") -> httpx.Response:
    """Call as a CRM does, without a key."""
    return target.call("POST", f"/webhooks/{name}", None, content=body, headers=headers)


def wrong_calls() -> dict[str, tuple[bytes, dict[str, str], str]]:
    """Return calls of now whose signature is of something else: body, headers and the webhook that is called."""
    body = message("attack-hub")
    good = signed(body)
    times = ("", "NaN", "-1", "1e15", "9" * 400, "1 1", "0")
    return {
        "of six minutes ago": (body, signed(body, -360), "hub"),
        "of six minutes ahead": (body, signed(body, 360), "hub"),
        "of another body": (message("another"), good, "hub"),
        "of a longer body": (body + b" ", good, "hub"),
        "by another secret": (body, signed(body, secret="another"), "hub"),
        "by no secret": (body, signed(body, secret=""), "hub"),
        "by no secret, where none is set": (body, signed(body, secret=""), "unset"),
        "by a secret that is not set": (body, good, "unset"),
        "of another address": (body, signed(body, address="https://scores.example.com/webhooks/plain"), "hub"),
        "where none is asked for": (body, good, "plain"),
        "that is empty": (body, {**good, SIGNATURE: ""}, "hub"),
        "that is half": (body, {**good, SIGNATURE: good[SIGNATURE][:20]}, "hub"),
        "in small letters": (body, {**good, SIGNATURE: good[SIGNATURE].lower()}, "hub"),
        "of version 1": (body, {**JSON_TYPE, "X-HubSpot-Signature": good[SIGNATURE]}, "hub"),
        "with a key that is none": (body, {**good, SIGNATURE: "x", "authorization": "Bearer x"}, "hub"),
        **{f"of the time {bad[:20]!r}": (body, {**good, TIMESTAMP: bad}, "hub") for bad in times},
    }


def signatures() -> Iterator[Attack]:
    """Send calls whose signatures are of something else, and one that was recorded."""
    for name in wrong_calls():

        def wrong(target: Target, name: str = name) -> str:
            return refused(send(target, *wrong_calls()[name]), 401)

        yield Attack("hooks", f"a signature {name}", wrong)

    def recorded(target: Target) -> str:
        lead_id = target.name()
        sent = message(lead_id)
        headers = signed(sent)
        statuses = [send(target, sent, headers).status_code for _ in range(5)]
        events = target.call("GET", f"/leads/{lead_id}").json()["events"]
        return must(set(statuses) <= {200, 201} and len(events) == 1, (statuses, events))

    yield Attack("hooks", "a recorded call five times", recorded)


def keys_of_hooks() -> Iterator[Attack]:
    """Call without a key, by one in the address, and by those of other roles."""
    body = message("attack-key")
    for role in ("form", "rep"):

        def by_role(target: Target, role: str = role) -> str:
            return refused(target.call("POST", "/webhooks/plain", role, content=body, headers=JSON_TYPE), 403)  # type: ignore[arg-type]

        yield Attack("hooks", f"by the key of a {role}", by_role)

    def in_address(target: Target) -> str:
        return refused(send(target, body, JSON_TYPE, f"plain?key={target.keys['crm']}"), 401)

    yield Attack("hooks", "by a key in the address, where that is not allowed", in_address)
    for name in ("nobody", "..", "%2e%2e%2fkeys", "hub%2f..%2fplain", "hub%00", "x" * 5_000, "__class__"):

        def elsewhere(target: Target, name: str = name) -> str:
            answer = target.call("POST", f"/webhooks/{name}", "crm", content=body, headers=JSON_TYPE)
            return refused(answer, 400, 404, 405, 414)

        yield Attack("hooks", f"at {name[:20]!r}", elsewhere)


def messages_of_hooks() -> Iterator[Attack]:
    """Send what is no message, signed as it must be."""
    for name, body in {**BODIES, "twenty megabytes": b"[" + b'"a",' * 5_000_000 + b'"a"]'}.items():

        def sent(target: Target, body: bytes = body) -> str:
            answer = send(target, body, signed(body))
            return must(answer.status_code < DEFECT, f"{answer.status_code} {answer.text[:200]}")

        yield Attack("hooks", f"a message: {name}", sent)

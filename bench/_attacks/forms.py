"""Attacks on forms: which answer tells where the trap is."""

from collections.abc import Iterator

from bench._attacks.target import Attack, Json, Target, must


def traps() -> Iterator[Attack]:
    """Hold the answers of the honeypot against those of everybody."""
    for fields in ({"source": "web"}, {"budget": "a lot"}, {"created_at": "2020-01-01"}, {}, {"lead_id": "mine"}):

        def compared(target: Target, fields: Json = fields) -> str:
            filled = {"_key": target.keys["form"], **fields}
            plain = target.call("POST", "/leads", None, data=filled)
            trapped = target.call("POST", "/leads", None, data=filled | {"_gotcha": "x", "website": "x", "url": "x"})
            return must(plain.status_code == trapped.status_code, f"{plain.status_code} and {trapped.status_code}")

        yield Attack("forms", f"honeypot beside {fields}", compared)

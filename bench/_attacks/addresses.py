"""Attacks by paths and queries that are none."""

import itertools
from collections.abc import Iterator

from bench._attacks.target import DEFECT, Attack, Target, must, refused

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

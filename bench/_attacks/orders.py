"""Attacks by repetition and order: calls again, changed, and of somebody who was erased."""

from collections.abc import Iterator

from bench._attacks.target import Attack, Json, Target, must, refused


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

"""Attacks on links that open a letter once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench._attacks.target import Attack, Json, Target, must, refused

LETTER: Json = {"letter": {"sender": "Roe", "decides": "Ann Roe decides.", "objections": "privacy@roe.example"}}
"""Settings without which there is no letter."""


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

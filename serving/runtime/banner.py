"""What a service says when it starts: where it answers, and calls to try."""

import json
from typing import Any

from serving.api.openapi import example_lead
from serving.champion.champion import Champion
from serving.settings.settings import KEY_VARIABLE
from serving.store.keys import list_keys
from serving.store.store import Store

MAX_FIELDS = 3
"""Of a call to try: it stays one line of a terminal."""
LOOKED_AT = ("answer", "channel")
"""Roles whose fields a close model looks at without being told to."""
NO_KEYS = (
    "Nobody can call yet, as there is no key. Make one, and the calls work:\n\n"
    f"  export {KEY_VARIABLE}=$(glengarry keys create me --role admin)\n\n"
)


def greeting(champion: Champion, store: Store, key: str) -> str:
    """Return what is said of a champion and a store, with a key as it stands in the calls to try."""
    has_keys = any(known.revoked_at is None for known in store.ask(list_keys))
    return calls_to_try(champion, key) if has_keys else f"{calls_to_try(champion, key)}{NO_KEYS}"


def calls_to_try(champion: Champion, key: str) -> str:
    """Return where the service answers and calls to try, with a key."""
    service, version = champion.limits, champion.version
    url = f"http://{service.host}:{service.port}"
    body = json.dumps({"fields": _telling_fields(champion)}, ensure_ascii=False).replace("'", "'\\''")
    call = f"-H \"Authorization: Bearer {key}\" -H 'Content-Type: application/json' -d '{body}'"
    return (
        f"{version.name} version {version.version} will answer on {url} in a moment (described in {url}/openapi.json). Try:\n\n"
        f"  curl {url}/score {call}    # scored, not kept\n"
        f"  curl {url}/leads {call}    # kept, then scored\n\n"
        f"Leads and why they are likely or not: {url}/pages (log in with {key})\n\n"
    )


def _telling_fields(champion: Champion) -> dict[str, Any]:
    """Return a few fields with values, those first that a model looks at: a name alone would be scored as one who said nothing."""
    given, known = example_lead(champion)["fields"], champion.intake.fields
    first = sorted(
        given, key=lambda name: known[name].role not in LOOKED_AT
    )  # stable: the settings' order holds within both
    return {name: given[name] for name in first[:MAX_FIELDS]}

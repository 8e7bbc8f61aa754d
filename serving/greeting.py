"""What a service says when it starts: where it answers, and calls to try."""

import json

from serving.champion import Champion
from serving.keys import list_keys
from serving.openapi import example_lead
from serving.settings import KEY_VARIABLE
from serving.store.store import Store

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
    lead = example_lead(champion)
    body = json.dumps({"fields": dict(list(lead["fields"].items())[:3])}, ensure_ascii=False).replace("'", "'\\''")
    call = f"-H \"Authorization: Bearer {key}\" -H 'Content-Type: application/json' -d '{body}'"
    return (
        f"{version.name} version {version.version} will answer on {url} in a moment (described in {url}/openapi.json). Try:\n\n"
        f"  curl {url}/score {call}    # scored, not kept\n"
        f"  curl {url}/leads {call}    # kept, then scored\n\n"
        f"Leads and why they are likely or not: {url}/pages (log in with {key})\n\n"
    )

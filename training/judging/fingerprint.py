"""By what an experiment is recognised, so that what was done for it is found again."""

import hashlib
import json

from pydantic import BaseModel

from features.records.history import History


def identity(history: History, fingerprint: str, *settings: BaseModel) -> str:
    """Return a name for a history under settings: the same for the same content, known until the same time."""
    known = (
        fingerprint,
        history.schema.model_dump_json(),
        *(each.model_dump_json() for each in settings),
        history.known_until,
    )
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]

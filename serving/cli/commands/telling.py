"""Telling, from a command, those whom the settings name of what it has decided."""

import time
from collections.abc import Mapping
from typing import Any

from serving.settings.settings import Settings
from serving.store.announcing import Announce, announcer, nobody
from serving.store.notices import NewNotice
from serving.store.store import open_store


def announcer_of(settings: Settings) -> Announce:
    """Return what writes notices into the store of these settings; where there is none yet, nobody is told."""
    if not settings.store_is_there:
        return nobody
    return announcer(lambda: open_store(settings.store_url, settings.folder), time.time)


def decision_notice(decision: Mapping[str, Any]) -> NewNotice:
    """Return what is told of a decision on a version, as `PromotionDecision.to_json` gives it."""
    told = {name: decision[name] for name in ("version", "outcome", "by", "reason")}
    failed = [check["name"] for check in decision["checks"] if not check["passed"]]
    content = {
        "before": {"version": decision["champion"]},
        "after": {**told, "failed_checks": failed},
    }
    return NewNotice("version.promoted" if decision["promoted"] else "version.refused", content)

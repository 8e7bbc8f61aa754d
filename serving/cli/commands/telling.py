"""Telling, from a command, those whom the settings name of what it has decided."""

import time
from typing import TYPE_CHECKING

from serving.schemas.notices import NoticeKind
from serving.settings.settings import Settings
from serving.store.announcing import Announce, announcer, nobody
from serving.store.notices import NewNotice
from serving.store.store import open_store

if TYPE_CHECKING:
    from training.gate.decision import PromotionDecision


def announcer_of(settings: Settings) -> Announce:
    """Return what writes notices into the store of these settings; where there is none yet, nobody is told."""
    if not settings.store_is_there:
        return nobody
    return announcer(lambda: open_store(settings.store_url, settings.folder), time.time)


def decision_notice(decision: "PromotionDecision") -> NewNotice:
    """Return what is told of a decision on a version."""
    verdict = decision.verdict
    after = {
        "version": verdict.version,
        "outcome": decision.outcome,
        "by": decision.by,
        "reason": decision.reason,
        "failed_checks": [check.name for check in verdict.failed],
    }
    kind: NoticeKind = "version.promoted" if decision.promoted else "version.refused"
    return NewNotice(kind, {"before": {"version": verdict.champion}, "after": after})

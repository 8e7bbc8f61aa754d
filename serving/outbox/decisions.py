"""What was decided on versions, as notices: told by the command that decides, or by the registry's record where that ended before it could tell."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from features.records.clock import duration, to_microseconds
from features.settings.redaction import redacted
from models.registry import Registry
from models.registry.champions import Cause, ChampionChange, changes_of
from serving.schemas.notices import NoticeKind
from serving.store.notices import NewNotice, WantedNotices, notice_id
from serving.store.tables import OUTBOX
from training.gate.decision import PromotionDecision, recorded

VERSION_KINDS: frozenset[NoticeKind] = frozenset({"version.promoted", "version.refused", "version.rolled_back"})
LOOKED_BACK = timedelta(days=3)
"""Decisions of before are past: who was not told by then heard of them otherwise."""


def decision_notice(decision: PromotionDecision) -> NewNotice:
    """Return what is told of a decision on a version."""
    verdict = decision.verdict
    after = {
        "version": verdict.version,
        "outcome": decision.outcome,
        "at": decision.word.at.isoformat(),
        "by": decision.by,
        "reason": decision.reason,
        "failed_checks": [check.name for check in verdict.failed],
    }
    kind: NoticeKind = "version.promoted" if decision.promoted else "version.refused"
    content = {"before": {"version": verdict.champion}, "after": after}
    return NewNotice(kind, content, once=_once(kind, verdict.version, decision.word.at))


def rollback_notice(version: str, cause: Cause, before: str | None) -> NewNotice:
    """Return what is told of a rollback to a version, from another."""
    at = None if cause.at is None else cause.at.isoformat()
    after = {"version": version, "at": at, "by": redacted(cause.by), "reason": redacted(cause.reason)}
    content = {"before": {"version": before}, "after": after}
    return NewNotice("version.rolled_back", content, once=_once("version.rolled_back", version, cause.at))


@dataclass(frozen=True)
class RecordedDecision:
    """A decision in the registry: what is told of it, when it was taken, and how its notice is made.

    Attributes
    ----------
    notice
        Makes it; None where the record turns out to be of something else.
    """

    kind: NoticeKind
    version: str
    at: datetime
    notice: Callable[[], NewNotice | None]

    @property
    def notice_id(self) -> str:
        """By what the outbox knows the notice, whoever wrote it."""
        return notice_id(0, _once(self.kind, self.version, self.at))


def decisions_of(registry: Registry, wanted: WantedNotices, now: int) -> list[RecordedDecision]:
    """Return the decisions of late that somebody wants to hear of, and wanted to when they were taken; the earliest first.

    Raises
    ------
    RegistryError
        If MLflow cannot be reached.
    """
    found = [one for one in _recorded(registry) if one.kind in wanted.kinds]
    earliest = now - duration(LOOKED_BACK)
    late = (one for one in found if to_microseconds(one.at) >= max(earliest, wanted.since.get(one.kind, 0)))
    return sorted(late, key=lambda one: one.at)


def told_of(connection: sa.Connection, notice_ids: Collection[str]) -> set[str]:
    """Return those of some notices that the outbox has."""
    query = sa.select(OUTBOX.c.notice_id).where(OUTBOX.c.notice_id.in_(list(notice_ids)))
    return set(connection.execute(query).scalars())


def _recorded(registry: Registry) -> Iterator[RecordedDecision]:
    tags = registry.tags()
    for change in changes_of(tags):
        cause = change.cause
        if cause.at is None:
            continue
        if cause.kind == "rolled back":
            yield RecordedDecision("version.rolled_back", change.version, cause.at, partial(_rolled_back, change))
        elif cause.kind in ("promoted", "overruled"):
            yield RecordedDecision("version.promoted", change.version, cause.at, partial(_promoted, registry, change))
    for version, own in tags.items():
        if own.get("gate/outcome") == "refused" and "gate/at" in own:
            at = datetime.fromisoformat(own["gate/at"])
            yield RecordedDecision("version.refused", version, at, partial(_refused, registry, version, at))


def _rolled_back(change: ChampionChange) -> NewNotice:
    return rollback_notice(change.version, change.cause, change.previous)


def _promoted(registry: Registry, change: ChampionChange) -> NewNotice:
    decision, cause = recorded(change.version, registry), change.cause
    if decision is not None and decision.word.at == cause.at:
        return decision_notice(decision)
    at = None if cause.at is None else cause.at.isoformat()
    said: dict[str, Any] = {
        "outcome": cause.kind,
        "at": at,
        "by": cause.by,
        "reason": cause.reason,
        "failed_checks": [],
    }
    content = {"before": {"version": change.previous}, "after": {"version": change.version, **said}}
    return NewNotice("version.promoted", content, once=_once("version.promoted", change.version, cause.at))


def _refused(registry: Registry, version: str, at: datetime) -> NewNotice | None:
    decision = recorded(version, registry)
    is_this = decision is not None and decision.word.at == at and not decision.promoted
    return decision_notice(decision) if decision is not None and is_this else None


def _once(kind: NoticeKind, version: str, at: datetime | None) -> str:
    return f"{kind} {version} {'' if at is None else at.isoformat()}"

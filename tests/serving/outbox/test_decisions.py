"""A decision on a version is told once, by the command that takes it or by the registry's record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.records.clock import to_microseconds
from models.registry.champions import Cause, ChampionChange
from serving.outbox.decisions import VERSION_KINDS, decision_notice, decisions_of, rollback_notice
from serving.store.notices import WantedNotices, notice_id
from training.gate.check import Check, Verdict
from training.gate.decision import Approval, PromotionDecision

AT = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
NOW = to_microseconds(AT + timedelta(hours=1))
CHECKS = (Check("log loss", False, "Worse."), Check("replay", True, "The same."))
DECISION = PromotionDecision(Verdict("8", "7", CHECKS), Approval(AT, "Ann"))
OVERRULED = replace(DECISION, word=replace(DECISION.word, overrule=True, reason="the board wants it"))
WANTED = WantedNotices(VERSION_KINDS)


class Recorded:
    """A registry with what was recorded of one version."""

    def __init__(self, decision: PromotionDecision | None, *changes: ChampionChange) -> None:
        self.decision, self._changes = decision, changes

    def tags(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {"8": {}, "7": {}}
        for change in self._changes:
            found[change.version] |= dict([change.tag])
        if self.decision is not None:
            outcome = {"gate/outcome": self.decision.outcome, "gate/at": self.decision.word.at.isoformat()}
            found["8"] |= outcome | {"gate/document": "gate/1.json"}
        return found

    def version(self, number: str) -> Any:
        return type("Version", (), {"tags": self.tags()[number]})

    def document(self, number: str, file: str) -> Mapping[str, Any] | None:
        assert (number, file) == ("8", "gate/1.json")
        return None if self.decision is None else self.decision.to_json()


def crowned(kind: Any, version: str = "8", at: datetime | None = AT, steps: int = 0) -> ChampionChange:
    return ChampionChange(2, version, "7" if version == "8" else "8", Cause(kind, at, "Ann", "why not", steps))


@pytest.mark.parametrize(
    ("overrule", "kind", "outcome"),
    [(True, "version.promoted", "overruled"), (False, "version.refused", "refused")],
)
def test_decision_is_told_with_what_failed(overrule: bool, kind: str, outcome: str) -> None:
    notice = decision_notice(replace(DECISION, word=replace(DECISION.word, overrule=overrule)))

    assert notice.kind == kind
    assert notice.content["before"] == {"version": "7"}
    assert notice.content["after"] == {
        "version": "8",
        "outcome": outcome,
        "at": "2026-03-01T12:00:00.000007+00:00",
        "by": "Ann",
        "reason": "",
        "failed_checks": ["log loss"],
    }


@pytest.mark.parametrize(
    ("registry", "told"),
    [
        (Recorded(DECISION), decision_notice(DECISION)),
        (Recorded(OVERRULED, crowned("overruled")), decision_notice(OVERRULED)),
        (
            Recorded(OVERRULED, crowned("rolled back", "7", AT, 1)),
            rollback_notice("7", Cause("rolled back", AT, "Ann", "why not", 1), "8"),
        ),
    ],
)
def test_the_record_tells_what_the_command_would_have_told(registry: Any, told: Any) -> None:
    (found,) = decisions_of(registry, WANTED, NOW)

    assert found.notice() == told
    assert found.notice_id == notice_id(5, told.once)


def test_decision_that_was_not_carried_out_is_not_told() -> None:
    assert decisions_of(Recorded(OVERRULED), WANTED, NOW) == []  # type: ignore[arg-type]


def test_what_is_no_decision_is_not_told() -> None:
    changes = [crowned("first"), crowned("refreshed"), crowned("set"), crowned("promoted", at=None)]
    for number, change in enumerate(changes):
        assert decisions_of(Recorded(None, replace(change, number=number)), WANTED, NOW) == []  # type: ignore[arg-type]


def test_promotion_whose_document_is_of_another_day_is_told_by_its_change() -> None:
    later = replace(DECISION, word=replace(DECISION.word, at=AT + timedelta(minutes=5)))
    promoted, refused = decisions_of(Recorded(later, crowned("overruled")), WANTED, NOW)  # type: ignore[arg-type]

    notice = promoted.notice()
    assert notice is not None
    assert (notice.kind, notice.content["before"], notice.content["after"]["by"]) == (
        "version.promoted",
        {"version": "7"},
        "Ann",
    )
    assert refused.notice() == decision_notice(later)


@pytest.mark.parametrize(
    ("wanted", "now"),
    [
        (WantedNotices(frozenset({"version.promoted"})), NOW),
        (replace(WANTED, since={"version.refused": to_microseconds(AT) + 1}), NOW),
        (WANTED, to_microseconds(AT + timedelta(days=3)) + 1),
    ],
)
def test_nobody_is_told_of_what_they_did_not_want_then_or_of_what_is_long_past(wanted: WantedNotices, now: int) -> None:
    assert decisions_of(Recorded(DECISION), wanted, now) == []  # type: ignore[arg-type]


def test_decisions_are_told_since_the_moment_at_which_they_are_wanted() -> None:
    wanted = replace(WANTED, since={"version.refused": to_microseconds(AT)})
    assert len(decisions_of(Recorded(DECISION), wanted, to_microseconds(AT + timedelta(days=3)))) == 1  # type: ignore[arg-type]


def test_rollback_tells_no_password() -> None:
    cause = Cause("rolled back", AT, "Ann", "postgresql://crm:hidden@db is slow", 1)
    assert "hidden" not in str(rollback_notice("7", cause, "8"))

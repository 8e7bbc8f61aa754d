"""A decision is read as it was written, and what is kept for good names no lead."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from features.records.marks import mark_of
from training.gate.check import Check, Verdict
from training.gate.decision import Approval, PromotionDecision
from training.gate.preview import ImpactReason, Preview, ScoreMove

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PREVIEW = Preview(1_200, 1, None, 0.05, 0.07, 0.0712, (ScoreMove("L1", 0.4, 0.25, (ImpactReason("budget", -0.2),)),))
PASSED = Check("log loss", True, "0.30 against 0.31.", {"challenger": 0.3, "champion": 0.31, "bound": None})
FAILED = Check("channels", False, "Far off in web.")


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        (PromotionDecision(Verdict("2", "1", (PASSED,), ("On 900 leads.",), PREVIEW), Approval(AT, "Ann")), "promoted"),
        (PromotionDecision(Verdict("2", None, (PASSED, FAILED)), Approval(AT, "Ann", "I say so", True)), "overruled"),
        (PromotionDecision(Verdict("2", "1", (FAILED,)), Approval(AT, "Ann")), "refused"),
    ],
)
def test_decision_is_read_as_it_was_written(decision: PromotionDecision, outcome: str) -> None:
    written = json.loads(json.dumps(decision.to_json()))
    read = PromotionDecision.from_json(written)
    assert read.to_json() == written
    assert (read.outcome, read.promoted) == (outcome, outcome != "refused")
    assert read.verdict.preview == decision.verdict.preview


def test_passwords_in_who_and_why_are_not_shown() -> None:
    decision = PromotionDecision(Verdict("2", "1", ()), Approval(AT, "ann://a:secret@x", "see db://b:secret@y"))
    assert "secret" not in json.dumps(decision.to_json())


def test_what_is_kept_names_leads_by_marks() -> None:
    decision = PromotionDecision(Verdict("2", "1", (PASSED,), (), PREVIEW), Approval(AT, "Ann"))
    kept = decision.without_ids()
    assert kept.verdict.preview is not None
    assert [move.lead_id for move in kept.verdict.preview.largest] == [mark_of("L1")]
    assert PREVIEW.largest[0].lead_id == "L1"

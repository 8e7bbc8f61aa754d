"""What the gate said is shown as it was kept: both beside each other, every check, and leads by their marks, if they are still there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

from features.records.marks import mark_of
from serving.pages.decision import decision_view
from serving.pages.render import Frame, render
from serving.pages.round import round_page
from training.gate.check import Check, Verdict
from training.gate.decision import Approval, PromotionDecision
from training.gate.preview import ImpactReason, Preview, ScoreMove

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHECKS = (
    Check("log loss", True, "0.3012 against 0.3050 <b>", {"challenger": 0.3012, "champion": 0.3050}),
    Check("channels", False, "Far off in source web.", {"web": 2.0}),
)


def a_move(lead_id: str, before: float, after: float) -> ScoreMove:
    return ScoreMove(mark_of(lead_id), before, after, (ImpactReason("lead_age", after - before),))


PREVIEW = Preview(1_200, 1, 30, 0.05, 0.07, 0.0712, (a_move("L1", 0.4, 0.25), a_move("erased", 0.1, 0.2)))


def shown(decision: PromotionDecision) -> str:
    view = decision_view(decision, {mark_of("L1"): "L1"}, UTC)
    return render("round", Frame(), page=round_page(None, [], UTC, 0), gate=view)


def test_a_refused_challenger_stands_beside_the_champion_with_every_check_and_who_moves() -> None:
    html = shown(PromotionDecision(Verdict("4", "3", CHECKS, ("On 900 leads.",), PREVIEW), Approval(AT, "Ada", "try")))
    text = unescape(html)
    assert 'Version 4 beside champion 3 <span class="badge against">refused' in text
    assert "1 March 2026, 09:30" in text
    assert "by Ada: try" in text
    assert "<b>" not in html
    for part in ("0.3012", "0.3050", "7.1 %", "7.0 %", "Far off in source web.", "On 900 leads."):
        assert part in text
    assert "Of 1,200 open leads 1 moves by more than 5 points. 30 go another route." in text
    assert '<a href="/pages/leads/L1">L1</a>' in text
    assert "lead age −15.0" in text
    assert "no longer here" in text  # whoever was erased is not named
    assert "erased" not in text


def test_where_nobody_moves_it_is_said() -> None:
    still = replace(PREVIEW, moving=0, rerouted=0, largest=())
    text = shown(PromotionDecision(Verdict("4", "3", CHECKS, (), still), Approval(AT, "Ada")))
    assert "Of 1,200 open leads none moves by more than 5 points. None goes another route." in text


def test_without_a_champion_nobody_moves() -> None:
    word = Approval(AT, "Ada", "", overrule=True)
    text = shown(PromotionDecision(Verdict("1", None, CHECKS), word))
    assert 'beside the base rate <span class="badge warn">let serve in spite of the gate' in text
    assert "Who moves" not in text

"""What the gate said last: a version beside the champion that it was held against, check by check, and whose score would move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from models.close.reasons.sentences import counted
from serving.pages.queue import lead_path, way
from serving.pages.words import minute, percent_of_tenths, points
from training.gate.check import Verdict
from training.gate.decision import Outcome, PromotionDecision
from training.gate.preview import Preview, ScoreMove

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    "promoted": ("promoted", "for"),
    "overruled": ("let serve in spite of the gate", "warn"),
    "refused": ("refused", "against"),
}
"""What came of a decision, in words, and how it is shown."""


@dataclass(frozen=True)
class GateCheck:
    """One thing that the challenger had to show."""

    name: str
    passed: bool
    evidence: str


@dataclass(frozen=True)
class MovingLead:
    """A lead whose score would move much; `path` and `lead_id` are empty of one that is not in the store any more."""

    lead_id: str
    path: str
    before: str
    after: str
    moved: str
    way: str
    because: str


@dataclass(frozen=True)
class DecisionView:
    """A decision of the gate; what it does not hold is empty.

    Attributes
    ----------
    beside
        Figures of the challenger and of the champion, side by side: what it is, and both.
    terms
        On what the two were judged.
    moves
        Whose score would move, in a sentence.
    """

    title: str
    outcome: str
    kind: str
    said: str
    rival: str
    beside: tuple[tuple[str, str, str], ...]
    checks: tuple[GateCheck, ...]
    terms: tuple[str, ...]
    moves: str
    leads: tuple[MovingLead, ...]


def decision_view(decision: PromotionDecision, ids: Mapping[str, str], zone: tzinfo) -> DecisionView:
    """Return a decision as it is shown.

    Parameters
    ----------
    ids
        The ids of leads, by the marks that stand in the decision.
    """
    verdict, preview, champion = decision.verdict, decision.verdict.preview, decision.verdict.champion
    outcome, kind = OUTCOMES[decision.outcome]
    because = f": {decision.reason}" if decision.reason else ""
    return DecisionView(
        title=f"Version {verdict.version} beside {f'champion {champion}' if champion else 'the base rate'}",
        outcome=outcome,
        kind=kind,
        said=f"{minute(decision.word.at, zone)}, by {decision.by}{because}",
        rival=f"Champion {champion}" if champion else "Base rate",
        beside=tuple(_beside(verdict)),
        checks=tuple(GateCheck(one.name, one.passed, one.evidence) for one in verdict.checks),
        terms=tuple(verdict.terms),
        moves=_moves(preview) if preview else "",
        leads=tuple(_lead(move, ids) for move in preview.largest) if preview else (),
    )


def _beside(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Return what there is of both."""
    rows = []
    for check in verdict.checks:
        ours, theirs = (check.figures.get(name) for name in ("challenger", "champion"))
        if ours is not None and theirs is not None:
            rows.append(
                (f"{check.name.capitalize()} on the same leads (lower is better)", f"{ours:.4f}", f"{theirs:.4f}")
            )
    if verdict.preview:
        after, before = _percent(verdict.preview.mean_after), _percent(verdict.preview.mean_before)
        rows.append(("Mean chance of the open leads", after, before))
    return rows


def _moves(preview: Preview) -> str:
    moving = counted(preview.moving, "moves", "move") if preview.moving else "none moves"
    rerouted = preview.rerouted
    routes = (
        "" if rerouted is None else f" {counted(rerouted, 'goes', 'go') if rerouted else 'None goes'} another route."
    )
    return f"Of {preview.open_leads:,} open leads {moving} by more than {100 * preview.limit:g} points.{routes}"


def _lead(move: ScoreMove, ids: Mapping[str, str]) -> MovingLead:
    lead_id = ids.get(move.lead_id, "")
    tenths = round(1000 * (move.after - move.before))
    reasons = [f"{one.subject.replace('_', ' ')} {points(round(1000 * one.points))}" for one in move.reasons]
    path = lead_path(lead_id) if lead_id else ""
    before, after = _percent(move.before), _percent(move.after)
    return MovingLead(lead_id, path, before, after, points(tenths), way(tenths), ", ".join(reasons))


def _percent(probability: float) -> str:
    return percent_of_tenths(round(1000 * probability))

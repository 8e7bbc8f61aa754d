"""What was decided on a version, by the gate or over it: who, when, why; and how it is kept with the version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from features.settings.redaction import redacted
from models.registry import Registry
from training.gate.check import Verdict

Outcome = Literal["promoted", "overruled", "refused"]
"""What was decided on a version."""


@dataclass(frozen=True)
class Approval:
    """Who decides, when and why; `overrule` lets a version serve in spite of the gate."""

    at: datetime
    by: str
    reason: str = ""
    overrule: bool = False


@dataclass(frozen=True)
class PromotionDecision:
    """What the gate said, and what was done."""

    verdict: Verdict
    word: Approval

    @property
    def promoted(self) -> bool:
        """Whether the version serves from now on."""
        return self.verdict.passed or self.word.overrule

    @property
    def by(self) -> str:
        """Who decided, as it may be shown."""
        return redacted(self.word.by)

    @property
    def reason(self) -> str:
        """Why, as it may be shown."""
        return redacted(self.word.reason)

    @property
    def outcome(self) -> Outcome:
        """What was decided, in a word: promoted, overruled or refused."""
        if self.verdict.passed:
            return "promoted"
        return "overruled" if self.word.overrule else "refused"

    def to_json(self) -> dict[str, Any]:
        """Return the decision as plain values."""
        said = {"at": self.word.at.isoformat(), "by": self.by, "reason": self.reason}
        return self.verdict.to_json() | {"outcome": self.outcome, "promoted": self.promoted} | said

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "PromotionDecision":
        """Read what `to_json` wrote."""
        overrule = content["outcome"] == "overruled"
        word = Approval(datetime.fromisoformat(content["at"]), content["by"], content["reason"], overrule)
        return cls(Verdict.from_json(content), word)

    def without_ids(self) -> "PromotionDecision":
        """Return the decision as it may be kept for good, though a lead that it names is erased."""
        preview = self.verdict.preview
        return replace(self, verdict=replace(self.verdict, preview=preview and preview.without_ids()))


def record(decision: PromotionDecision, registry: Registry) -> None:
    """Keep a decision with its version: as tags, and whole among the documents of its run; whose scores move stands there by marks alone."""
    word, verdict = decision.word, decision.verdict
    file = f"gate/{word.at:%Y%m%dT%H%M%S}.json"
    registry.keep(verdict.version, {file: decision.without_ids().to_json()})
    said = {
        "gate/at": word.at.isoformat(),
        "gate/by": decision.by,
        "gate/reason": decision.reason,
        "gate/document": file,
    }
    registry.tag(verdict.version, verdict.tags() | said | {"gate/outcome": decision.outcome})


def recorded(number: str, registry: Registry) -> PromotionDecision | None:
    """Return the last decision on a version, with marks for the ids of leads; None if there was none."""
    file = registry.version(number).tags.get("gate/document")
    kept = registry.document(number, file) if file else None
    return None if kept is None else PromotionDecision.from_json(kept)

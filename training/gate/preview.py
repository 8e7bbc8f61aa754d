"""What is told of whose score a promotion would move, and how it is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from features.records.marks import mark_of


@dataclass(frozen=True)
class ImpactReason:
    """What one subject adds to a move, in probability points; all subjects of a lead add up to its move."""

    subject: str
    points: float


@dataclass(frozen=True)
class ScoreMove:
    """One lead's probability by the champion and by the challenger, and the strongest reasons of the difference."""

    lead_id: str
    before: float
    after: float
    reasons: tuple[ImpactReason, ...]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ScoreMove":
        """Read a move of `Preview.to_json`."""
        reasons = tuple(ImpactReason(**reason) for reason in content["reasons"])
        return cls(content["lead_id"], content["before"], content["after"], reasons)


@dataclass(frozen=True)
class Preview:
    """Who moves if the challenger serves.

    Attributes
    ----------
    open_leads, moving
        How many there are, and how many of them move by more than `limit`.
    rerouted
        How many would go another route; None where one of the two decides none.
    mean_before, mean_after
        Mean probability of the open leads.
    largest
        The largest moves, the largest first.
    """

    open_leads: int
    moving: int
    rerouted: int | None
    limit: float
    mean_before: float
    mean_after: float
    largest: tuple[ScoreMove, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the preview as plain values."""
        content = asdict(self)
        return content | {
            "largest": [asdict(move) | {"reasons": list(map(asdict, move.reasons))} for move in self.largest]
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Preview":
        """Read what `to_json` wrote."""
        return cls(**{**content, "largest": tuple(map(ScoreMove.from_json, content["largest"]))})

    def without_ids(self) -> "Preview":
        """Return the preview as it may be kept for good, though a lead that it names is erased: by marks of the ids."""
        return replace(self, largest=tuple(replace(move, lead_id=mark_of(move.lead_id)) for move in self.largest))

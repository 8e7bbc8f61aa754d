"""What stands beside the close model in a version: how it decides, past leads like a scored one, and how its promises held.

Each is one text file. Each may be missing, as older versions were made before there was such a thing; what is missing is not told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from models.close.reasons.similar import FILE as PAST
from models.close.reasons.similar import PastLeads
from models.close.record import FILE as RECORD
from models.close.record import VersionRecord
from models.decision.decider import FILE as DECISION
from models.decision.decider import Decider

FILES = (DECISION, PAST, RECORD)


@dataclass(frozen=True)
class Artifacts:
    """What a version holds beside its close model; None for what it was made without."""

    decider: Decider | None = None
    past: PastLeads | None = None
    record: VersionRecord | None = None

    def to_texts(self) -> dict[str, str]:
        """Return them as text files by name."""
        texts = {}
        if self.decider is not None:
            texts[DECISION] = self.decider.to_text()
        if self.past is not None:
            texts[PAST] = json.dumps(self.past.to_json(), separators=(",", ":"))
        if self.record is not None:
            texts[RECORD] = self.record.model_dump_json()
        return texts

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Read what `to_texts` wrote; other files are passed over."""
        return cls(
            Decider.from_text(texts[DECISION]) if DECISION in texts else None,
            PastLeads.from_json(json.loads(texts[PAST])) if PAST in texts else None,
            VersionRecord.model_validate_json(texts[RECORD]) if RECORD in texts else None,
        )


NO_ARTIFACTS = Artifacts()
"""Those of a version that was made before there were any."""

"""What stands beside the close model in a version: how it decides, past leads like a scored one, and how its promises held.

Each is one text file. Each may be missing, as older versions were made before there was such a thing; what is missing is not told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from models.close.reasons.similar import PAST_LEADS_FILE, PastLeads
from models.close.record import RECORD_FILE, VersionRecord
from models.decision.decider import DECISION_FILE, Decider

ARTIFACT_FILES = (DECISION_FILE, PAST_LEADS_FILE, RECORD_FILE)


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
            texts[DECISION_FILE] = self.decider.to_text()
        if self.past is not None:
            texts[PAST_LEADS_FILE] = json.dumps(self.past.to_json(), separators=(",", ":"))
        if self.record is not None:
            texts[RECORD_FILE] = self.record.model_dump_json()
        return texts

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Read what `to_texts` wrote; other files are passed over."""
        return cls(
            Decider.from_text(texts[DECISION_FILE]) if DECISION_FILE in texts else None,
            PastLeads.from_json(json.loads(texts[PAST_LEADS_FILE])) if PAST_LEADS_FILE in texts else None,
            VersionRecord.model_validate_json(texts[RECORD_FILE]) if RECORD_FILE in texts else None,
        )


NO_ARTIFACTS = Artifacts()
"""Those of a version that was made before there were any."""

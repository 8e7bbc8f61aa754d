"""What a rep says of a score: how it is stored, and what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.records.clock import to_datetime
from serving.intake.calls import CallScores, Reply
from serving.intake.receipts import CREATED, as_json
from serving.intake.scoring import Moment
from serving.schemas.problems import NOT_THERE, RefusedError, refusal
from serving.schemas.records import (
    FeedbackReceipt,
)
from serving.store import reading
from serving.store.records import (
    Feedback,
    NewFeedback,
)
from serving.store.transaction import Transaction


@dataclass
class StoreFeedback:
    """What a rep says of a score, and by whose key."""

    said: NewFeedback
    given_by: str
    receipt: FeedbackReceipt | None = None

    def lead_ids(self) -> set[str]:
        """Return whose score is meant."""
        return {self.said.lead_id}

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store it, if there is such a score."""
        said, lead_id = self.said, self.said.lead_id
        lead = reading.leads_of(transaction.connection, [lead_id]).get(lead_id)
        if lead is None or lead.erased_at is not None:
            raise self._no_score()
        as_of = lead.scored_as_of if said.as_of is None else said.as_of
        score = None if as_of is None else reading.score_since(transaction.connection, lead_id, as_of)
        if as_of is None or score is None or score.as_of != as_of:
            raise self._no_score()
        feedback = Feedback(lead_id, as_of, said.agrees, said.subject, said.comment, self.given_by, said.direction)
        at = transaction.add_feedback(feedback)
        self.receipt = FeedbackReceipt(lead_id=lead_id, as_of=to_datetime(as_of), recorded_at=to_datetime(at))
        return []

    def _no_score(self) -> RefusedError:
        rule, remedy = "must be of a lead with such a score", "send a lead_id and an as_of that were answered"
        return refusal(NOT_THERE, "lead_id", rule, repr(self.said.lead_id), remedy)

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return when it was stored."""
        return Reply(CREATED, "" if self.receipt is None else as_json(self.receipt))

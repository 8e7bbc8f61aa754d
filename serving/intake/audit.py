"""What the audit trail alone keeps: calls that were refused entry, and forms that were trapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.records.clock import to_datetime
from features.settings.schema import LeadSchema
from serving.intake.calls import CallScores, Reply
from serving.intake.receipts import other_lead
from serving.intake.scoring import Moment
from serving.schemas.problems import RefusedError, broken_rules
from serving.schemas.records import LeadReceipt
from serving.store.leftovers import TRAPPED, keep_leftovers
from serving.store.reading import leads_of
from serving.store.records import NewLead
from serving.store.tombstones import ErasedPeople
from serving.store.transaction import Transaction

BOT_OR_BROWSER = (
    "The field that people do not see was filled in: by a bot, or by a browser that fills in whatever it finds."
)


@dataclass(frozen=True)
class Refusal:
    """A call whose key was missing, not good, or of another role; the path is the route's, without ids.

    Attributes
    ----------
    times
        How many such calls the entry stands for.
    """

    method: str
    path: str
    why: str
    key_id: str | None
    times: int = 1

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Write the entry."""
        detail = self.why if self.times == 1 else f"{self.why} ({self.times:,} times)"
        transaction.add_audit("refused", f"{self.method} {self.path}", detail, self.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: nobody waits for it."""
        return Reply(204, "")


@dataclass
class Trapped:
    """A form that filled in what people do not see: answered as if it were stored, so that its sender learns nothing.

    It is no lead, but a browser fills such fields in too: it is kept as it came among what was not understood, for an admin to take as one.

    Attributes
    ----------
    lead
        What it says, as the answer tells of it.
    post
        As it came; kept unless it names somebody who was erased.
    schema
        The settings of today, which say where contacts stand.
    key_id
        By whose key it came.
    created_at, at
        When it came, microseconds UTC; the store says. Of an id that a lead of this content has, when that came.
    """

    lead: NewLead
    post: Mapping[str, object]
    schema: LeadSchema
    key_id: str
    created_at: int = 0
    at: int = 0

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Write the entry, which says nothing of what the form said, and keep the form beside it."""
        stored = leads_of(transaction.connection, [self.lead.lead_id]).get(self.lead.lead_id)
        is_other = stored is not None and stored.digest != self.lead.digest
        if is_other or transaction.is_removed(self.lead.lead_id):
            raise RefusedError(other_lead(self.lead))
        at = transaction.add_audit("form trapped", "POST /leads", "the honeypot was filled in", self.key_id)
        keep_leftovers(transaction, TRAPPED, [(self.post, BOT_OR_BROWSER)], ErasedPeople(transaction, self.schema))
        self.created_at, self.at = (at, at) if stored is None else (stored.created_at, stored.stored_at)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return what a form hears of a lead."""
        receipt = LeadReceipt(
            lead_id=self.lead.lead_id,
            created_at=to_datetime(self.created_at),
            recorded_at=to_datetime(self.at),
            set_aside=broken_rules([one.problem for one in self.lead.aside]),
        )
        return Reply(201, receipt.model_dump_json())

"""What goes into the audit trail: calls that were refused entry, forms that were trapped, and leads that were erased."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.clock import to_datetime
from features.settings import LeadSchema
from serving.intake.calls import Reply, Scores
from serving.intake.scoring import Place
from serving.problems import NOT_THERE, refusal
from serving.receipts import LeadReceipt
from serving.store.erasing import erase_lead, forget_answers
from serving.store.transaction import Transaction


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

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Write the entry."""
        detail = self.why if self.times == 1 else f"{self.why} ({self.times:,} times)"
        transaction.add_audit("refused", f"{self.method} {self.path}", detail, self.key_id)
        return []

    def reply(self, scores: Scores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: nobody waits for it."""
        return Reply(204, "")


@dataclass
class Trapped:
    """A form that filled in what people do not see: answered as if it were stored, so that its sender learns nothing.

    Attributes
    ----------
    lead_id
        As the answer names it.
    key_id
        By whose key it came.
    at
        When it came, microseconds UTC; the store says.
    """

    lead_id: str
    key_id: str
    at: int = 0

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Write the entry; what the form said is not kept."""
        self.at = transaction.add_audit("form trapped", "POST /leads", "the honeypot was filled in", self.key_id)
        return []

    def reply(self, scores: Scores) -> Reply:  # noqa: ARG002 - as of every call
        """Return what a form hears of a lead."""
        at = to_datetime(self.at)
        return Reply(201, LeadReceipt(lead_id=self.lead_id, created_at=at, recorded_at=at).model_dump_json())


@dataclass
class Erasure:
    """A lead that is to be forgotten as a person.

    Attributes
    ----------
    alias
        What its records are called from then on.
    key_id
        Whose key asked for it.
    """

    schema: LeadSchema
    lead_id: str
    alias: str
    key_id: str

    def lead_ids(self) -> set[str]:
        """Return nobody: no answer of it is kept."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Place]:
        """Erase the lead and write who did; the entry does not say who it was."""
        if not erase_lead(transaction, self.schema, self.lead_id, self.alias):
            rule, remedy = "must be a lead's, or of records that wait for it", "send the id of one that is there"
            raise refusal(NOT_THERE, "lead_id", rule, repr(self.lead_id[:80]), remedy)
        transaction.add_audit("lead erased", self.alias, key_id=self.key_id)
        return []

    def reply(self, scores: Scores) -> Reply:
        """Return nothing; answers to calls that share the transaction, and came before, were kept only now."""
        forget_answers(scores.transaction.connection, self.lead_id)
        return Reply(204, "")

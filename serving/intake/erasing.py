"""Forgetting a lead as a person: what a call to erase one does to the store."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from features.settings.schema import LeadSchema
from serving.intake.calls import CallScores, Reply
from serving.intake.scoring import Moment
from serving.schemas.problems import NOT_THERE, refusal
from serving.store.erasing import erase_person, forget_answers, forget_in_exports
from serving.store.transaction import Transaction

ELSEWHERE = "the store has no such lead; if the export has one, it is left out of every reading"
"""What the audit trail says of a lead that was erased though the store does not have it."""


@dataclass
class Erasure:
    """A lead that is to be forgotten as a person.

    Attributes
    ----------
    alias
        What its records are called from then on.
    key_id
        Whose key asked for it.
    beside_export
        Whether there is an export, which may have leads that the store does not know.
    erased
        The ids of the leads that were this person.
    """

    schema: LeadSchema
    lead_id: str
    alias: str
    key_id: str
    beside_export: bool = False
    erased: list[str] = field(default_factory=list, init=False)

    def lead_ids(self) -> set[str]:
        """Return nobody: no answer of it is kept."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Erase the lead and write who did; the entry does not say who it was."""
        detail = ""
        self.erased = erase_person(transaction, self.schema, self.lead_id, self.alias)
        if not self.erased:
            if not self.beside_export:
                rule, remedy = "must be a lead's, or of records that wait for it", "send the id of one that is there"
                raise refusal(NOT_THERE, "lead_id", rule, repr(self.lead_id[:80]), remedy)
            forget_in_exports(transaction, self.lead_id, self.alias)
            detail = ELSEWHERE
        transaction.add_audit("lead erased", self.alias, detail, key_id=self.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:
        """Return nothing; answers to calls that share the transaction, and came before, were kept only now."""
        for lead_id in {self.lead_id, *self.erased}:
            forget_answers(scores.transaction.connection, lead_id)
        return Reply(204, "")

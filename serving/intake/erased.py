"""Records of people who were erased: not stored, whoever tells of them, and counted where an admin reads it."""

from features.records.leads.checking import LeadProblem
from serving.schemas.problems import ERASED, problem
from serving.schemas.score import Problem
from serving.store.transaction import Transaction

KEPT_OUT = "kept out"
"""What the audit trail calls records of people who were erased."""


def erased_person(lead_id: str) -> Problem:
    """Return what is wrong with a record of somebody who was erased."""
    rule, remedy = "must not be that of somebody who was erased", "an admin may take them back by `glengarry person`"
    return problem(ERASED, [LeadProblem("lead_id", rule, f"lead {lead_id!r}", remedy)])


def is_erased(record: object) -> bool:
    """Return whether a record is not stored for that reason."""
    return isinstance(record, Problem) and record.type == ERASED.type


def note_erased(transaction: Transaction, count: int) -> None:
    """Write into the audit trail how many records were kept out, but not whose."""
    if count:
        told = f"{count:,} record was not stored" if count == 1 else f"{count:,} records were not stored"
        transaction.add_audit(KEPT_OUT, "people who were erased", told)

"""What is wrong with CRMs: what failed last, since when, and how many leads each did not take."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.store.tables import CRM_POSITIONS, CRM_RECORDS
from serving.store.transaction import Transaction

TROUBLE = "trouble"
"""Name of the position that says what went wrong last."""


@dataclass(frozen=True)
class CrmHealth:
    """How a CRM is.

    Attributes
    ----------
    trouble
        What fails; empty where nothing does.
    since
        Since when that is so, microseconds UTC; None where nothing fails.
    set_aside
        Leads that it did not take.
    """

    crm: str
    trouble: str
    since: int | None
    set_aside: int


def crm_healths(connection: sa.Connection) -> list[CrmHealth]:
    """Return how each CRM is that was told anything, or could not be, by name."""
    query = sa.select(CRM_POSITIONS.c.crm, CRM_POSITIONS.c.name, CRM_POSITIONS.c.at, CRM_POSITIONS.c.place)
    rows = list(connection.execute(query))
    failing = {row.crm: row for row in rows if row.name == TROUBLE and row.place}
    aside = sa.select(CRM_RECORDS.c.crm, sa.func.count(CRM_RECORDS.c.trouble)).group_by(CRM_RECORDS.c.crm)
    counts = {str(crm): int(count) for crm, count in connection.execute(aside)}
    return [
        CrmHealth(name, failing[name].place, failing[name].at, counts.get(name, 0))
        if name in failing
        else CrmHealth(name, "", None, counts.get(name, 0))
        for name in sorted({row.crm for row in rows} | counts.keys())
    ]


def forget_troubles(transaction: Transaction, wanted: Sequence[str]) -> None:
    """Say nothing more of what was wrong with all CRMs but these."""
    others = (CRM_POSITIONS.c.name == TROUBLE, CRM_POSITIONS.c.crm.not_in(wanted))
    transaction.connection.execute(sa.delete(CRM_POSITIONS).where(*others))

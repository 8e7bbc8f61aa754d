"""A search reads one text a lead, in one case, from the index that its list is ordered by, instead of folding two at every search."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import searchable

revision = "0005"
down_revision = "0004"

AT_ONCE = 5_000
ORDERED = {
    "queue_by_value": ["expected_value", "lead_id", "probability"],
    "queue_by_probability": ["probability", "lead_id", "expected_value"],
    "queue_by_creation": ["created_at", "lead_id", "probability"],
}
COVERED = ["route", "step", "source", "owner", "changed_at", "searched"]
UNUSED = ["leads_by_creation", "leads_by_probability", "leads_by_scoring"]
"""A list of all leads merges those of each status; and what moved most is found from both ends of the moves."""
LEADS = sa.table("leads", *map(sa.column, ("lead_id", "name", "erased_at", "searched")))


def upgrade() -> None:
    """Add the column, fill it, and let the queue's indexes hold it instead of the name."""
    op.add_column("leads", sa.Column("searched", sa.Text))
    for name in (*ORDERED, *UNUSED):
        op.drop_index(name, "leads")
    _fill(op.get_bind())
    for name, columns in ORDERED.items():
        op.create_index(name, "leads", ["status", *columns, *COVERED])
    op.create_index("leads_by_move", "leads", ["status", "moved", "lead_id", "scored_as_of"])


def _fill(connection: sa.Connection) -> None:
    there = sa.select(LEADS.c.lead_id, LEADS.c.name).where(LEADS.c.erased_at.is_(None)).order_by(LEADS.c.lead_id)
    set_one = sa.update(LEADS).where(LEADS.c.lead_id == sa.bindparam("lead"))
    rows = connection.execute(there.limit(AT_ONCE)).all()
    while rows:
        filled = [{"lead": lead_id, "searched": searchable(lead_id, name)} for lead_id, name in rows]
        connection.execute(set_one, filled)
        rows = connection.execute(there.where(LEADS.c.lead_id > rows[-1].lead_id).limit(AT_ONCE)).all()

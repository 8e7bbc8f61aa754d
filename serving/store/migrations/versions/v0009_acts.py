"""What people do with a lead on its page is kept with who did it, so that it can be undone; a lead may be given to somebody."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table, and the column of whom a lead was given to."""
    op.add_column("leads", sa.Column("assigned", sa.Text))
    op.create_table(
        "acts",
        sa.Column("act_id", sa.Text, primary_key=True),
        sa.Column("lead_id", sa.Text, sa.ForeignKey("leads.lead_id", onupdate="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("due_at", TimeColumn),
        sa.Column("before", sa.Text),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("stored_at", TimeColumn, nullable=False),
        sa.Column("undone_at", TimeColumn),
    )
    op.create_index("acts_by_lead", "acts", ["lead_id", "stored_at"])

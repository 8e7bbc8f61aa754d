"""What CRMs were told of leads, and how far the writing back and the pulls have come."""

import sqlalchemy as sa
from alembic import op

from serving.store.types import TimeColumn

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "crm_records",
        sa.Column("crm", sa.Text, primary_key=True),
        sa.Column("lead_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text),
        sa.Column("remote_id", sa.Text),
        sa.Column("content", sa.JSON),
        sa.Column("written_at", TimeColumn),
        sa.Column("trouble", sa.Text),
        sa.Column("tried_at", TimeColumn),
        sa.Column("is_due", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("crm_records_due", "crm_records", ["crm", "is_due"])
    op.create_table(
        "crm_positions",
        sa.Column("crm", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", TimeColumn, nullable=False),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
    )
